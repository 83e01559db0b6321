/** The statements that SQLite runs, through `drizzle-orm/libsql`. */
import type {
  Attempt,
  AttemptCount,
  NewSession,
  SessionCreated,
  SessionRecord,
  SessionWithUser,
  UserRecord,
} from "@latchkey/core";
import { and, desc, eq, exists, getTableName, gt, inArray, isNull, not, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { completeRow, decodeRow, type Row, readableColumns, requireColumns, type TableName } from "../columns.js";
import type { CreateSessionConditions, Records, Store } from "../store.js";
import type { SqliteDatabase } from "./database.js";
import type { SqliteTables } from "./tables.js";

/** SQLite has no OFFSET without LIMIT. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const NEVER = sql`false`;

export function sqliteStore(db: SqliteDatabase, tables: SqliteTables): Store {
  requireColumns(tables);
  const columns = (table: TableName) => readableColumns<SQLiteColumn>(tables[table], table);

  return {
    tables,
    findSession: prepareFindSession(db, tables),
    async select<T extends TableName>(table: T, where: SQL, order: SQL[] = []) {
      const query = db.select(columns(table)).from(tables[table]).where(where);
      return (await query.orderBy(...order)) as unknown as Records[T][];
    },
    async insert(...rows) {
      const [head, ...rest] = rows.map(([table, row]) => db.insert(tables[table]).values(row));
      if (head !== undefined) await written(db.batch([head, ...rest]));
    },
    async update<T extends TableName>(table: T, change: Row, where: SQL) {
      const set = Object.values(change).some((value) => value !== undefined) ? change : { id: tables[table].id };
      const query = db.update(tables[table]).set(set).where(where).returning(columns(table));
      const [rows] = await written(db.batch([query]));
      return (rows[0] ?? null) as unknown as Records[T] | null;
    },
    async delete<T extends TableName>(table: T, where: SQL) {
      const query = db.delete(tables[table]).where(where).returning(columns(table));
      const [rows] = await written(db.batch([query]));
      return rows as unknown as Records[T][];
    },
    async deleteSome(table, where, batch) {
      const { id } = tables[table];
      const some = db.select({ id }).from(tables[table]).where(where).limit(batch);
      const [result] = await written(db.batch([db.delete(tables[table]).where(inArray(id, some))]));
      return result.rowsAffected;
    },
    createSession: (session, conditions) => createSession(db, tables, session, conditions),
    async putVerification(row) {
      const { identifier, purpose } = tables.verifications;
      const query = db.insert(tables.verifications).values(row);
      await written(db.batch([query.onConflictDoUpdate({ target: [identifier, purpose], set: row })]));
    },
    countAttempt: (attempt, window) => countAttempt(db, tables, attempt, window),
    conflictOf: (error) => conflictOf(error, tables),
  };
}

/**
 * Waits for a batch: the only way in which this file writes, also a single statement.
 *
 * A connection of the driver that was once told "busy" can go on to take single statements that it never commits
 * (libsql-client-ts#352), so that a revocation would be answered and lost. The COMMIT of a batch fails on such a connection.
 * Trying again here would meet the same connection; the wait belongs to the driver's `timeout`.
 */
async function written<T>(batch: Promise<T>): Promise<T> {
  try {
    return await batch;
  } catch (cause) {
    if (!causesOf(cause).some((error) => (error as { code?: unknown }).code === "SQLITE_BUSY")) throw cause;
    const advice =
      "pass `timeout` (milliseconds) to createClient, and hold no write transaction open across other work";
    throw new Error(`SQLite is busy with another writer: ${advice}`, { cause });
  }
}

/** Drizzle wraps what the driver throws, and the driver what SQLite answers. */
function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

/** Values are read by position and decoded here: half the work of Drizzle's own mapping. */
function prepareFindSession(db: SqliteDatabase, tables: SqliteTables): Store["findSession"] {
  const { sessions, users } = tables;
  const session = Object.entries(readableColumns<SQLiteColumn>(sessions, "sessions"));
  const user = Object.entries(readableColumns<SQLiteColumn>(users, "users"));
  const fields = [
    ...session.map(([name, column]) => [`session.${name}`, column] as const),
    ...user.map(([name, column]) => [`user.${name}`, column] as const),
  ];
  const prepare = (column: SQLiteColumn) =>
    db
      .select(Object.fromEntries(fields))
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(eq(column, sql.placeholder("value")))
      .prepare();
  const queries = { id: prepare(sessions.id), tokenHash: prepare(sessions.tokenHash) };

  return async (column, value): Promise<SessionWithUser | null> => {
    const rows = await queries[column].values({ value });
    const row = rows[0];
    if (row === undefined) return null;
    return {
      session: decodeRow(session, row, 0) as unknown as SessionRecord,
      user: decodeRow(user, row, session.length) as unknown as UserRecord,
    };
  };
}

/**
 * Adds the session, then removes who is too many: the oldest, or the new one itself. What it replaces goes if it stayed.
 *
 * A batch, never an interactive transaction: that would hold the only right to write while this process does other
 * things. Its first statement writes, so that nobody else can between the counting and the end.
 */
async function createSession(
  db: SqliteDatabase,
  { sessions }: SqliteTables,
  session: NewSession,
  { replaces, limit }: CreateSessionConditions,
): Promise<SessionCreated | null> {
  const add = db.insert(sessions).values(completeRow("sessions", session));
  if (limit === undefined && replaces === undefined) {
    await written(db.batch([add]));
    return { evicted: [], replaced: null };
  }

  const id = { id: sessions.id };
  const isNew = eq(sessions.id, session.id);
  const isReplaced = replaces ?? NEVER;
  const isOther = and(not(isNew), not(isReplaced));
  const surplus = db
    .select(id)
    .from(sessions)
    .where(and(isOther, counts(sessions, session)))
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
    .limit(limit === undefined || (session.agentId ?? null) !== null ? 0 : NO_LIMIT)
    .offset((limit?.max ?? 1) - 1);
  const isSurplus = limit?.policy === "reject" ? and(isNew, exists(surplus)) : inArray(sessions.id, surplus);
  const shrink = db.delete(sessions).where(isSurplus).returning(id);
  const stayed = exists(db.select(id).from(sessions).where(isNew));
  const replace = db
    .delete(sessions)
    .where(and(isReplaced, not(isNew), stayed))
    .returning(id);

  const [, removed, replaced] = await written(db.batch([add, shrink, replace]));
  const evicted = idsOf(removed);
  return evicted.includes(session.id) ? null : { evicted, replaced: idsOf(replaced)[0] ?? null };
}

/** The user's live sessions that are not an agent's. */
function counts(sessions: SqliteTables["sessions"], { userId, createdAt }: NewSession): SQL | undefined {
  return and(eq(sessions.userId, userId), isNull(sessions.agentId), gt(sessions.expires, createdAt));
}

function idsOf(rows: { id: unknown }[]): string[] {
  return rows.map(({ id }) => id as string);
}

async function countAttempt(db: SqliteDatabase, tables: SqliteTables, { by, now }: Attempt, window: Row) {
  const { verifications } = tables;
  const { identifier, purpose, tokenHash, attempts, expires, createdAt } = verifications;
  const isOpen = gt(expires, now);
  const unlessOpen = (column: SQLiteColumn, fresh: unknown) =>
    sql`case when ${isOpen} then ${column} else ${sql.param(fresh, column)} end`;
  const query = db
    .insert(verifications)
    .values(window)
    .onConflictDoUpdate({
      target: [identifier, purpose],
      set: {
        attempts: sql`case when ${isOpen} then max(0, ${attempts} + ${by}) else ${window.attempts} end`,
        expires: unlessOpen(expires, window.expires),
        tokenHash: unlessOpen(tokenHash, window.tokenHash),
        createdAt: unlessOpen(createdAt, window.createdAt),
      },
    })
    .returning({ attempts, expires });
  const [rows] = await written(db.batch([query]));
  return rows[0] as unknown as AttemptCount;
}

function conflictOf(error: unknown, tables: SqliteTables): "users" | "accounts" | "reference" | null {
  const messages = causesOf(error).map(({ message }) => message);
  if (messages.some((message) => message.includes("FOREIGN KEY constraint failed"))) return "reference";
  const taken = messages.map((message) => /UNIQUE constraint failed: (.*)$/.exec(message)?.[1]).find(Boolean);
  const isTakenIn = (table: "users" | "accounts") => {
    const name = getTableName(tables[table]);
    return taken?.startsWith(`${name}.`) && taken !== `${name}.${tables[table].id.name}`;
  };
  if (isTakenIn("users")) return "users";
  return isTakenIn("accounts") ? "accounts" : null;
}
