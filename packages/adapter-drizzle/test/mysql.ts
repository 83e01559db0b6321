/** MySQL or MariaDB for the tests: a database for each test file on the server. Never in UTC. */
import { randomBytes } from "node:crypto";
import { drizzle, type MySql2Database } from "drizzle-orm/mysql2";
import { createPool, type Pool, type PoolOptions, type RowDataPacket } from "mysql2";
import { createConnection as connect } from "mysql2/promise";
import { createTables, DrizzleAdapter } from "../src/index.js";
import { atEnd, record, type Sent, type Target, whyNot } from "./database.js";

export const MYSQL_URL = process.env.LATCHKEY_TEST_MYSQL_URL ?? "mysql://root@127.0.0.1:3306";
const TIME_ZONE = "-05:30";

async function administrate(query: string): Promise<void> {
  const connection = await connect(MYSQL_URL);
  try {
    await connection.query(query);
  } finally {
    await connection.end();
  }
}

export const mysqlMissing = await whyNot(() => administrate("SELECT 1"));

/** A database with a random name; it goes when the tests of the file are done. */
export async function createDatabase(options = ""): Promise<string> {
  const database = `latchkey_drizzle_${randomBytes(6).toString("hex")}`;
  await administrate(`CREATE DATABASE ${database} ${options}`);
  atEnd(() => administrate(`DROP DATABASE ${database}`));
  return database;
}

export function openPool(database: string, config: PoolOptions = {}): Pool {
  const pool = createPool({ uri: MYSQL_URL, database, ...config });
  pool.on("connection", (connection) => connection.query(`SET time_zone = '${TIME_ZONE}'`));
  return pool;
}

async function prepare(sent: Sent[]) {
  const database = await createDatabase();
  const pool = openPool(database);
  pool.on("connection", (connection) =>
    record(connection, "query", (query, values) => {
      const { sql, values: own } = query as { sql: string; values?: unknown[] };
      sent.push({ sql, args: Array.isArray(values) ? values : (own ?? []) });
    }),
  );
  const db = drizzle(pool);
  await createTables(db);
  const app = openPool(database, { connectionLimit: 1 }).promise();
  atEnd(() => Promise.all([pool.promise().end(), app.end()]));
  return { db, app };
}

let prepared: ReturnType<typeof prepare> | undefined;
const sent: Sent[] = [];

export const mysql2: Target<MySql2Database> = {
  name: "mysql2",
  missing: mysqlMissing,
  async open() {
    prepared ??= prepare(sent);
    const { db, app } = await prepared;
    const rows = async (query: string, args?: unknown[]) => (await app.query<RowDataPacket[]>(query, args))[0];
    await rows("DELETE FROM users");
    await rows("DELETE FROM verifications");
    sent.length = 0;
    return { adapter: DrizzleAdapter(db), statements: () => sent.length, close: async () => {}, db, sent, rows };
  },
};
