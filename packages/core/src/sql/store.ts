/** The statements behind the adapter contract, for databases that know RETURNING. A dialect that does not overrides them. */
import type {
  Attempt,
  AttemptCount,
  FactorChanged,
  KeptSession,
  NewSession,
  SessionCreated,
  SessionLimit,
} from "../contracts/adapter.js";
import type {
  AccountRecord,
  SessionRecord,
  SessionWithUser,
  UserRecord,
  UserWithAccount,
  VerificationRecord,
} from "../model.js";
import type { Result, SqlDatabase, Statement, TableName } from "./database.js";
import { allOf, type Fragment, join, raw, sql } from "./fragment.js";
import { withRetries } from "./retry.js";
import { type Row, SqlTable } from "./table.js";

/** What comes out of each table. */
export interface Records {
  users: UserRecord;
  sessions: SessionRecord;
  accounts: AccountRecord;
  verifications: VerificationRecord;
}

export interface CreateSessionConditions {
  /** Names the session to replace. */
  replaces: Fragment | undefined;
  limit: SessionLimit | undefined;
  /** Names the account that must be as it was when its password was compared. */
  account: Fragment | undefined;
}

/** What became of a new session; `"stale"` when the account is not any more what it was. */
export type CreateSessionResult = SessionCreated | "limit" | "stale";

export abstract class SqlStore {
  readonly tables: { readonly [T in TableName]: SqlTable };
  protected readonly database: SqlDatabase;
  /** The text of the statement that runs at every request, by the column that finds the session. */
  readonly #joins: Readonly<Record<"id" | "tokenHash", (value: string) => Fragment>>;

  constructor(database: SqlDatabase) {
    this.database = database;
    this.tables = {
      users: new SqlTable(database, "users"),
      sessions: new SqlTable(database, "sessions"),
      accounts: new SqlTable(database, "accounts"),
      verifications: new SqlTable(database, "verifications"),
    };
    this.#joins = { id: this.#joinBy("id"), tokenHash: this.#joinBy("tokenHash") };
  }

  async select<T extends TableName>(name: T, where: Fragment, order?: Fragment): Promise<Records[T][]> {
    const table = this.tables[name];
    const query = sql`SELECT ${table.list()} FROM ${table.sql} WHERE ${where}`;
    const { rows } = await this.run(rowsOf(order === undefined ? query : sql`${query} ORDER BY ${order}`));
    return rows.map((row) => table.decode(row));
  }

  /** The session joined with its user: what every request asks. */
  async findSession(column: "id" | "tokenHash", value: string): Promise<SessionWithUser | null> {
    const { rows } = await this.run(rowsOf(this.#joins[column](value)));
    const row = rows[0];
    if (row === undefined) return null;
    const { sessions, users } = this.tables;
    return { session: sessions.decode(row), user: users.decode(row, sessions.width) };
  }

  async findUserWithAccount(email: string, provider: string): Promise<UserWithAccount | null> {
    const { users, accounts } = this.tables;
    const joined = allOf(
      accounts.is("provider", provider, "a"),
      sql`${accounts.column("providerAccountId", "a")} = ${users.column("id", "u")}`,
    );
    const list = sql`${users.list("u")}, ${accounts.list("a", users.width)}`;
    const query = sql`SELECT ${list} FROM ${users.sql} u LEFT JOIN ${accounts.sql} a ON ${joined} WHERE ${users.is("email", email, "u")}`;
    const row = (await this.run(rowsOf(query))).rows[0];
    if (row === undefined) return null;
    const account = row[users.width] === null ? null : accounts.decode<AccountRecord>(row, users.width);
    return { user: users.decode(row), account };
  }

  /** Adds all rows or none. */
  async insert(...rows: [table: TableName, row: Row][]): Promise<void> {
    await this.atomically(rows.map(([name, row]) => countOf(this.tables[name].insert(row))));
  }

  /** Changes what `change` defines in the row with this id, if the condition holds. @returns the row as it now is */
  async update<T extends TableName>(
    name: T,
    id: string,
    change: object,
    condition?: Fragment,
  ): Promise<Records[T] | null> {
    const table = this.tables[name];
    const where = allOf(table.is("id", id), condition);
    const update = sql`UPDATE ${table.sql} SET ${table.assignments(change)} WHERE ${where} RETURNING ${table.list()}`;
    const row = (await this.run(rowsOf(update))).rows[0];
    return row === undefined ? null : table.decode(row);
  }

  /** @returns the rows removed */
  async delete<T extends TableName>(name: T, where: Fragment): Promise<Records[T][]> {
    const table = this.tables[name];
    const { rows } = await this.run(rowsOf(sql`DELETE FROM ${table.sql} WHERE ${where} RETURNING ${table.list()}`));
    return rows.map((row) => table.decode(row));
  }

  /** @returns how many rows there were */
  async deleteAll(name: TableName): Promise<number> {
    return (await this.run(countOf(sql`DELETE FROM ${this.tables[name].sql}`))).count;
  }

  /** Removes at most `batch` rows that expired before, oldest first; none while another process does so. @returns how many */
  abstract deleteSome(name: TableName, before: Date, batch: number): Promise<number>;

  /** Adds a session and removes those that it takes the place of, atomically. */
  abstract createSession(session: NewSession, conditions: CreateSessionConditions): Promise<CreateSessionResult>;

  /**
   * The account first: it waits for a sign-in with the old password that is under way, and the sessions are looked at after that.
   *
   * @param account Its user; conditions that name it by the hash that was compared, and by the new one
   * @returns null when the hash was another one
   */
  async replacePassword(
    change: { passwordHash: string; updatedAt: Date },
    { userId, isCompared, hasNew }: { userId: string; isCompared: Fragment; hasNew: Fragment },
    keep: KeptSession | undefined,
  ): Promise<FactorChanged | null> {
    const { accounts, sessions } = this.tables;
    const isReplaced = sql`EXISTS (SELECT 1 FROM ${accounts.sql} WHERE ${hasNew})`;
    const isTheirs = allOf(sessions.is("userId", userId), isReplaced);
    const isOther = keep && sql`NOT (${sessions.is("id", keep.id)})`;
    const end = this.endSessions(allOf(isTheirs, isOther));
    const [changed, ...results] = await this.atomically([
      countOf(sql`UPDATE ${accounts.sql} SET ${accounts.assignments(change)} WHERE ${isCompared}`),
      ...end,
      ...(keep === undefined ? [] : this.changeSession(keep, isTheirs)),
    ]);
    if (changed?.count === 0) return null;
    const kept = keep === undefined ? undefined : results.at(-1)?.rows[0];
    return {
      ended: (results[0]?.rows ?? []).map(([id]) => id as string),
      kept: kept === undefined ? null : sessions.decode<SessionRecord>(kept),
    };
  }

  /** Removes sessions; the first statement answers with their ids. */
  protected endSessions(where: Fragment): Statement[] {
    const { sessions } = this.tables;
    return [rowsOf(sql`DELETE FROM ${sessions.sql} WHERE ${where} RETURNING ${sessions.column("id")} AS c0`)];
  }

  /** Changes a session; the last statement answers with it as it then is. */
  protected changeSession({ id, change }: KeptSession, condition: Fragment): Statement[] {
    const { sessions } = this.tables;
    const where = allOf(sessions.is("id", id), condition);
    return [
      rowsOf(
        sql`UPDATE ${sessions.sql} SET ${sessions.assignments(change)} WHERE ${where} RETURNING ${sessions.list()}`,
      ),
    ];
  }

  /** The identifier of a verification as it is kept: so that the database tells it from every other one. */
  identifierOf(identifier: string): string {
    return identifier;
  }

  /** Adds the row, in place of the one with the same identifier and purpose. */
  async putVerification(row: Row): Promise<void> {
    const { verifications } = this.tables;
    const key = sql`${verifications.column("identifier")}, ${verifications.column("purpose")}`;
    const set = sql`DO UPDATE SET ${verifications.assignments(row)}`;
    await this.run(countOf(sql`${verifications.insert(row)} ON CONFLICT (${key}) ${set}`));
  }

  /** Adds each window, or counts in the row with the same identifier and purpose if that has not expired. */
  async countAttempt(attempts: readonly (readonly [Attempt, window: Row])[]): Promise<AttemptCount[]> {
    const { verifications } = this.tables;
    const column = (name: string) => verifications.column(name);
    const [first] = attempts;
    if (first === undefined) return [];
    const isOpen = sql`${this.ownColumn("expires")} > ${verifications.value("expires", first[0].now)}`;
    const fresh = (name: string) => sql`excluded.${column(name)}`;
    const unlessOpen = (name: string) =>
      sql`${column(name)} = CASE WHEN ${isOpen} THEN ${this.ownColumn(name)} ELSE ${fresh(name)} END`;
    const counted = sql`${this.greatest} (0, ${this.ownColumn("attempts")} + ${this.stepOf(attempts, (name) => this.ownColumn(name))})`;
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

  /** Runs one statement; again after a deadlock. */
  protected run(statement: Statement): Promise<Result> {
    return withRetries(() => this.database.run(statement));
  }

  /** Runs all of them or none; again after a deadlock. */
  protected atomically(statements: readonly Statement[]): Promise<readonly Result[]> {
    const [only, ...more] = statements;
    if (only !== undefined && more.length === 0) return this.run(only).then((result) => [result]);
    return withRetries(() => this.database.batch(statements));
  }

  /** The columns of the row that is there already, in the update of an upsert. */
  protected ownColumn(name: string): Fragment {
    return this.tables.verifications.column(name, this.database.tableName("verifications"));
  }

  /** The function that gives the greater of two numbers. */
  protected abstract readonly greatest: Fragment;

  /** In the order of their keys: two statements that count on the same counters never wait for each other in a circle. */
  protected insertAll(attempts: readonly (readonly [Attempt, window: Row])[]): Fragment {
    const { verifications } = this.tables;
    const sorted = [...attempts].sort(([a], [b]) =>
      keyOf(a.identifier, a.purpose) < keyOf(b.identifier, b.purpose) ? -1 : 1,
    );
    const rows = sorted.map(([, window]) => sql`(${verifications.values(window)})`);
    return sql`INSERT INTO ${verifications.sql} (${verifications.columns()}) VALUES ${join(rows, ", ")}`;
  }

  /** How much is added to the row at hand. Written as text: a driver might send a number of unknown type. */
  protected stepOf(attempts: readonly (readonly [Attempt, Row])[], column: (name: string) => Fragment): Fragment {
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
  protected countsOf(attempts: readonly (readonly [Attempt, Row])[], rows: Result["rows"]): AttemptCount[] {
    const { verifications } = this.tables;
    const byKey = new Map(rows.map((row) => [keyOf(String(row[0]), String(row[1])), row]));
    return attempts.map(([{ identifier, purpose }]) => {
      const row = byKey.get(keyOf(identifier, purpose)) ?? (attempts.length === 1 ? rows[0] : undefined);
      if (row === undefined) throw new Error("a counter was not answered");
      const decoded = (index: number, column: string) => this.database.decode(verifications.name, column, row[index]);
      return { attempts: decoded(2, "attempts") as number, expires: decoded(3, "expires") as Date };
    });
  }

  /** The user's other live sessions that are not an agent's, and that the new one does not replace. */
  protected isCounted(session: NewSession, replaces: Fragment | undefined): Fragment {
    const { sessions } = this.tables;
    return allOf(
      sessions.is("userId", session.userId),
      sql`${sessions.column("agentId")} IS NULL`,
      sql`${sessions.column("expires")} > ${sessions.value("expires", session.createdAt)}`,
      sql`NOT (${sessions.is("id", session.id)})`,
      replaces && sql`NOT (${replaces})`,
    );
  }

  /** Newest sign-in first; what comes after the limit gives way. */
  protected newestFirst(): Fragment {
    const { sessions } = this.tables;
    return sql`${sessions.column("createdAt")} DESC, ${sessions.column("id")} DESC`;
  }

  /** An INSERT of the session that is made only where the account is still what it was. @param from FROM and WHERE of the SELECT */
  protected insertFrom(session: NewSession, from: Fragment): Fragment {
    const { sessions } = this.tables;
    return sql`INSERT INTO ${sessions.sql} (${sessions.columns()}) SELECT ${sessions.values(sessions.complete(session))} ${from}`;
  }

  #joinBy(column: "id" | "tokenHash"): (value: string) => Fragment {
    const { sessions, users } = this.tables;
    const list = sql`${sessions.list("s")}, ${users.list("u", sessions.width)}`;
    const isUser = sql`${users.column("id", "u")} = ${sessions.column("userId", "s")}`;
    const query = sql`SELECT ${list} FROM ${sessions.sql} s JOIN ${users.sql} u ON ${isUser} WHERE ${sessions.is(column, "", "s")}`;
    return (value) => {
      const encoded = this.database.encode("sessions", column, value);
      return { strings: query.strings, values: query.values.map(() => encoded) };
    };
  }
}

export function rowsOf(fragment: Fragment): Statement {
  return { strings: fragment.strings, values: fragment.values, answers: "rows" };
}

export function countOf(fragment: Fragment): Statement {
  return { strings: fragment.strings, values: fragment.values, answers: "count" };
}

/** True where a limit holds for this session. */
export function isLimited({ agentId }: NewSession, limit: SessionLimit | undefined): limit is SessionLimit {
  return limit !== undefined && (agentId ?? null) === null;
}

function keyOf(identifier: string, purpose: string): string {
  return `${identifier}\0${purpose}`;
}
