/** The app's own Prisma queries beside the adapter: both write and read the same rows in the same form (CONTRACT A 45 to 48). */
import { randomBytes } from "node:crypto";
import { createAuth } from "@latchkey/core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { PrismaAdapter } from "../src/index.js";
import { clear, describeOn, openDatabase, TARGETS, type Target, type TestDatabase } from "./clients.js";
import { after, NOW, session, user } from "./records.js";

/** Dates as milliseconds instead of text, which is the other form that the driver adapter for SQLite knows. */
const VARIANTS: readonly (Target & { driver?: object })[] = TARGETS.flatMap((target) =>
  target.dialect === "sqlite"
    ? [target, { ...target, name: `${target.name}, unixepoch-ms`, driver: { timestampFormat: "unixepoch-ms" } }]
    : [target],
);

for (const target of VARIANTS)
  describeOn(target, () => {
    let opened: TestDatabase;
    beforeAll(async () => {
      opened = await openDatabase(target, { driver: target.driver ?? {} });
    });
    afterAll(() => opened.close());
    beforeEach(() => clear(opened));

    test("46: sessions that the app deletes by userId are signed out at the next request", async () => {
      const { prisma } = opened;
      const auth = createAuth({ secret: randomBytes(32).toString("base64"), adapter: PrismaAdapter(prisma) });
      await prisma.user.create({ data: { id: "ann", createdAt: new Date(), updatedAt: new Date() } });
      const { cookie } = await auth.sessions.createSession("ann", new Request("https://app.example/"));
      const request = new Request("https://app.example/", { headers: { cookie: cookie.split(";", 1)[0] ?? "" } });
      expect(await auth.getSession(request)).toMatchObject({ user: { id: "ann" } });

      expect(await prisma.session.deleteMany({ where: { userId: "ann" } })).toEqual({ count: 1 });
      expect(await auth.getSession(request)).toBeNull();
    });

    test("47: the app lists the live sessions of a user, newest first", async () => {
      const { prisma } = opened;
      const adapter = PrismaAdapter(prisma);
      await adapter.createUser(user("ann"));
      await adapter.createUser(user("ben"));
      await adapter.createSession(session("older", { createdAt: after(-1) }));
      await adapter.createSession(session("newer", { userAgent: "Browser" }));
      await adapter.createSession(session("expired", { expires: new Date(0) }));
      await adapter.createSession(session("other", { userId: "ben" }));

      const where = { userId: "ann", expires: { gt: new Date() } };
      const sessions = await prisma.session.findMany({ where, orderBy: { createdAt: "desc" } });
      expect(sessions.map(({ id }) => id)).toEqual(["newer", "older"]);
      expect(sessions[0]).toEqual(session("newer", { userAgent: "Browser" }));
    });

    test("a limit in time is exact to the millisecond in the app's queries", async () => {
      await PrismaAdapter(opened.prisma).createUser(user("ann"));
      await PrismaAdapter(opened.prisma).createSession(session("one", { expires: after(1) }));
      const livingAt = async (now: Date) =>
        (await opened.prisma.session.findMany({ where: { userId: "ann", expires: { gt: now } } })).length;
      expect(await livingAt(NOW)).toBe(1);
      expect(await livingAt(after(1))).toBe(0);
    });

    test("rows that the app writes are read, found by time, and changed on their condition", async () => {
      const { prisma } = opened;
      const adapter = PrismaAdapter(prisma);
      await prisma.user.create({ data: { ...user("ann", { email: "ann@example.com", emailVerified: true }) } });
      await prisma.session.create({ data: { ...session("own") } });

      const { tokenHash, ...record } = session("own");
      const found = await adapter.getSession({ tokenHash });
      expect(found?.session).toEqual(record);
      expect(found?.user).toMatchObject({
        email: "ann@example.com",
        emailVerified: true,
        createdAt: NOW,
        disabledAt: null,
      });
      expect(await adapter.listSessions("ann", NOW)).toEqual([record]);
      expect(await adapter.listSessions("ann", after(1))).toEqual([]);
      expect(await adapter.updateSession("own", { updatedAt: after(5) }, { updatedAt: after(1) })).toBeNull();
      expect(await adapter.updateSession("own", { updatedAt: after(5) }, { updatedAt: NOW })).toMatchObject({
        updatedAt: after(5),
      });
      expect(await prisma.session.findMany({ where: { updatedAt: after(5) } })).toHaveLength(1);
    });

    test("an extended client works like the one it extends", async () => {
      const adapter = PrismaAdapter(opened.prisma.$extends({ name: "nothing" }));
      await adapter.createUser(user("ann", { disabledAt: after(9) }));
      expect(await adapter.getUser("ann")).toMatchObject({ id: "ann", disabledAt: after(9) });
      expect(await adapter.check()).toEqual([]);
    });

    test("one statement each: a session is read, listed, ended, and its user found with the account", async () => {
      const adapter = PrismaAdapter(opened.prisma);
      await adapter.createUser(user("ann", { email: "ann@example.com" }));
      await adapter.createSession(session("one"));
      // MySQL and MariaDB are told apart once, by asking.
      await adapter.deleteSession({ id: "none" });
      const countOf = async (work: Promise<unknown>) => {
        opened.sent.length = 0;
        await work;
        return opened.sent.length;
      };
      expect(await countOf(adapter.getSession({ tokenHash: "hash-of-one" }))).toBe(1);
      expect(await countOf(adapter.listSessions("ann", NOW))).toBe(1);
      expect(await countOf(adapter.getUserWithAccount({ email: "ann@example.com", provider: "password" }))).toBe(1);
      expect(await countOf(adapter.createSession(session("two")))).toBe(1);
      expect(await countOf(adapter.deleteSession({ tokenHash: "hash-of-one" }))).toBe(1);
    });
  });
