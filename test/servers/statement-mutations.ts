/** Ways to weaken the statements of the SQL adapter, each in one place. */
import type { SqlDatabase, Statement } from "@latchkey/core/sql";

/** Stands for a value in the text of a statement. */
export const VALUE = "\u0001";
/** Takes the value and is always true. */
export const ANY = `${VALUE} IS NOT NULL`;

/** @param applied is told each time that something was weakened */
export type Mutation = (database: SqlDatabase, applied: () => void) => SqlDatabase;

/** Replaces text in every statement that has it. The values stay as they are, so the replacement has as many. */
export function replacing(from: string | RegExp, to: string): Mutation {
  return (database, applied) => {
    const mutate = (statement: Statement): Statement => {
      const text = textOf(statement);
      const mutated = text.replace(from, to);
      if (mutated === text) return statement;
      applied();
      return { ...statement, strings: mutated.split(VALUE) };
    };
    return {
      ...database,
      run: (statement) => database.run(mutate(statement)),
      batch: (statements) => database.batch(statements.map(mutate)),
    };
  };
}

/** {@link replacing} in the transactions alone that have a statement with this text. */
export function replacingIn(mark: string, from: string | RegExp, to: string): Mutation {
  return (database, applied) => {
    const mutated = replacing(from, to)(database, applied);
    const isMeant = (statement: Statement) => textOf(statement).includes(mark);
    return {
      ...database,
      batch: (statements) => (statements.some(isMeant) ? mutated : database).batch(statements),
    };
  };
}

/** Each statement of a transaction on its own. */
export const oneByOne: Mutation = (database, applied) => ({
  ...database,
  async batch(statements) {
    applied();
    const results = [];
    for (const statement of statements) results.push(await database.run(statement));
    return results;
  },
});

function textOf({ strings }: Statement): string {
  return strings.join(VALUE);
}
