/** What is peculiar to MySQL and MariaDB: collations, modes of the server, JSON as text. */
import { drizzle } from "drizzle-orm/mysql2";
import { expect, onTestFinished, test } from "vitest";
import { createTables, DrizzleAdapter } from "../src/index.js";
import { DATES, LATER, NOW, session } from "./calls.js";
import { describeOn } from "./database.js";
import { createDatabase, mysql2, openPool } from "./mysql.js";

describeOn(mysql2, () => {
  test("e-mails, tokens, ids and identifiers compare exactly in tables whose collation takes more for equal", async () => {
    const { adapter, connection } = await openOn("");
    for (const table of ["sessions", "accounts", "verifications", "users"]) await convert(connection, table);
    await adapter.createUser({ id: "user-1", email: "rene@example.com", phone: "+491", ...DATES });
    await adapter.createSession(session("session-1"));
    const account = { id: "account-1", userId: "user-1", provider: "google", providerAccountId: "abc", ...DATES };
    await adapter.createAccount(account);
    const code = { identifier: "rene@example.com", purpose: "otp", tokenHash: "Hash" };
    await adapter.createVerification({ id: "v-1", ...code, attempts: 0, expires: LATER, createdAt: NOW });

    expect(await adapter.getUserByEmail("rené@example.com")).toBeNull();
    expect(await adapter.getUserByEmail("RENE@example.com")).toBeNull();
    expect(await adapter.getUserByEmail("rene@example.com ")).toBeNull();
    const otherProvider = { email: "rene@example.com", provider: "GOOGLE" };
    expect(await adapter.getUserWithAccount(otherProvider)).toMatchObject({ account: null });
    expect(await adapter.getSession({ tokenHash: "HASH-session-1" })).toBeNull();
    expect(await adapter.getSession({ tokenHash: "hash-session-1 " })).toBeNull();
    expect(await adapter.deleteSession({ id: "SESSION-1" })).toBeNull();
    expect(await adapter.listSessions("USER-1", NOW)).toEqual([]);
    expect(await adapter.deleteUserSessions("USER-1")).toEqual([]);
    expect(await adapter.getAccount({ provider: "google", providerAccountId: "ABC" })).toBeNull();
    expect(await adapter.consumeVerification({ ...code, tokenHash: "hash", now: NOW })).toBeNull();
    expect(await adapter.consumeVerification({ ...code, identifier: "René@example.com", now: NOW })).toBeNull();

    expect((await adapter.getSession({ tokenHash: "hash-session-1" }))?.user.email).toBe("rene@example.com");
    expect((await adapter.consumeVerification({ ...code, now: NOW }))?.id).toBe("v-1");
  });

  test("R-A5: an address that a collation takes for another's neither shares its counter nor takes the place of its code", async () => {
    const { adapter, connection } = await openOn("");
    for (const table of ["sessions", "accounts", "verifications", "users"]) await convert(connection, table);
    const addresses = ["jose@example.com", "josé@example.com", "JOSE@example.com", "jose@example.com "];
    const window = { purpose: "attempts", by: 1, expires: LATER, now: NOW };
    for (const [place, identifier] of addresses.entries()) {
      const network = { ...window, identifier: `network of ${identifier}` };
      const [own, its] = await adapter.countAttempt([{ ...window, identifier }, network]);
      expect([own?.attempts, its?.attempts], identifier).toEqual([1, 1]);
      const code = {
        id: `v-${place}`,
        identifier,
        purpose: "otp",
        tokenHash: `hash of ${identifier}`,
        attempts: 0,
      };
      await adapter.createVerification({ ...code, expires: LATER, createdAt: NOW });
    }
    for (const identifier of addresses) {
      const key = { identifier, purpose: "otp", tokenHash: `hash of ${identifier}`, now: NOW };
      expect(await adapter.consumeVerification(key)).toMatchObject({ identifier });
    }
  });

  test("F-5: a transaction that the server refuses to begin gives its connection back", async () => {
    const pool = openPool(await createDatabase(), { connectionLimit: 2 });
    onTestFinished(() => pool.promise().end());
    const db = drizzle(pool);
    await createTables(db);
    const adapter = DrizzleAdapter(db);
    const refuse = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no transactions today'";
    const { getConnection } = pool;
    let isRefused = true;
    pool.getConnection = (answer: Parameters<typeof getConnection>[0]) =>
      getConnection.call(pool, (error, connection) => {
        if (!error && isRefused) {
          const { query } = connection;
          const refusing = (given: { sql: string }, ...rest: unknown[]) =>
            Reflect.apply(query, connection, [given.sql === "begin" ? { ...given, sql: refuse } : given, ...rest]);
          Object.assign(connection, { query: refusing });
        }
        answer(error, connection);
      });
    const rows: [object, object] = [
      { id: "user-1", ...DATES },
      { id: "a", userId: "user-1", provider: "p", providerAccountId: "1", ...DATES },
    ];
    for (let call = 0; call < 5; call++)
      await expect(
        adapter.createUserWithAccount(...(rows as Parameters<typeof adapter.createUserWithAccount>)),
      ).rejects.toThrow("no transactions today");
    isRefused = false;
    expect(await adapter.getUser("user-1")).toBeNull();
  });

  test.each(["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"])(
    "text is text whatever is in it, in the mode %j",
    async (mode) => {
      const { adapter } = await openOn(mode);
      await adapter.createUser({ id: "user-1", email: "ada@example.com", ...DATES });
      const hostile = ["x' OR 1=1 -- ", "\\' OR 1=1 -- ", '" OR ""="', "\\", "a\0b\n\r\t\x1a", "ä 😀 %_", "X'41'", "?"];
      for (const name of hostile) expect((await adapter.updateUser("user-1", { name }))?.name).toBe(name);
      for (const email of hostile.filter((text) => !text.includes("\0")))
        expect(await adapter.getUserByEmail(email)).toBeNull();
      const data = { text: hostile };
      await adapter.createSession({ ...session("session-1"), data });
      expect((await adapter.getSession({ id: "session-1" }))?.session.data).toEqual(data);
    },
  );

  test("JSON that a driver gives as text is read all the same", async () => {
    const database = await createDatabase();
    const pool = openPool(database, { jsonStrings: true });
    onTestFinished(() => pool.promise().end());
    const db = drizzle(pool);
    await createTables(db);
    const adapter = DrizzleAdapter(db);
    await adapter.createUser({ id: "user-1", ...DATES });
    await adapter.createSession({ ...session("session-1"), data: { role: "admin" }, scopes: ["read"] });
    expect((await adapter.getSession({ id: "session-1" }))?.session).toMatchObject({
      data: { role: "admin" },
      scopes: ["read"],
    });
  });
});

/** @param mode What is added to the SQL mode of each connection */
async function openOn(mode: string) {
  const pool = openPool(await createDatabase());
  pool.on("connection", (connection) => connection.query(`SET sql_mode = concat(@@sql_mode, ',${mode}')`));
  onTestFinished(() => pool.promise().end());
  const db = drizzle(pool);
  await createTables(db);
  return { adapter: DrizzleAdapter(db), connection: pool.promise() };
}

/** As an app has them whose tables are older, or made with its server's defaults. References stand in the way, so they go. */
async function convert(connection: Awaited<ReturnType<typeof openOn>>["connection"], table: string): Promise<void> {
  if (table === "sessions" || table === "accounts")
    await connection.query(`ALTER TABLE ${table} DROP FOREIGN KEY ${table}_userId_fkey`);
  await connection.query(`ALTER TABLE ${table} CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
}
