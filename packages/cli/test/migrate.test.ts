/** `latchkey migrate` by real processes on real databases. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { createTablesSql, type Dialect } from "@latchkey/core/sql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { latchkey, newFolder } from "./bin.js";
import { describeDatabases, type TestDatabase } from "./databases.js";

const LEDGER = "SELECT id FROM latchkey_migrations ORDER BY id";
/** Whether a table is there. */
const HAS_TABLE: Record<Dialect, (name: string) => string> = {
  sqlite: (name) => `SELECT 1 FROM sqlite_master WHERE name = '${name}'`,
  postgresql: (name) => `SELECT 1 FROM information_schema.tables WHERE table_name = '${name}'`,
  mysql: (name) => `SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '${name}'`,
};

describeDatabases("migrate", ({ dialect, create }) => {
  let database: TestDatabase;
  let cwd: string;
  beforeEach(async () => {
    database = await create();
    cwd = await newFolder();
  });
  afterEach(() => database.drop());

  const migrate = (...args: string[]) => latchkey(["migrate", ...args], { cwd, env: { DATABASE_URL: database.url } });
  const hasTable = async (name: string) => (await database.query(HAS_TABLE[dialect](name))).length > 0;
  const write = async (name: string, sql: string) => {
    await mkdir(path.join(cwd, "migrations"), { recursive: true });
    await writeFile(path.join(cwd, "migrations", name), sql);
  };

  test("makes the tables once, and then has nothing to do", async () => {
    expect(await migrate()).toMatchObject({ code: 0, err: "" });
    for (const table of ["users", "sessions", "accounts", "verifications"]) expect(await hasTable(table)).toBe(true);
    expect(await database.query(LEDGER)).toEqual([["latchkey/0001_tables"]]);
    expect((await migrate("--json")).json()).toMatchObject({ done: [], applied: ["latchkey/0001_tables"] });
  });

  test("a dry run prints what would run, and changes nothing", async () => {
    await write("0001_notes.sql", "CREATE TABLE notes (id INTEGER PRIMARY KEY);\n");
    const dry = await migrate("--dry-run");
    expect(dry.code).toBe(0);
    for (const statement of createTablesSql(dialect)) expect(dry.out).toContain(`${statement};`);
    expect(dry.out).toContain("-- 0001_notes\nCREATE TABLE notes (id INTEGER PRIMARY KEY);");
    for (const table of ["users", "notes", "latchkey_migrations"]) expect(await hasTable(table)).toBe(false);
    await migrate();
    expect((await migrate("--dry-run", "--json")).json()).toMatchObject({ dryRun: true, pending: [] });
  });

  test("takes over a database whose tables are there already", async () => {
    for (const statement of createTablesSql(dialect)) await database.query(statement);
    await database.query("INSERT INTO verifications VALUES ('v1', 'a', 'b', 'c', 0, '2026-01-01', '2026-01-01')");
    expect((await migrate()).code).toBe(0);
    expect(await database.query("SELECT id FROM verifications")).toEqual([["v1"]]);
  });

  // Only SQLite changes a table by making it anew.
  if (dialect === "sqlite")
    test("a table that is made anew, as Prisma and drizzle-kit do it, keeps the rows that refer to it; orphans are refused", async () => {
      await migrate();
      const user =
        "INSERT INTO users (id, emailVerified, phoneVerified, createdAt, updatedAt) VALUES ('u', 0, 0, 1, 1)";
      await database.query(user);
      await database.query(
        "INSERT INTO accounts (id, userId, provider, providerAccountId, createdAt, updatedAt) VALUES ('a', 'u', 'p', '1', 1, 1)",
      );
      const rebuild =
        "CREATE TABLE new_users AS SELECT * FROM users; DROP TABLE users; ALTER TABLE new_users RENAME TO users;";
      await write(
        "0001_rebuild.sql",
        `PRAGMA foreign_keys=OFF; ${rebuild} CREATE UNIQUE INDEX u ON users (id); PRAGMA foreign_keys=ON;`,
      );
      expect(await migrate()).toMatchObject({ code: 0 });
      expect(await database.query("SELECT id FROM accounts")).toEqual([["a"]]);

      await write("0002_orphans.sql", "DELETE FROM users;");
      const refused = await migrate();
      expect([refused.code, refused.err]).toEqual([
        1,
        expect.stringContaining("a row of accounts would refer to a row of users"),
      ]);
      expect(await database.query("SELECT id FROM users")).toEqual([["u"]]);
    });

  test("applies the app's own files after them, by their numbers, with every kind of statement", async () => {
    await write("10_more.sql", "INSERT INTO notes VALUES (2, 'b; c');\nINSERT INTO notes VALUES (3, '-- d');");
    await write("2_notes.sql", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR(20)); -- mine; yes\n");
    const { code, out } = await migrate();
    expect(code).toBe(0);
    expect(out.match(/applied \S+/g)).toEqual(["applied latchkey/0001_tables", "applied 2_notes", "applied 10_more"]);
    expect(await database.query("SELECT text FROM notes ORDER BY id")).toEqual([["b; c"], ["-- d"]]);
  });

  test("refuses a file that was changed after it was applied, but not one whose line ends were", async () => {
    await write("1_notes.sql", "CREATE TABLE notes (id INTEGER);\n-- end\n");
    await migrate();
    await write("1_notes.sql", "CREATE TABLE notes (id INTEGER);\r\n-- end\r\n");
    expect((await migrate()).code).toBe(0);
    await write("1_notes.sql", "CREATE TABLE notes (id TEXT);\n");
    for (const changed of [await migrate(), await migrate("--dry-run")]) {
      expect(changed.code).toBe(1);
      expect(changed.err).toMatch(/1_notes was changed after it was applied/);
    }
  });

  test("refuses what has no clear order: a number twice, none, or one before what was applied", async () => {
    await write("2_b.sql", "CREATE TABLE b (id INTEGER);");
    await migrate();
    await write("1_a.sql", "CREATE TABLE a (id INTEGER);");
    expect((await migrate()).err).toMatch(/1_a is new, but 2_b was applied already/);
    await write("02_c.sql", "CREATE TABLE c (id INTEGER);");
    expect((await migrate()).err).toMatch(/have one number/);
    await write("d.sql", "CREATE TABLE d (id INTEGER);");
    expect((await migrate()).err).toMatch(/has no number/);
    for (const table of ["a", "c", "d"]) expect(await hasTable(table)).toBe(false);
  });

  test("refuses a file that ends transactions itself", async () => {
    await write("1_notes.sql", "CREATE TABLE notes (id INTEGER);\n\nCOMMIT;\n");
    expect((await migrate()).err).toMatch(/1_notes, line 3: COMMIT/);
    expect(await hasTable("users")).toBe(false);
  });

  test("a file that fails is not recorded; it names the line and what stayed, and runs again once it is right", async () => {
    await write("1_notes.sql", "CREATE TABLE notes (id INTEGER);\nINSERT INTO nowhere VALUES (1);\n");
    const failed = await migrate();
    expect(failed.code).toBe(1);
    expect(failed.err).toMatch(/1_notes, line 2: .*nowhere/);
    expect(failed.err).toContain(dialect === "mysql" ? "the 1 before it stay" : "nothing of the file was kept");
    expect(await hasTable("notes")).toBe(dialect === "mysql");
    expect(await database.query(LEDGER)).toEqual([["latchkey/0001_tables"]]);
    await write(
      "1_notes.sql",
      `${dialect === "mysql" ? "" : "CREATE TABLE notes (id INTEGER);"} INSERT INTO notes VALUES (1);`,
    );
    expect((await migrate()).code).toBe(0);
    expect(await database.query("SELECT id FROM notes")).toEqual([[1]]);
  });

  test("a body with semicolons is one statement", async () => {
    const bodies: Record<Dialect, string> = {
      sqlite:
        "CREATE TRIGGER tick AFTER INSERT ON notes BEGIN UPDATE notes SET n = n + 1; UPDATE notes SET n = n + 1; END;",
      postgresql:
        "CREATE FUNCTION tick() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 1; NEW.n := NEW.n + 1; RETURN NEW; END $$;\nCREATE TRIGGER tick BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION tick();",
      mysql:
        "CREATE TRIGGER tick BEFORE INSERT ON notes FOR EACH ROW BEGIN SET NEW.n = NEW.n + 1; SET NEW.n = NEW.n + 1; END;",
    };
    await write("1_notes.sql", `CREATE TABLE notes (n INTEGER);\n${bodies[dialect]}\nINSERT INTO notes VALUES (1);\n`);
    expect(await migrate()).toMatchObject({ code: 0, err: "" });
    expect(await database.query("SELECT n FROM notes")).toEqual([[3]]);
  });

  test("of processes that migrate at once each file is applied by one, and every one of them succeeds", async () => {
    await write("1_notes.sql", "CREATE TABLE notes (id INTEGER);");
    for (let number = 2; number <= 6; number++)
      await write(`${number}_row.sql`, `INSERT INTO notes VALUES (${number});`);
    const runs = await Promise.all(Array.from({ length: 5 }, () => migrate("--json")));
    expect(runs.map(({ code, err }) => [code, err])).toEqual(runs.map(() => [0, ""]));
    const done = runs.flatMap((ran) => ran.json().done as string[]);
    expect(done.sort()).toEqual(["1_notes", "2_row", "3_row", "4_row", "5_row", "6_row", "latchkey/0001_tables"]);
    expect(await database.query("SELECT id FROM notes ORDER BY id")).toEqual([[2], [3], [4], [5], [6]]);
  });
});
