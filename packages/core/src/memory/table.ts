/** Rows of one table in memory, with the columns and unique keys of `schema.ts`. What goes in and what comes out are copies. */
import { AuthError, type AuthErrorCode } from "../errors.js";
import { type Column, type ColumnKind, SCHEMA } from "../schema.js";

type Draft<R> = { [K in keyof R]?: R[K] | undefined };

export class MemoryTable<R extends { id: string }> {
  readonly #name: keyof typeof SCHEMA;
  readonly #max: number;
  readonly #conflict: AuthErrorCode | null;
  readonly #rows = new Set<R>();
  /** Every unique key, the id among them, with its row. */
  readonly #index = new Map<string, R>();

  /** @param conflict Code of the error when a unique value other than the id is taken */
  constructor(name: keyof typeof SCHEMA, max: number, conflict: AuthErrorCode | null = null) {
    this.#name = name;
    this.#max = max;
    this.#conflict = conflict;
  }

  /** The row with these values in columns that are unique together, named in the order of the schema. Not a copy. */
  find(key: Draft<R>): R | undefined {
    return this.#index.get(JSON.stringify(Object.entries(key)));
  }

  /** Not copies. */
  filter(matches: (row: R) => boolean): R[] {
    return [...this.#rows].filter(matches);
  }

  /**
   * @param now Rows that have expired by then go first when the table is full
   * @throws AuthError the code of a conflict; `config_invalid` when the table stays full
   */
  insert(draft: Draft<R>, now: Date): R {
    const row = this.#complete(draft);
    this.#refuseTaken(row);
    if (this.#rows.size >= this.#max)
      this.delete(...this.filter((kept) => "expires" in kept && Number(kept.expires) <= Number(now)));
    if (this.#rows.size >= this.#max) throw full(this.#name, this.#max);
    return this.#keep(row);
  }

  /** Changes all columns that `change` defines, or none. @throws AuthError the code of a conflict */
  update(row: R, change: Draft<R>): R {
    const defined = Object.entries(change).filter(([, value]) => value !== undefined);
    const next = this.#complete({ ...row, ...Object.fromEntries(defined) });
    this.#refuseTaken(next, row);
    this.delete(row);
    return this.#keep(next);
  }

  delete(...rows: R[]): void {
    for (const row of rows) {
      for (const { key } of this.#keysOf(row)) this.#index.delete(key);
      this.#rows.delete(row);
    }
  }

  copy(row: R): R {
    return this.#complete(row);
  }

  #keep(row: R): R {
    for (const { key } of this.#keysOf(row)) this.#index.set(key, row);
    this.#rows.add(row);
    return this.copy(row);
  }

  #refuseTaken(row: R, self?: R): void {
    for (const { key, columns } of this.#keysOf(row)) {
      const holder = this.#index.get(key);
      if (holder === undefined || holder === self) continue;
      const detail = `${this.#name} has a row with this ${columns.join(", ")}`;
      throw this.#conflict === null || columns[0] === "id" ? new Error(detail) : new AuthError(this.#conflict, detail);
    }
  }

  /** As in SQL, a key with a null in it is never taken. */
  #keysOf(row: R): { key: string; columns: readonly string[] }[] {
    const values = new Map<string, unknown>(Object.entries(row));
    const keys: (readonly string[])[] = [["id"], ...SCHEMA[this.#name].unique];
    return keys
      .filter((columns) => columns.every((column) => values.get(column) !== null))
      .map((columns) => ({ key: JSON.stringify(columns.map((name) => [name, values.get(name)])), columns }));
  }

  /** The columns of the schema; what is left out gets its default. */
  #complete(draft: Draft<R>): R {
    const given = new Map<string, unknown>(Object.entries(draft));
    const columns: [string, Column][] = Object.entries(SCHEMA[this.#name].columns);
    const row = columns.map(([name, { kind, nullable, default: initial = null }]) => {
      const value = given.get(name) ?? initial;
      if (value === null && !nullable) throw new TypeError(`${this.#name}.${name} must have a value`);
      return [name, value === null ? null : copyValue(kind, value)];
    });
    return Object.fromEntries(row) as R;
  }
}

/** What a database would give back: JSON as JSON has it, and no instant that is none. */
function copyValue(kind: ColumnKind, value: unknown): unknown {
  if (kind === "instant") return new Date((value as Date).toISOString());
  return kind === "json" ? JSON.parse(JSON.stringify(value)) : value;
}

function full(name: string, max: number): AuthError {
  const advice = "raise `max`, call deleteExpired, or use a database";
  return new AuthError("config_invalid", `memoryAdapter holds ${max} ${name} and takes no more: ${advice}`);
}
