/** What becomes of failures below Prisma: deadlocks, servers that are away, values that no column can hold. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { createAuth } from "@latchkey/core";
import { createConnection } from "mysql2/promise";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PrismaAdapter } from "../src/index.js";
import { describeOn, openDatabase, TARGETS, type Target, type TestDatabase, targetOf } from "./clients.js";
import { session, user } from "./records.js";

/** MariaDB shows its transactions anew only to who has not looked for a tenth of a second. */
const LOOK_EVERY_MS = 300;

/** A transaction of somebody else, through the plain driver, that the database spares in a deadlock. */
interface Rival {
  query(sql: string): Promise<unknown>;
  /** Whether somebody waits for a lock of this one. */
  isWaitedFor(): Promise<boolean>;
  end(): Promise<void>;
}

async function postgresqlRival(url: string): Promise<Rival> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // The one that looks first is the one that gives way.
  await client.query("SET deadlock_timeout = '20s'");
  await client.query("BEGIN");
  const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))";
  return {
    query: (sql) => client.query(sql),
    isWaitedFor: async () => (await client.query(waiting)).rows.length > 0,
    end: () => client.end(),
  };
}

async function mariadbRival(url: string): Promise<Rival> {
  const [client, observer] = await Promise.all([createConnection(url), createConnection(url)]);
  // So that it locks no more than it changes.
  await client.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  await client.query("BEGIN");
  // The one that has changed less gives way.
  await client.query("UPDATE sessions SET type = CONCAT(type, '!') WHERE userId = 'heavy'");
  const waiting = `SELECT 1 FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id
    WHERE t.trx_state = 'LOCK WAIT' AND p.DB = DATABASE()`;
  return {
    query: (sql) => client.query(sql),
    isWaitedFor: async () => ((await observer.query(waiting))[0] as unknown[]).length > 0,
    async end() {
      client.destroy();
      observer.destroy();
    },
  };
}

const RIVALS: readonly [Target, (url: string) => Promise<Rival>][] = [
  [targetOf("postgresql"), postgresqlRival],
  [targetOf("mysql"), mariadbRival],
];

for (const [target, openRival] of RIVALS)
  describeOn(target, () => {
    let opened: TestDatabase;
    beforeAll(async () => {
      opened = await openDatabase(target);
    });
    afterAll(() => opened.close());

    test("a deadlock is tried again: the caller sees only what came of it", async () => {
      const adapter = PrismaAdapter(opened.prisma);
      await adapter.createUser(user("ann"));
      await adapter.createUser(user("heavy"));
      await adapter.createSession(session("a"));
      await adapter.createSession(session("b"));
      for (let index = 0; index < 50; index++) await adapter.createSession(session(`h${index}`, { userId: "heavy" }));
      // Asked once on MariaDB: not a part of what is counted.
      await adapter.deleteSession({ id: "none" });

      const rival = await openRival(opened.database.url);
      try {
        await rival.query(`UPDATE sessions SET type = 'rival' WHERE id = 'b'`);
        const tries = vi.spyOn(opened.prisma, "$queryRawUnsafe");
        const removed = adapter.deleteUserSessions("ann");
        await vi.waitUntil(() => rival.isWaitedFor(), { timeout: 10_000, interval: LOOK_EVERY_MS });
        await rival.query(`UPDATE sessions SET type = 'rival' WHERE id = 'a'`);
        await rival.query("COMMIT");

        expect((await removed).sort()).toEqual(["a", "b"]);
        expect(tries.mock.calls.length).toBeGreaterThan(1);
        tries.mockRestore();
      } finally {
        await rival.end();
      }
    });

    test("I5: a server that cannot be reached is unavailable, not a sign-out", async () => {
      const port = await closedPort();
      const url = new URL(opened.database.url);
      url.port = String(port);
      if (target.dialect === "mysql") url.search = "connectTimeout=500&acquireTimeout=800";
      const away = await openDatabase(
        { ...target, driverAdapter: () => target.driverAdapter(url.href) },
        { tables: [] },
      );
      try {
        const auth = createAuth({ secret: randomBytes(32).toString("base64"), adapter: PrismaAdapter(away.prisma) });
        const cookie = `auth-session=${randomBytes(32).toString("base64url")}`;
        const request = new Request("https://app.example/", { headers: { cookie } });
        await expect(auth.getSession(request)).rejects.toMatchObject({ code: "unavailable" });
      } finally {
        await away.close();
      }
    });
  });

for (const target of TARGETS)
  describeOn(target, () => {
    let opened: TestDatabase;
    beforeAll(async () => {
      opened = await openDatabase(target);
    });
    afterAll(() => opened.close());

    test.each([
      ["an array", ["x"]],
      ["an object", { contains: "" }],
    ])("%s where a text belongs is refused before it reaches Prisma", async (_, name) => {
      opened.sent.length = 0;
      const call = PrismaAdapter(opened.prisma).createUser(user("ann", { name: name as unknown as string }));
      await expect(call).rejects.toMatchObject({ code: "request_invalid" });
      expect(opened.sent).toEqual([]);
    });

    test("an instant that is none is refused, and not taken for NULL", async () => {
      const adapter = PrismaAdapter(opened.prisma);
      opened.sent.length = 0;
      const never = new Date(Number.NaN);
      await expect(adapter.createUser(user("ann", { disabledAt: never }))).rejects.toMatchObject({
        code: "request_invalid",
      });
      await expect(adapter.listSessions("ann", never)).rejects.toMatchObject({ code: "request_invalid" });
      expect(opened.sent).toEqual([]);
    });

    test("a batch that fails changes nothing", async () => {
      const adapter = PrismaAdapter(opened.prisma);
      const account = { provider: "google", providerAccountId: "1", createdAt: new Date(), updatedAt: new Date() };
      await adapter.createUserWithAccount(user("ben"), { ...account, id: "1", userId: "ben" });
      const again = adapter.createUserWithAccount(user("eve"), { ...account, id: "2", userId: "eve" });
      await expect(again).rejects.toMatchObject({ code: "account_exists" });
      expect(await opened.prisma.user.findUnique({ where: { id: "eve" } })).toBeNull();
    });
  });

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 1;
}
