/** R-S11: operators list and end sessions, through the database alone and through the app's config. */
import { createHash } from "node:crypto";
import { type Adapter, createId, type NewSession } from "@latchkey/core";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { parseAddress } from "../src/database/address.js";
import { type OpenDatabase, openDatabase } from "../src/database/open.js";
import { latchkey, newFolder } from "./bin.js";
import { describeDatabases, type TestDatabase } from "./databases.js";

const DAY_MS = 86_400_000;

async function addUser(adapter: Adapter, name: string): Promise<string> {
  const now = new Date();
  const user = { id: `id-${name}`, email: `${name}@example.com`, createdAt: now, updatedAt: now };
  await adapter.createUser(user);
  return user.id;
}

/** @param life Milliseconds */
async function addSession(adapter: Adapter, userId: string, life = DAY_MS): Promise<NewSession> {
  const now = new Date();
  const session: NewSession = {
    ...{
      id: createId(),
      userId,
      type: "password",
      tokenHash: createHash("sha256").update(createId()).digest("base64url"),
    },
    ...{ expires: new Date(now.getTime() + life), absoluteExpires: new Date(now.getTime() + 400 * DAY_MS) },
    ...{ authenticatedAt: now, createdAt: now, updatedAt: now, ipAddress: "192.0.2.1", userAgent: null },
    ...{ data: { plan: "private-claim" }, parentId: null, agentId: null, scopes: null },
  };
  await adapter.createSession(session);
  return session;
}

describeDatabases("sessions", ({ dialect, create }) => {
  let database: TestDatabase;
  let open: OpenDatabase;
  let cwd: string;
  let users: readonly [ada: string, bob: string];
  beforeEach(async () => {
    database = await create();
    cwd = await newFolder();
    await latchkey(["migrate", "--url", database.url], { cwd });
    open = await openDatabase(parseAddress(database.url, cwd), cwd);
    users = [await addUser(open.adapter, "ada"), await addUser(open.adapter, "bob")];
  });
  afterEach(async () => {
    await open.close();
    await database.drop();
  });

  const sessions = (...args: string[]) => latchkey(["sessions", ...args, "--url", database.url], { cwd });
  const live = async () => (await database.query("SELECT id FROM sessions")).map(([id]) => id);

  test("list shows the live sessions of one user, found by id or by address, and neither hash nor claims", async () => {
    const [one] = [await addSession(open.adapter, users[0]), await addSession(open.adapter, users[1])];
    await addSession(open.adapter, users[0], -1000);
    for (const user of ["id-ada", "ada@example.com", " Ada@Example.com "]) {
      const text = await sessions("list", "--user", user);
      expect(text).toMatchObject({ code: 0, err: "" });
      expect(text.out).toContain(one.id);
      expect(text.out).toContain("192.0.2.1");
      expect(text.out.trim().split("\n")).toHaveLength(2);
    }
    const { out, json } = await sessions("list", "--user", "id-ada", "--json");
    expect(json()).toMatchObject({ userId: "id-ada", sessions: [{ id: one.id, expires: one.expires.toISOString() }] });
    expect(out).not.toMatch(new RegExp(`${one.tokenHash}|private-claim`));
  });

  test("an address with a quote in it is an address", async () => {
    const now = new Date();
    await open.adapter.createUser({ id: "q", email: "o'neill@example.com", createdAt: now, updatedAt: now });
    expect((await sessions("list", "--user", "o'neill@example.com", "--json")).json()).toMatchObject({ userId: "q" });
  });

  test("revoke ends one session, and says so when there is none", async () => {
    const [one, other] = [await addSession(open.adapter, users[0]), await addSession(open.adapter, users[0])];
    expect(await sessions("revoke", one.id)).toMatchObject({ code: 0, err: "" });
    expect(await live()).toEqual([other.id]);
    expect((await sessions("revoke", one.id)).code).toBe(1);
  });

  test("revoke-all --user ends those of one user alone; of a user who is not there it ends none", async () => {
    await addSession(open.adapter, users[0]);
    await addSession(open.adapter, users[0]);
    const other = await addSession(open.adapter, users[1]);
    expect((await sessions("revoke-all", "--user", "ada@example.com", "--json")).json()).toEqual({
      userId: "id-ada",
      revoked: 2,
    });
    expect(await sessions("revoke-all", "--user", "nobody@example.com")).toMatchObject({ code: 1 });
    expect(await live()).toEqual([other.id]);
  });

  test("revoke-all --everyone ends all, but not without having been asked to", async () => {
    await addSession(open.adapter, users[0]);
    await addSession(open.adapter, users[1]);
    const unasked = await sessions("revoke-all", "--everyone");
    expect(unasked).toMatchObject({ code: 2 });
    expect(unasked.err).toContain("--yes");
    expect(await live()).toHaveLength(2);
    expect((await sessions("revoke-all", "--everyone", "--yes", "--json")).json()).toEqual({ revoked: 2 });
    expect(await live()).toEqual([]);
    expect(await database.query("SELECT id FROM users ORDER BY id")).toEqual([["id-ada"], ["id-bob"]]);
  });

  test("cleanup removes what has expired, batch by batch, and nothing else", async () => {
    const alive = await addSession(open.adapter, users[0]);
    for (let count = 0; count < 5; count++) await addSession(open.adapter, users[1], -1000);
    expect((await sessions("cleanup", "--batch", "2", "--json")).json()).toEqual({ removed: 5 });
    expect(await live()).toEqual([alive.id]);
  });

  // Elsewhere the config would differ in nothing but its driver.
  if (dialect !== "sqlite") return;
  test("through the app's config the hooks are told", async () => {
    const session = await addSession(open.adapter, users[0]);
    const app = await newFolder({ "auth.ts": appModule(database.url) });
    const ran = await latchkey(["sessions", "revoke", session.id], { cwd: app });
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toContain(`told: revoked ${session.id}`);
    expect(await live()).toEqual([]);
  });
});

describeDatabases(
  "sessions in tables of Prisma's types",
  ({ create }) => {
    test("instants are in UTC, whatever the time zone of this process", async () => {
      const database = await create();
      onTestFinished(database.drop);
      const cwd = await newFolder();
      expect(await latchkey(["migrate", "--orm", "prisma", "--url", database.url], { cwd })).toMatchObject({ code: 0 });
      const open = await openDatabase(parseAddress(database.url, cwd), cwd);
      const session = await addSession(open.adapter, await addUser(open.adapter, "ada"));
      await open.close();
      for (const TZ of ["America/New_York", "Asia/Kolkata"]) {
        const args = ["sessions", "list", "--user", "id-ada", "--json", "--url", database.url];
        const { json } = await latchkey(args, { cwd, env: { TZ } });
        expect(json()).toMatchObject({ sessions: [{ expires: session.expires.toISOString() }] });
      }
    });
  },
  ["postgresql", "mysql"],
);

function appModule(url: string): string {
  return `
import { DrizzleAdapter } from "@latchkey/adapter-drizzle";
import { createAuth } from "@latchkey/core";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";

export const auth = createAuth({
  secret: "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2",
  adapter: DrizzleAdapter(drizzle(createClient({ url: ${JSON.stringify(url)} }))),
  hooks: { onSessionRevoked: ({ reason, sessionIds }: { reason: string; sessionIds: string[] }) => console.log("told:", reason, ...sessionIds) },
});
`;
}
