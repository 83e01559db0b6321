/** What PostgreSQL does in its own way: several changes in one statement, and rows that others hold are passed over. */
import type { NewSession } from "../contracts/adapter.js";
import type { Statement, TableName } from "./database.js";
import { allOf, type Fragment, raw, sql } from "./fragment.js";
import { countOf, rowsOf } from "./row-store.js";
import {
  type CreateSessionConditions,
  type CreateSessionResult,
  type HeldAccount,
  isLimited,
  SqlStore,
} from "./store.js";

/** Key of the advisory lock of whoever cleans up: "latch" in ASCII. */
const CLEANER = raw("465557414760");
const NONE = raw("1 = 0");

export class PostgresqlStore extends SqlStore {
  protected readonly greatest = raw("greatest");

  async deleteSome(name: TableName, before: Date, batch: number): Promise<number> {
    const table = this.tables[name];
    const expires = table.column("expires");
    const isExpired = sql`${expires} < ${table.value("expires", before)}`;
    // By their place in the table, so that they are looked up once. A row that was changed meanwhile is another place, and stays.
    const some = sql`SELECT ctid FROM ${table.sql} WHERE ${isExpired} ORDER BY ${expires} LIMIT ${raw(String(batch))} FOR UPDATE SKIP LOCKED`;
    const isAlone = sql`(SELECT pg_try_advisory_xact_lock(${CLEANER}))`;
    const isOne = sql`ctid = ANY (ARRAY(${some})) AND ${isExpired}`;
    return (await this.run(countOf(sql`DELETE FROM ${table.sql} WHERE ${isAlone} AND ${isOne}`))).count;
  }

  async createSession(session: NewSession, conditions: CreateSessionConditions): Promise<CreateSessionResult> {
    const { replaces, limit, account } = conditions;
    const { sessions } = this.tables;
    if (replaces === undefined && account === undefined && !isLimited(session, limit)) {
      await this.run(countOf(sessions.insert(sessions.complete(session))));
      return { evicted: [], replaced: null };
    }
    const change = rowsOf(this.#changeOf(session, conditions));
    // A statement sees what was there when it began, so the lock is taken by one before it.
    const results = await this.atomically(
      isLimited(session, limit) ? [this.#takeTurns(session.userId), change] : [change],
    );
    const [row] = results.at(-1)?.rows ?? [];
    const [added, holds, evicted, replaced] = row ?? [];
    if (Number(added) === 0) return Number(holds) === 0 ? "stale" : "limit";
    return {
      evicted: evicted == null ? [] : JSON.parse(evicted as string),
      replaced: (replaced as string | null) ?? null,
    };
  }

  /** Waits for every row that somebody is adding to the user, and holds back all that come. */
  protected override lockUser(userId: string): Statement[] {
    return [rowsOf(sql`${this.#idOf(userId)} FOR UPDATE`)];
  }

  /** Sign-ins of one user take turns. Rows that refer to the user can still be added: it is not their key that is locked. */
  #takeTurns(userId: string): Statement {
    return rowsOf(sql`${this.#idOf(userId)} FOR NO KEY UPDATE`);
  }

  #idOf(userId: string): Fragment {
    const { users } = this.tables;
    return sql`SELECT ${users.column("id")} AS c0 FROM ${users.sql} WHERE ${users.is("id", userId)}`;
  }

  /** One statement: how many were added, whether the account held, the ids of those evicted as JSON, the id of the one replaced. */
  #changeOf(session: NewSession, { replaces, limit, account }: CreateSessionConditions): Fragment {
    const { sessions } = this.tables;
    const id = sessions.column("id");
    const limited = isLimited(session, limit);
    const rejects = limited && limit.policy === "reject";
    const surplus = sql`SELECT ${id} FROM ${sessions.sql} WHERE ${limited ? this.isCounted(session, replaces) : NONE} ORDER BY ${this.newestFirst()} OFFSET ${raw(String((limit?.max ?? 1) - 1))}`;
    const isAllowed = rejects ? raw("NOT EXISTS (SELECT 1 FROM surplus)") : raw("TRUE");
    const stayed = raw("EXISTS (SELECT 1 FROM added)");
    const isReplaced = replaces && allOf(replaces, sql`NOT (${sessions.is("id", session.id)})`, stayed);
    return sql`WITH ${this.#holdsOf(session, account)}, surplus AS (${surplus}),
      added AS (${this.insertFrom(session, sql`FROM holds WHERE ${isAllowed}`)} RETURNING ${id}),
      evicted AS (DELETE FROM ${sessions.sql} WHERE ${rejects ? NONE : sql`${id} IN (SELECT ${id} FROM surplus) AND ${stayed}`} RETURNING ${id}),
      replaced AS (DELETE FROM ${sessions.sql} WHERE ${isReplaced ?? NONE} RETURNING ${id})
      SELECT (SELECT count(*) FROM added)::int AS c0, (SELECT count(*) FROM holds)::int AS c1,
        (SELECT json_agg(${id}) FROM evicted)::text AS c2, (SELECT ${id} FROM replaced) AS c3`;
  }

  /**
   * The query `holds`: whether the user is there, and their account what it was. The user first, as everybody locks them, so that nobody
   * waits in a circle. It waits for a change of the account that is under way, and then sees what it came to.
   */
  #holdsOf(session: NewSession, account: HeldAccount | undefined): Fragment {
    const owner = sql`owner AS (${this.#idOf(session.userId)} FOR KEY SHARE)`;
    if (account === undefined) return sql`${owner}, holds AS (SELECT 1 FROM owner)`;
    const { accounts } = this.tables;
    return sql`${owner}, holds AS (SELECT 1 FROM owner, ${accounts.sql} a WHERE ${this.holds(account, "a")} FOR SHARE OF a)`;
  }
}
