/** MariaDB with the collation that `prisma migrate` gives tables: equal without case, accents and spaces at the end. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { PrismaAdapter } from "../src/index.js";
import { clear, describeOn, openDatabase, type TestDatabase, targetOf } from "./clients.js";
import { after, NOW, session, user } from "./records.js";
import { MYSQL_MIGRATION } from "./schema-engine.js";

describeOn(targetOf("mysql"), (target) => {
  let opened: TestDatabase;
  beforeAll(async () => {
    opened = await openDatabase(target, { tables: MYSQL_MIGRATION });
  });
  afterAll(() => opened.close());

  test.each([
    ["ANN@EXAMPLE.COM", "another case"],
    ["änn@example.com", "an accent"],
    ["ann@example.com ", "a space at the end"],
  ])("an e-mail is found exactly: %s has %s and is nobody's", async (email) => {
    await clear(opened);
    const adapter = PrismaAdapter(opened.prisma);
    await adapter.createUser(user("ann", { email: "ann@example.com" }));
    expect(await adapter.getUserByEmail(email)).toBeNull();
    expect(await adapter.getUserWithAccount({ email, provider: "password" })).toBeNull();
    expect(await adapter.getUserByEmail("ann@example.com")).toMatchObject({ id: "ann" });
  });

  test("a token in another case finds no session, and consumes nothing", async () => {
    await clear(opened);
    const adapter = PrismaAdapter(opened.prisma);
    const verification = { id: "v", identifier: "ann", purpose: "code", tokenHash: "aBc", attempts: 0 };
    await adapter.createVerification({ ...verification, expires: after(1), createdAt: NOW });
    await adapter.createUser(user("ann"));
    await adapter.createSession(session("s", { tokenHash: "aBc" }));

    expect(await adapter.getSession({ tokenHash: "abc" })).toBeNull();
    expect(await adapter.deleteSession({ tokenHash: "ABC" })).toBeNull();
    const key = { identifier: "ann", purpose: "code", now: NOW };
    expect(await adapter.consumeVerification({ ...key, tokenHash: "abc" })).toBeNull();
    expect(await adapter.consumeVerification({ ...key, tokenHash: "aBc" })).toMatchObject({ id: "v" });
    expect(await adapter.getSession({ tokenHash: "aBc" })).toMatchObject({ session: { id: "s" } });
  });

  test("an address that the unique index takes for somebody else's is refused and changes nothing", async () => {
    await clear(opened);
    const adapter = PrismaAdapter(opened.prisma);
    await adapter.createUser(user("ann", { email: "ann@example.com" }));
    const taken = adapter.createUser(user("other", { email: "Änn@example.com" }));
    await expect(taken).rejects.toMatchObject({ code: "user_exists" });
    expect(await adapter.getUser("other")).toBeNull();
    expect(await adapter.getUserByEmail("ann@example.com")).toMatchObject({ id: "ann" });
  });
});
