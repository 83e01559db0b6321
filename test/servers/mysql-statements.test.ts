/** The contract in the statements that MySQL is sent: MariaDB runs them, too, once it is taken for a server that returns no rows. */
import { createSqlAdapter, type Result, type SqlDatabase, type Statement } from "@latchkey/core/sql";
import { adapterSuite } from "@latchkey/core/testkit";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mysqlDatabase } from "../../packages/cli/src/drivers/mysql.js";
import { createDatabase, isMissing, type ServerDatabase } from "./databases.js";

const isQuestion = ({ strings }: Statement) => strings[0]?.includes("version()");

function asMysql(result: Result): Result {
  const rename = (value: unknown) => (typeof value === "string" ? value.replace(/-MariaDB.*/, "") : value);
  return { ...result, rows: result.rows.map((row) => row.map(rename)) };
}

/** Tells another version, counts statements, and notes those that MySQL does not understand. */
function disguised(database: SqlDatabase) {
  const sent: string[] = [];
  const note = (statement: Statement) => sent.push(statement.strings.join("?"));
  const run: SqlDatabase["run"] = async (statement) => {
    note(statement);
    const result = await database.run(statement);
    return isQuestion(statement) ? asMysql(result) : result;
  };
  const batch: SqlDatabase["batch"] = (statements) => {
    for (const statement of statements) note(statement);
    return database.batch(statements);
  };
  return { sent, database: { ...database, run, batch } };
}

describe.skipIf(await isMissing("MariaDB"))("MariaDB, taken for MySQL", () => {
  let server: ServerDatabase;
  let pool: mysql.Pool;
  const all: string[] = [];
  beforeAll(async () => {
    server = await createDatabase("MariaDB");
    pool = mysql.createPool({ uri: server.url, dateStrings: true });
  });
  afterAll(async () => {
    await pool.end();
    await server.drop();
  });

  adapterSuite("MySQL's statements", async () => {
    await server.query("DELETE FROM users");
    await server.query("DELETE FROM verifications");
    const { database, sent } = disguised(mysqlDatabase(pool));
    const adapter = createSqlAdapter(database);
    // It is asked once what it is.
    await adapter.deleteVerification({ identifier: "nothing", purpose: "nothing" });
    const before = sent.length;
    const close = async () => {
      all.push(...sent);
    };
    return { adapter, statements: () => sent.length - before, close };
  });

  test("no statement of them asks for rows of a change", () => {
    expect(all.length).toBeGreaterThan(1000);
    expect(all.filter((text) => /\bRETURNING\b/.test(text))).toEqual([]);
  });
});
