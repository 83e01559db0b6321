/** The contract on the drivers alone, without an ORM: what `latchkey sessions` and `latchkey migrate` use. */
import { createSqlAdapter, createTablesSql, type Dialect, type SqlDatabase } from "@latchkey/core/sql";
import { adapterSuite } from "@latchkey/core/testkit";
import { createClient } from "@libsql/client";
import mysql from "mysql2/promise";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { mysqlDatabase } from "../src/drivers/mysql.js";
import { postgresqlDatabase } from "../src/drivers/postgresql.js";
import { sqliteDatabase } from "../src/drivers/sqlite.js";
import { describeDatabases, type TestDatabase } from "./databases.js";

interface Opened {
  database: SqlDatabase;
  close(): Promise<void>;
}

const OPENERS: Record<Dialect, (url: string) => Opened> = {
  sqlite(url) {
    const client = createClient({ url, timeout: 10_000 });
    return { database: sqliteDatabase(client), close: async () => client.close() };
  },
  postgresql(connectionString) {
    const pool = new pg.Pool({ connectionString, max: 10 });
    // The database goes before the server has seen every connection off.
    pool.on("error", () => undefined);
    return { database: postgresqlDatabase(pool), close: () => pool.end() };
  },
  mysql(uri) {
    const pool = mysql.createPool({ uri, dateStrings: true });
    return { database: mysqlDatabase(pool), close: () => pool.end() };
  },
};

function counted(database: SqlDatabase): { database: SqlDatabase; statements: () => number } {
  let count = 0;
  const run: SqlDatabase["run"] = (statement) => {
    count++;
    return database.run(statement);
  };
  const batch: SqlDatabase["batch"] = (statements) => {
    count += statements.length;
    return database.batch(statements);
  };
  return { database: { ...database, run, batch }, statements: () => count };
}

describeDatabases("the adapter contract", ({ dialect, create }) => {
  let database: TestDatabase;
  let opened: Opened;
  const change = (text: string) => opened.database.run({ strings: [text], values: [], answers: "count" });
  beforeAll(async () => {
    database = await create();
    opened = OPENERS[dialect](database.url);
    for (const statement of createTablesSql(dialect)) await change(statement);
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });

  adapterSuite("drivers", async () => {
    await change("DELETE FROM users");
    await change("DELETE FROM verifications");
    const { database: counting, statements } = counted(opened.database);
    return { adapter: createSqlAdapter(counting), statements, close: async () => undefined };
  });
});

describeDatabases("a batch", ({ dialect, create }) => {
  let database: TestDatabase;
  let opened: Opened;
  beforeAll(async () => {
    database = await create();
    await database.query("CREATE TABLE notes (id INTEGER PRIMARY KEY)");
  });
  afterEach(() => opened.close());
  afterAll(() => database.drop());

  const change = (text: string) => ({ strings: [text], values: [], answers: "count" as const });

  test("that fails in the middle has changed nothing, and says why", async () => {
    opened = OPENERS[dialect](database.url);
    const batch = opened.database.batch([
      change("INSERT INTO notes VALUES (1)"),
      change("INSERT INTO nowhere VALUES (1)"),
    ]);
    await expect(batch).rejects.toThrow(/nowhere/);
    expect(await database.query("SELECT id FROM notes")).toEqual([]);
  });
});

/** Ends the connection that it runs on, as a failover does. */
const ENDS_ITSELF = {
  postgresql: "SELECT pg_terminate_backend(pg_backend_pid())",
  mysql: "KILL CONNECTION_ID()",
  sqlite: "",
} as const satisfies Record<Dialect, string>;

describeDatabases(
  "a connection that breaks in a batch",
  ({ dialect, create }) => {
    test("is not used again, and does not hide what broke it", async () => {
      const database = await create();
      const { database: broken, close } = OPENERS[dialect](database.url);
      onTestFinished(() => close().then(database.drop));
      const one = { strings: ["SELECT 1"], values: [], answers: "rows" as const };
      const ends = { ...one, strings: [ENDS_ITSELF[dialect]] };
      for (let time = 0; time < 3; time++) {
        await expect(broken.batch([one, ends, one])).rejects.toThrow(/terminating|killed|interrupted/i);
        expect((await broken.batch([one])).map(({ rows }) => rows.length)).toEqual([1]);
      }
    });
  },
  ["postgresql", "mysql"],
);
