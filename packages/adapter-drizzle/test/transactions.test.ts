/** Transactions: READ COMMITTED whatever the server's default is, and a connection that is lost in one costs no more than the call. */
import type { Result, SqlDatabase, Statement } from "@latchkey/core/sql";
import { drizzle as drizzleMysql } from "drizzle-orm/mysql2";
import { drizzle as drizzlePool } from "drizzle-orm/node-postgres";
import { drizzle as drizzlePostgresJs } from "drizzle-orm/postgres-js";
import { createPool } from "mysql2";
import pg from "pg";
import postgres from "postgres";
import { expect, onTestFinished, test } from "vitest";
import { runOnMysql } from "../src/mysql/database.js";
import { runOnPostgresql } from "../src/postgresql/database.js";
import { openProxy } from "./cutting-proxy.js";
import { describeOn } from "./database.js";
import { createDatabase, MYSQL_URL, mysql2, openPool as openMysqlPool } from "./mysql.js";
import { createSchema, nodePostgres, POSTGRES_URL, pglite, postgresJs } from "./postgresql.js";

type Driver = Pick<SqlDatabase, "run" | "batch">;

const rowsOf = (text: string): Statement => ({ strings: [text], values: [], answers: "rows" });
const countOf = (text: string): Statement => ({ strings: [text], values: [], answers: "count" });
const ISOLATION = rowsOf("SELECT current_setting('transaction_isolation') AS c0");
const REPEATABLE_READ = "-c default_transaction_isolation=repeatable\\ read";

async function isolationOf(driver: Driver): Promise<unknown[]> {
  const first = ([result]: readonly Result[]) => result?.rows[0]?.[0];
  return [first([await driver.run(ISOLATION)]), first(await driver.batch([ISOLATION, ISOLATION]))];
}

describeOn(nodePostgres, () => {
  test("a batch is READ COMMITTED", async () => {
    const pool = new pg.Pool({ connectionString: POSTGRES_URL, options: REPEATABLE_READ });
    onTestFinished(() => pool.end());
    expect(await isolationOf(runOnPostgresql(drizzlePool(pool)))).toEqual(["repeatable read", "read committed"]);
  });

  test.each(["BEGIN", "INSERT", "COMMIT"])(
    "a connection lost at %s: the call fails, the next one works",
    async (word) => {
      const { driver, schema, cutAt, pool } = await openBehindProxy();
      await driver.run(countOf(`CREATE TABLE ${schema}.kept (id integer)`));
      cutAt(new RegExp(word));
      const insert = countOf(`INSERT INTO ${schema}.kept VALUES (1)`);
      await expect(driver.batch([rowsOf("SELECT 1 AS c0"), insert])).rejects.toThrow("terminated");
      expect(await driver.run(rowsOf(`SELECT count(*)::int AS c0 FROM ${schema}.kept`))).toEqual({
        rows: [[0]],
        count: 0,
      });
      expect(pool.totalCount).toBe(1);
    },
  );

  test("a transaction that failed leaves its connection to the next call", async () => {
    const { driver, pool } = await openBehindProxy();
    await expect(driver.batch([rowsOf("SELECT 1 AS c0"), rowsOf("SELECT 1 / 0 AS c0")])).rejects.toMatchObject({
      code: "22012",
    });
    expect((await driver.batch([ISOLATION]))[0]?.rows).toEqual([["read committed"]]);
    expect(pool.idleCount).toBe(1);
  });

  async function openBehindProxy() {
    const proxy = await openProxy(POSTGRES_URL);
    const connectionString = Object.assign(new URL(POSTGRES_URL), { port: String(proxy.port) }).href;
    const pool = new pg.Pool({ connectionString, max: 1 });
    pool.on("error", () => {});
    onTestFinished(async () => {
      await pool.end();
      proxy.close();
    });
    return { driver: runOnPostgresql(drizzlePool(pool)), schema: await createSchema(), pool, ...proxy };
  }
});

describeOn(postgresJs, () => {
  test("a batch is READ COMMITTED", async () => {
    const client = postgres(POSTGRES_URL, { connection: { default_transaction_isolation: "repeatable read" } });
    onTestFinished(() => client.end());
    expect(await isolationOf(runOnPostgresql(drizzlePostgresJs(client)))).toEqual([
      "repeatable read",
      "read committed",
    ]);
  });
});

describeOn(pglite, ({ open }) => {
  test("a batch is READ COMMITTED", async () => {
    const { db, rows } = await open();
    await rows("SET default_transaction_isolation = 'repeatable read'");
    onTestFinished(() => rows("SET default_transaction_isolation = 'read committed'").then(() => {}));
    expect(await isolationOf(runOnPostgresql(db))).toEqual(["repeatable read", "read committed"]);
  });
});

describeOn(mysql2, () => {
  test("a batch is READ COMMITTED", async () => {
    const database = await createDatabase();
    const pool = openMysqlPool(database);
    onTestFinished(() => pool.promise().end());
    const driver = runOnMysql(drizzleMysql(pool));
    await driver.run(countOf("CREATE TABLE kept (id integer)"));
    const insert = countOf("INSERT INTO kept VALUES (1)");
    const isolation = rowsOf(
      "SELECT trx_isolation_level AS c0 FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = CONNECTION_ID()",
    );
    expect((await driver.batch([insert, isolation]))[1]?.rows).toEqual([["READ COMMITTED"]]);
  });

  test.each(["begin", "INSERT", "commit"])(
    "a connection lost at %s: the call fails, the next one works",
    async (word) => {
      const database = await createDatabase();
      const proxy = await openProxy(MYSQL_URL);
      const uri = Object.assign(new URL(MYSQL_URL), { port: String(proxy.port) }).href;
      const pool = createPool({ uri, database, connectionLimit: 1 });
      onTestFinished(async () => {
        await pool.promise().end();
        proxy.close();
      });
      const driver = runOnMysql(drizzleMysql(pool));
      await driver.run(countOf("CREATE TABLE kept (id integer)"));
      proxy.cutAt(new RegExp(word));
      await expect(driver.batch([rowsOf("SELECT 1 AS c0"), countOf("INSERT INTO kept VALUES (1)")])).rejects.toThrow();
      expect((await driver.run(rowsOf("SELECT count(*) AS c0 FROM kept"))).rows).toEqual([[0]]);
    },
  );
});
