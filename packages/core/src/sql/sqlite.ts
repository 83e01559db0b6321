/** What SQLite does in its own way: one writer at a time, so that a batch that begins with a write is alone. */
import type { NewSession } from "../contracts/adapter.js";
import type { TableName } from "./database.js";
import { raw, sql } from "./fragment.js";
import { countOf, idsOf, rowsOf } from "./row-store.js";
import { type CreateSessionConditions, type CreateSessionResult, isLimited, SqlStore } from "./store.js";

export class SqliteStore extends SqlStore {
  protected readonly greatest = raw("max");

  async deleteSome(name: TableName, before: Date, batch: number): Promise<number> {
    const table = this.tables[name];
    const [id, expires] = [table.column("id"), table.column("expires")];
    const some = sql`SELECT ${id} FROM ${table.sql} WHERE ${expires} < ${table.value("expires", before)} ORDER BY ${expires} LIMIT ${raw(String(batch))}`;
    return (await this.run(countOf(sql`DELETE FROM ${table.sql} WHERE ${id} IN (${some})`))).count;
  }

  /** Adds the session, then removes who is too many: the oldest, or the new one itself. What it replaces goes if it stayed. */
  async createSession(session: NewSession, conditions: CreateSessionConditions): Promise<CreateSessionResult> {
    const { replaces, limit, account } = conditions;
    const { sessions, accounts } = this.tables;
    const id = sessions.column("id");
    const isHeld = account && sql`WHERE EXISTS (SELECT 1 FROM ${accounts.sql} WHERE ${this.holds(account)})`;
    const add = countOf(isHeld ? this.insertFrom(session, isHeld) : sessions.insert(sessions.complete(session)));
    if (!isLimited(session, limit) && replaces === undefined) {
      const { count } = await this.run(add);
      return count === 0 ? "stale" : { evicted: [], replaced: null };
    }

    const isNew = sessions.is("id", session.id);
    const stayed = sql`EXISTS (SELECT 1 FROM ${sessions.sql} WHERE ${isNew})`;
    const remove = (where: ReturnType<typeof sql>) =>
      rowsOf(sql`DELETE FROM ${sessions.sql} WHERE ${where} RETURNING ${id} AS c0`);
    const surplus = sql`SELECT ${id} FROM ${sessions.sql} WHERE ${this.isCounted(session, replaces)} ORDER BY ${this.newestFirst()} LIMIT -1 OFFSET ${raw(String((limit?.max ?? 1) - 1))}`;
    const isSurplus =
      limit?.policy === "reject" ? sql`${isNew} AND EXISTS (${surplus})` : sql`${id} IN (${surplus}) AND ${stayed}`;
    const shrink = remove(isLimited(session, limit) ? isSurplus : raw("1 = 0"));
    const replace = remove(replaces === undefined ? raw("1 = 0") : sql`${replaces} AND NOT (${isNew}) AND ${stayed}`);

    const [added, removed, replaced] = await this.atomically([add, shrink, replace]);
    if (added?.count === 0) return "stale";
    const evicted = idsOf(removed);
    if (evicted.includes(session.id)) return "limit";
    return { evicted, replaced: idsOf(replaced)[0] ?? null };
  }
}
