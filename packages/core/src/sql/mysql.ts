/** What MySQL and MariaDB do in their own way: MySQL returns no rows from a change, so that they are read under a lock first. */
import type { AttemptCount, KeptSession, NewSession } from "../contracts/adapter.js";
import type { VerificationRecord } from "../model.js";
import { hashToken } from "../token/opaque.js";
import type { Statement, TableName } from "./database.js";
import { allOf, type Fragment, join, raw, sql } from "./fragment.js";
import { countOf, idsOf, rowsOf } from "./row-store.js";
import {
  type CreateSessionConditions,
  type CreateSessionResult,
  type HeldAccount,
  isLimited,
  SqlStore,
} from "./store.js";
import type { Records } from "./table.js";
import { mysqlTable, quote } from "./tables.js";
import type { Count } from "./verification-store.js";

/** MySQL has no OFFSET without LIMIT. */
const NO_LIMIT = raw("18446744073709551615");
/** Text in which no collation takes two different ones for the same. */
const PLAIN_IDENTIFIER = /^[a-z0-9@._+-]+$/;

interface Server {
  /** Whether a change can return rows: MariaDB's can, MySQL's cannot. */
  returns: boolean;
  /** Index hint: of a small table the optimizer reads every row, and a DELETE locks all that it reads. */
  byUser: Fragment;
}

export class MysqlStore extends SqlStore {
  protected readonly greatest = raw("greatest");
  #asked: Promise<Server> | undefined;

  override async update<T extends TableName>(
    name: T,
    id: string,
    change: object,
    condition?: Fragment,
  ): Promise<Records[T] | null> {
    const table = this.tables[name];
    const where = allOf(table.is("id", id), condition);
    const newId = (change as { id?: string }).id ?? id;
    // What an UPDATE counts depends on a flag of the connection; the row under a lock does not.
    const [found, , read] = await this.atomically([
      rowsOf(sql`SELECT ${table.column("id")} AS c0 FROM ${table.sql} WHERE ${where} FOR UPDATE`),
      countOf(sql`UPDATE ${table.sql} SET ${table.assignments(change)} WHERE ${where}`),
      rowsOf(sql`SELECT ${table.list()} FROM ${table.sql} WHERE ${table.is("id", newId)}`),
    ]);
    const row = read?.rows[0];
    return found?.rows.length === 0 || row === undefined ? null : table.decode(row);
  }

  override async delete<T extends TableName>(name: T, where: Fragment): Promise<Records[T][]> {
    if (await this.#canReturn()) return super.delete(name, where);
    const table = this.tables[name];
    const [removed] = await this.atomically([
      rowsOf(sql`SELECT ${table.list()} FROM ${table.sql} WHERE ${where} FOR UPDATE`),
      countOf(sql`DELETE FROM ${table.sql} WHERE ${where}`),
    ]);
    return (removed?.rows ?? []).map((row) => table.decode(row));
  }

  protected override lockUser(userId: string): Statement[] {
    const { users } = this.tables;
    return [
      rowsOf(sql`SELECT ${users.column("id")} AS c0 FROM ${users.sql} WHERE ${users.is("id", userId)} FOR UPDATE`),
    ];
  }

  protected override endSessions(where: Fragment): Statement[] {
    const { sessions } = this.tables;
    return [this.#lockIds(where), countOf(sql`DELETE FROM ${sessions.sql} WHERE ${where}`)];
  }

  protected override changeSession({ id, change }: KeptSession, condition: Fragment): Statement[] {
    const { sessions } = this.tables;
    const isChanged = allOf(sessions.is("id", change.id ?? id), condition);
    return [
      countOf(
        sql`UPDATE ${sessions.sql} SET ${sessions.assignments(change)} WHERE ${allOf(sessions.is("id", id), condition)}`,
      ),
      rowsOf(sql`SELECT ${sessions.list()} FROM ${sessions.sql} WHERE ${isChanged}`),
    ];
  }

  /**
   * Cleaners pass over each other's rows. There is no lock around them: a lock of MySQL outlives the transaction, and one that was left
   * behind by a failure would stop every cleaner of the server.
   */
  async deleteSome(name: TableName, before: Date, batch: number): Promise<number> {
    const table = this.tables[name];
    const [id, expires] = [table.column("id"), table.column("expires")];
    const isExpired = sql`${expires} < ${table.value("expires", before)}`;
    const some = sql`SELECT ${id} FROM ${table.sql} WHERE ${isExpired} ORDER BY ${expires} LIMIT ${raw(String(batch))} FOR UPDATE SKIP LOCKED`;
    return (await this.run(countOf(this.#deleteJoined(name, some)))).count;
  }

  async createSession(session: NewSession, conditions: CreateSessionConditions): Promise<CreateSessionResult> {
    const { replaces, limit, account } = conditions;
    const { sessions } = this.tables;
    const add = countOf(this.#addOf(session, conditions));
    if (replaces === undefined && !isLimited(session, limit)) {
      const { count } = await this.run(add);
      return count === 0 ? "stale" : { evicted: [], replaced: null };
    }

    const evicts = isLimited(session, limit) && limit.policy === "evict-oldest";
    const isOther = replaces && allOf(replaces, sql`NOT (${sessions.is("id", session.id)})`);
    const holds = account && sql`SELECT 1 AS c0 ${this.#fromHeld(session, account)} LOCK IN SHARE MODE`;
    const { held, added, evicted, replaced } = await this.inParts({
      lock: this.lockUser(session.userId),
      held: holds ? [rowsOf(holds)] : [],
      added: [add],
      evicted: evicts ? this.#evict(session, replaces, limit.max, await this.#server()) : [],
      replaced: isOther ? this.#remove(isOther, session) : [],
    });
    if (added[0]?.count === 0) return account && held[0]?.rows.length === 0 ? "stale" : "limit";
    return { evicted: idsOf(evicted[0]), replaced: idsOf(replaced[0])[0] ?? null };
  }

  /**
   * A unique index obeys the collation of its column: "josé" and "jose" would share a counter, and a code of the one take the place of
   * the other's. What a collation could take for something else is kept as its hash.
   */
  override identifierOf(identifier: string): string {
    return PLAIN_IDENTIFIER.test(identifier) ? identifier : `sha256:${hashToken(identifier)}`;
  }

  override async putVerification(row: VerificationRecord): Promise<void> {
    const { verifications } = this.tables;
    const update = sql`ON DUPLICATE KEY UPDATE ${verifications.assignments(row)}`;
    await this.run(countOf(sql`${verifications.insert(row)} ${update}`));
  }

  override async countAttempt(attempts: readonly Count[]): Promise<AttemptCount[]> {
    const { verifications } = this.tables;
    const [first] = attempts;
    if (first === undefined) return [];
    const column = (name: string) => verifications.column(name);
    const isOpen = sql`${column("expires")} > ${verifications.value("expires", first[0].now)}`;
    const counted = sql`greatest(0, ${column("attempts")} + ${this.stepOf(attempts, column)})`;
    // From left to right, each with what the one before it has set: `expires` decides for all, so it is the last.
    const set = join(
      [
        sql`${column("attempts")} = IF(${isOpen}, ${counted}, VALUES(${column("attempts")}))`,
        ...["tokenHash", "createdAt", "expires"].map(
          (name) => sql`${column(name)} = IF(${isOpen}, ${column(name)}, VALUES(${column(name)}))`,
        ),
      ],
      ", ",
    );
    const upsert = sql`${this.insertAll(attempts)} ON DUPLICATE KEY UPDATE ${set}`;
    const answer = sql`${column("identifier")} AS c0, ${column("purpose")} AS c1, ${column("attempts")} AS c2, ${column("expires")} AS c3`;
    if (await this.#canReturn())
      return this.countsOf(attempts, (await this.run(rowsOf(sql`${upsert} RETURNING ${answer}`))).rows);

    const isCounter = ([{ identifier, purpose }]: Count) =>
      sql`(${verifications.is("identifier", identifier)} AND ${verifications.is("purpose", purpose)})`;
    const read = sql`SELECT ${answer} FROM ${verifications.sql} WHERE ${join(attempts.map(isCounter), " OR ")}`;
    const [, counts] = await this.atomically([countOf(upsert), rowsOf(read)]);
    return this.countsOf(attempts, counts?.rows ?? []);
  }

  /** The session, if the account holds and nobody must be refused. */
  #addOf(session: NewSession, { replaces, limit, account }: CreateSessionConditions): Fragment {
    const { sessions } = this.tables;
    const rejects = isLimited(session, limit) && limit.policy === "reject";
    if (account === undefined && !rejects) return sessions.insert(sessions.complete(session));
    const others = sql`(SELECT count(*) FROM ${sessions.sql} WHERE ${this.isCounted(session, replaces)})`;
    const hasRoom = rejects ? sql`${others} < ${raw(String(limit.max))}` : undefined;
    if (account === undefined) return this.insertFrom(session, sql`FROM DUAL WHERE ${allOf(hasRoom)}`);
    return this.insertFrom(session, sql`${this.#fromHeld(session, account, hasRoom)} LOCK IN SHARE MODE`);
  }

  /**
   * The user, with their account if it is what it was. In that order, as everybody locks them, so that nobody waits in a circle. Locked,
   * it waits for a change of the account that is under way, and then sees what it came to.
   */
  #fromHeld({ userId }: NewSession, account: HeldAccount, condition?: Fragment): Fragment {
    const { users, accounts } = this.tables;
    const where = allOf(users.is("id", userId, "u"), this.holds(account, "a"), condition);
    return sql`FROM ${users.sql} u STRAIGHT_JOIN ${accounts.sql} a WHERE ${where}`;
  }

  /** Ends whoever is beyond the limit. By a join: MariaDB reads the whole table for `id IN (SELECT …)` in a DELETE. */
  #evict(session: NewSession, replaces: Fragment | undefined, max: number, { byUser }: Server): [Statement, Statement] {
    const { sessions } = this.tables;
    const beyond = sql`${this.isCounted(session, replaces)} ORDER BY ${this.newestFirst()} LIMIT ${NO_LIMIT} OFFSET ${raw(String(max - 1))}`;
    const surplus = (id: Fragment) => sql`SELECT ${id} FROM ${sessions.sql} ${byUser} WHERE ${beyond}`;
    const id = sessions.column("id");
    return [
      rowsOf(sql`${surplus(sql`${id} AS c0`)} FOR UPDATE`),
      countOf(sql`${this.#deleteJoined("sessions", surplus(id))} WHERE ${this.#hasStayed(session)}`),
    ];
  }

  /** A DELETE of the rows whose ids a query finds. Without an alias: that would be looked for in the database of the connection. */
  #deleteJoined(name: TableName, ids: Fragment): Fragment {
    const table = this.tables[name];
    const isOne = sql`x.${table.column("id")} = ${table.column("id", this.database.tableName(name))}`;
    return sql`DELETE ${table.sql} FROM ${table.sql} JOIN (${ids}) x ON ${isOne}`;
  }

  /** Ends the sessions of a condition, if the new session is there. */
  #remove(where: Fragment, session: NewSession): [Statement, Statement] {
    const { sessions } = this.tables;
    return [
      this.#lockIds(where),
      countOf(sql`DELETE FROM ${sessions.sql} WHERE ${where} AND ${this.#hasStayed(session)}`),
    ];
  }

  #lockIds(where: Fragment): Statement {
    const { sessions } = this.tables;
    return rowsOf(sql`SELECT ${sessions.column("id")} AS c0 FROM ${sessions.sql} WHERE ${where} FOR UPDATE`);
  }

  /** LIMIT keeps the optimizer from merging it into the DELETE, which may not read its own table. */
  #hasStayed(session: NewSession): Fragment {
    const { sessions } = this.tables;
    const isNew = sql`SELECT 1 FROM ${sessions.sql} WHERE ${sessions.is("id", session.id)} LIMIT 1`;
    return sql`EXISTS (SELECT 1 FROM (${isNew}) stayed)`;
  }

  async #canReturn(): Promise<boolean> {
    return (await this.#server()).returns;
  }

  /** What the server is and how it calls the index on the user of a session. Asked once. */
  #server(): Promise<Server> {
    this.#asked ??= this.#askServer().catch((error: unknown) => {
      this.#asked = undefined;
      throw error;
    });
    return this.#asked;
  }

  async #askServer(): Promise<Server> {
    const { sessions } = this.tables;
    const table = mysqlTable(this.database.tableName("sessions"));
    const index = sql`SELECT min(INDEX_NAME) FROM information_schema.STATISTICS
      WHERE ${table} AND SEQ_IN_INDEX = 1 AND COLUMN_NAME = ${this.database.columnName(sessions.name, "userId")}`;
    const { rows } = await this.run(rowsOf(sql`SELECT version() AS c0, (${index}) AS c1`));
    const [version, userIndex] = rows[0] ?? [];
    return {
      returns: String(version).includes("MariaDB"),
      byUser: userIndex == null ? raw("") : raw(`FORCE INDEX (${quote("mysql", String(userIndex))})`),
    };
  }
}
