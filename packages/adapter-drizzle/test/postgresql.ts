/** PostgreSQL for the tests: a schema for each test file on the server, and PGlite in the process. Never in UTC. */
import { randomBytes } from "node:crypto";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { drizzle as drizzlePool, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { drizzle as drizzlePglite, type PgliteDatabase } from "drizzle-orm/pglite";
import { drizzle as drizzlePostgresJs, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import pg from "pg";
import postgres from "postgres";
import { createTables, DrizzleAdapter, type PostgresqlDatabase } from "../src/index.js";
import { atEnd, record, type Sent, type Target, type TestDatabase, whyNot } from "./database.js";

export const POSTGRES_URL = process.env.LATCHKEY_TEST_POSTGRES_URL ?? "postgres://postgres@127.0.0.1:5432/test";
/** An offset with minutes: what takes times for local ones is wrong by hours. */
const TIME_ZONE = "Asia/Kolkata";

/** A driver on a schema of its own. */
interface Driver<D extends PostgresqlDatabase> {
  db: D;
  end(): Promise<void>;
}

export const postgresMissing = await whyNot(async () => {
  const client = new pg.Client(POSTGRES_URL);
  await client.connect();
  await client.end();
});

/** A schema with a random name; it goes when the tests of the file are done. */
export async function createSchema(): Promise<string> {
  const schema = `latchkey_drizzle_${randomBytes(6).toString("hex")}`;
  await administrate(`CREATE SCHEMA ${schema}`);
  atEnd(() => administrate(`DROP SCHEMA ${schema} CASCADE`));
  return schema;
}

async function administrate(query: string): Promise<void> {
  const client = new pg.Client(POSTGRES_URL);
  await client.connect();
  try {
    await client.query(query);
  } finally {
    await client.end();
  }
}

/** @param schema Where its tables are */
export function openPool(schema: string, config: pg.PoolConfig = {}): pg.Pool {
  const options = `-c search_path=${schema} -c timezone=${TIME_ZONE} -c synchronous_commit=off`;
  const pool = new pg.Pool({ connectionString: POSTGRES_URL, options, ...config });
  // The server ends idle connections when it stops.
  pool.on("error", () => {});
  return pool;
}

function onServer<D extends PostgresqlDatabase>(
  name: string,
  connect: (schema: string, sent: Sent[]) => Driver<D>,
): Target<D> {
  const sent: Sent[] = [];
  const prepare = async () => {
    const schema = await createSchema();
    const driver = connect(schema, sent);
    const app = openPool(schema, { max: 1 });
    await createTables(driver.db);
    atEnd(() => Promise.all([driver.end(), app.end()]));
    return { ...driver, app };
  };
  let prepared: ReturnType<typeof prepare> | undefined;
  const open = async (): Promise<TestDatabase<D>> => {
    prepared ??= prepare();
    const { db, app } = await prepared;
    const rows = async (query: string, args?: unknown[]) => (await app.query(query, args)).rows;
    await app.query("DELETE FROM users; DELETE FROM verifications");
    sent.length = 0;
    return { adapter: DrizzleAdapter(db), statements: () => sent.length, close: async () => {}, db, sent, rows };
  };
  return { name, missing: postgresMissing, open };
}

export const nodePostgres: Target<NodePgDatabase> = onServer("node-postgres", (schema, sent) => {
  const pool = openPool(schema);
  pool.on("connect", (client) =>
    record(client, "query", (query, values) => {
      const { text, values: own } = query as pg.QueryConfig;
      sent.push({ sql: text, args: (values as unknown[] | undefined) ?? own ?? [] });
    }),
  );
  return { db: drizzlePool(pool), end: () => pool.end() };
});

export const postgresJs: Target<PostgresJsDatabase> = onServer("postgres.js", (schema, sent) => {
  const client = postgres(POSTGRES_URL, {
    connection: { search_path: schema, TimeZone: TIME_ZONE, synchronous_commit: "off" },
    fetch_types: false,
  });
  const note = (text: unknown, args: unknown) => sent.push({ sql: String(text), args: (args as unknown[]) ?? [] });
  const { begin } = client;
  record(client, "unsafe", note);
  const recordedBegin = (work: (tx: postgres.TransactionSql) => Promise<unknown>) =>
    begin((tx) => {
      record(tx, "unsafe", note);
      return work(tx);
    });
  Object.assign(client, { begin: recordedBegin });
  return { db: drizzlePostgresJs(client), end: () => client.end() };
});

let booted: Promise<PGlite> | undefined;

async function boot(): Promise<PGlite> {
  const lite = await PGlite.create();
  await lite.exec(`SET timezone = '${TIME_ZONE}'`);
  await createTables(drizzlePglite(lite));
  atEnd(() => lite.close());
  return lite;
}

/** Booted once for each test file. */
export const pglite: Target<PgliteDatabase> = {
  name: "PGlite",
  missing: null,
  async open() {
    booted ??= boot();
    const lite = await booted;
    await lite.exec("DELETE FROM users; DELETE FROM verifications");
    const sent: Sent[] = [];
    const note = (text: unknown, args: unknown) => sent.push({ sql: String(text), args: (args as unknown[]) ?? [] });
    const recorded = (on: PGlite | Transaction): object => ({
      query: (...args: Parameters<PGlite["query"]>) => {
        note(args[0], args[1]);
        return on.query(...args);
      },
      transaction: (work: (tx: object) => Promise<unknown>) =>
        (on as PGlite).transaction((tx) => work(recorded(tx) as Transaction)),
    });
    const db = drizzlePglite(recorded(lite) as PGlite);
    const rows = async (query: string, args?: unknown[]) =>
      (await lite.query<Record<string, unknown>>(query, args)).rows;
    return { adapter: DrizzleAdapter(db), statements: () => sent.length, close: async () => {}, db, sent, rows };
  },
};
