/** The statements behind verifications and counters, which share a table, for databases that know RETURNING. */
import type { Attempt, AttemptCount } from "../contracts/adapter.js";
import type { VerificationRecord } from "../model.js";
import type { Result } from "./database.js";
import { type Fragment, join, raw, sql } from "./fragment.js";
import { countOf, RowStore, rowsOf } from "./row-store.js";

/** An attempt, and the row that opens its window where none is open. */
export type Count = readonly [Attempt, window: VerificationRecord];

export abstract class VerificationStore extends RowStore {
  /** The identifier of a verification as it is kept: so that the database tells it from every other one. */
  identifierOf(identifier: string): string {
    return identifier;
  }

  /** Adds the row, in place of the one with the same identifier and purpose. */
  async putVerification(row: VerificationRecord): Promise<void> {
    const { verifications } = this.tables;
    const key = sql`${verifications.column("identifier")}, ${verifications.column("purpose")}`;
    const set = sql`DO UPDATE SET ${verifications.assignments(row)}`;
    await this.run(countOf(sql`${verifications.insert(row)} ON CONFLICT (${key}) ${set}`));
  }

  /** Adds each window, or counts in the row with the same identifier and purpose if that has not expired. */
  async countAttempt(attempts: readonly Count[]): Promise<AttemptCount[]> {
    const { verifications } = this.tables;
    const column = (name: string) => verifications.column(name);
    const [first] = attempts;
    if (first === undefined) return [];
    const isOpen = sql`${this.#ownColumn("expires")} > ${verifications.value("expires", first[0].now)}`;
    const fresh = (name: string) => sql`excluded.${column(name)}`;
    const unlessOpen = (name: string) =>
      sql`${column(name)} = CASE WHEN ${isOpen} THEN ${this.#ownColumn(name)} ELSE ${fresh(name)} END`;
    const counted = sql`${this.greatest} (0, ${this.#ownColumn("attempts")} + ${this.stepOf(attempts, (name) => this.#ownColumn(name))})`;
    const set = join(
      [
        sql`${column("attempts")} = CASE WHEN ${isOpen} THEN ${counted} ELSE ${fresh("attempts")} END`,
        ...["expires", "tokenHash", "createdAt"].map(unlessOpen),
      ],
      ", ",
    );
    const key = sql`${column("identifier")}, ${column("purpose")}`;
    const answer = sql`${column("identifier")} AS c0, ${column("purpose")} AS c1, ${column("attempts")} AS c2, ${column("expires")} AS c3`;
    const upsert = sql`${this.insertAll(attempts)} ON CONFLICT (${key}) DO UPDATE SET ${set} RETURNING ${answer}`;
    const { rows } = await this.run(rowsOf(upsert));
    return this.countsOf(attempts, rows);
  }

  /** The function that gives the greater of two numbers. */
  protected abstract readonly greatest: Fragment;

  /** In the order of their keys: two statements that count on the same counters never wait for each other in a circle. */
  protected insertAll(attempts: readonly Count[]): Fragment {
    const { verifications } = this.tables;
    const sorted = [...attempts].sort(([a], [b]) =>
      keyOf(a.identifier, a.purpose) < keyOf(b.identifier, b.purpose) ? -1 : 1,
    );
    const rows = sorted.map(([, window]) => sql`(${verifications.values(window)})`);
    return sql`INSERT INTO ${verifications.sql} (${verifications.columns()}) VALUES ${join(rows, ", ")}`;
  }

  /** How much is added to the row at hand. Written as text: a driver might send a number of unknown type. */
  protected stepOf(attempts: readonly Count[], column: (name: string) => Fragment): Fragment {
    const { verifications } = this.tables;
    const step = ({ by }: Attempt) => raw(String(Math.trunc(by)));
    const [first, ...others] = attempts;
    if (first === undefined || others.length === 0) return first === undefined ? raw("0") : step(first[0]);
    const cases = attempts.map(([attempt]) => {
      const isIt = sql`${column("identifier")} = ${verifications.value("identifier", attempt.identifier)} AND ${column("purpose")} = ${verifications.value("purpose", attempt.purpose)}`;
      return sql`WHEN ${isIt} THEN ${step(attempt)}`;
    });
    return sql`(CASE ${join(cases, " ")} ELSE 0 END)`;
  }

  /** @param rows Identifier, purpose, attempts and expires of each counter, in whatever order */
  protected countsOf(attempts: readonly Count[], rows: Result["rows"]): AttemptCount[] {
    const { verifications } = this.tables;
    const byKey = new Map(rows.map((row) => [keyOf(String(row[0]), String(row[1])), row]));
    return attempts.map(([{ identifier, purpose }]) => {
      const row = byKey.get(keyOf(identifier, purpose)) ?? (attempts.length === 1 ? rows[0] : undefined);
      if (row === undefined) throw new Error("a counter was not answered");
      const decoded = (index: number, column: string) => this.database.decode(verifications.name, column, row[index]);
      return { attempts: decoded(2, "attempts") as number, expires: decoded(3, "expires") as Date };
    });
  }

  /** The columns of the row that is there already, in the update of an upsert. */
  #ownColumn(name: string): Fragment {
    return this.tables.verifications.column(name, this.database.tableName("verifications"));
  }
}

function keyOf(identifier: string, purpose: string): string {
  return `${identifier}\0${purpose}`;
}
