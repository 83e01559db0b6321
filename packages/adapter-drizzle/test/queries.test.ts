/** What reaches the database: one statement for a read, one or one transaction for a change, and nothing of values in an error. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { CHANGES, LATER, openFilled, READS, session, TRANSACTIONS, UPDATES } from "./calls.js";
import { describeOn, type Target } from "./database.js";
import { mysql2 } from "./mysql.js";
import { nodePostgres, pglite, postgresJs } from "./postgresql.js";
import { betterSqlite, libsqlMemory } from "./sqlite.js";

const ALL: readonly Target[] = [libsqlMemory, betterSqlite, nodePostgres, postgresJs, pglite, mysql2];
for (const target of ALL)
  describeOn(target, ({ name, open }) => {
    const single = { ...READS, ...CHANGES, ...(name === "mysql2" ? {} : UPDATES) };
    test.each(Object.entries(single))("%s sends the driver one statement", async (_, call) => {
      const database = await openFilled(open);
      await call(database);
      expect(database.sent.map(({ sql }) => sql)).toHaveLength(1);
    });

    test("an outage is no AuthError: what the driver says comes through, without the values", async () => {
      const database = await openFilled(open);
      await database.rows("ALTER TABLE sessions RENAME TO gone");
      try {
        const error = await database.adapter.getSession({ tokenHash: "hash-of-a-token" }).then(String, (e: Error) => e);
        expect(String(error)).toContain("sessions");
        expect(error).not.toMatchObject({ name: "AuthError" });
        expect(inspect(error, { depth: 9 })).not.toContain("hash-of-a-token");
        await expect(database.adapter.createSession(session("session-2"))).rejects.not.toMatchObject({
          name: "AuthError",
        });
      } finally {
        await database.rows("ALTER TABLE gone RENAME TO sessions");
      }
    });

    test("a row that the app's own SQL deletes is gone, and users take their sessions along", async () => {
      const database = await openFilled(open);
      await database.rows("DELETE FROM users WHERE id = 'user-1'");
      expect(await database.adapter.getSession({ id: "session-1" })).toBeNull();
      expect(Number((await database.rows("SELECT count(*) AS n FROM sessions"))[0]?.n)).toBe(0);
    });
  });

describeOn(mysql2, ({ open }) => {
  test.each(Object.entries({ ...UPDATES, ...TRANSACTIONS }))("%s is one transaction", async (_, call) => {
    const database = await openFilled(open);
    await call(database);
    const words = database.sent.map(({ sql }) => sql.trim().split(/\s+/, 3).join(" ").toLowerCase());
    expect(words.slice(0, 2)).toEqual(["set transaction isolation", "begin"]);
    expect(words.filter((word) => word === "commit")).toHaveLength(1);
    expect(words.at(-1)).toBe("commit");
  });
});

describeOn(libsqlMemory, ({ open }) => {
  test("instants are stored as whole milliseconds, data and scopes as JSON text, flags as 0 and 1", async () => {
    const { adapter, rows } = await openFilled(open);
    await adapter.updateSession("session-1", { data: { role: "admin" }, scopes: ["read"] });
    const [stored] = await rows("SELECT * FROM sessions JOIN users ON users.id = userId");
    expect(stored).toMatchObject({
      expires: LATER.getTime(),
      data: '{"role":"admin"}',
      scopes: '["read"]',
      emailVerified: 0,
    });
  });
});
