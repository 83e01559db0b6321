/** Sign in and out, the list of sessions, the password: each against the routes. */
import { expect, test } from "vitest";
import { AuthClientError } from "../../src/client/index.js";
import { memoryAdapter } from "../../src/memory/index.js";
import { Browser, MINA, openSite, type Tab } from "./site.js";

const ANONYMOUS = { session: null, status: "unauthenticated", error: null };

async function openTab(adapter = memoryAdapter()): Promise<Tab> {
  const tab = new Browser(await openSite({ adapter })).tab({ initialSession: null });
  tab.watch();
  return tab;
}

test("signIn posts the proof and shows the session of its own answer, without another request", async () => {
  const tab = await openTab();
  const { session, error } = await tab.client.signIn("password", MINA);
  expect(error).toBeNull();
  expect(session).toMatchObject({ type: "password", user: { id: expect.any(String) } });
  expect(tab.snapshot).toEqual({ session, status: "authenticated", error: null });
  expect(tab.requests).toEqual(["POST /signin/password"]);
  expect((await tab.client.refreshSession()).session).toEqual(session);
});

test("a wrong password is the result's error; it says nothing of the session on the screen", async () => {
  const tab = await openTab();
  const result = await tab.client.signIn("password", { ...MINA, password: "wrong" });
  expect(result.error).toBeInstanceOf(AuthClientError);
  expect(result.error).toMatchObject({ code: "invalid_credentials", status: 401, retryAfter: undefined });
  expect(result.error?.message).toBe("The e-mail address or the password is not right.");
  expect(result).not.toHaveProperty("session");
  expect(tab.snapshot).toEqual(ANONYMOUS);
});

test("a wrong password while signed in leaves one signed in, and is no success", async () => {
  const tab = await openTab();
  await tab.client.signIn("password", MINA);
  const before = tab.snapshot;
  const result = await tab.client.signIn("password", { ...MINA, password: "wrong" });
  expect(result.session).toBeUndefined();
  expect(tab.snapshot).toBe(before);
});

test("signUp starts a session; an address that is taken is an error", async () => {
  const tab = await openTab();
  const noor = { email: "noor@example.com", password: "another passphrase", name: "Noor" };
  const { session } = await tab.client.signUp(noor);
  expect(tab.snapshot).toEqual({ session, status: "authenticated", error: null });
  expect(session).not.toBeNull();
  expect((await tab.client.signUp(noor)).error).toMatchObject({ code: "user_exists", status: 409 });
});

test.each([
  // provider and input                     where the browser goes
  ["google", undefined, "/auth/signin/google"],
  ["google", { callbackUrl: "/a?b=c&d" }, "/auth/signin/google?callbackUrl=%2Fa%3Fb%3Dc%26d"],
  ["../signout", {}, "/auth/signin/..%2Fsignout"], // a name is one segment of the path
])("signIn(%j, %j) without a proof sends the browser to %s and posts nothing", async (provider, input, url) => {
  const tab = await openTab();
  expect(await tab.client.signIn(provider, input)).toEqual({ session: null, error: null });
  expect(tab.visited).toEqual([url]);
  expect(tab.requests).toEqual([]);
  expect(tab.snapshot).toEqual(ANONYMOUS);
});

test("A57: signIn with an address asks for a link by e-mail; nobody is signed in by that", async () => {
  const tab = await openTab();
  const bodies: Promise<unknown>[] = [];
  tab.browser.site.instead = (request) => {
    bodies.push(request.json());
    return Response.json({ success: true });
  };
  expect(await tab.client.signIn(MINA.email, { callbackUrl: "/home" })).toEqual({ session: null, error: null });
  expect(tab.requests).toEqual(["POST /signin/email"]);
  expect(await Promise.all(bodies)).toEqual([{ email: MINA.email, callbackUrl: "/home" }]);
  expect(tab.visited).toEqual([]);
  expect(tab.snapshot).toEqual(ANONYMOUS);
});

test("signOut ends the session at the server and on the screen, and empties the jar", async () => {
  const tab = await openTab();
  await tab.client.signIn("password", MINA);
  expect(await tab.client.signOut()).toEqual({ revoked: true, error: null });
  expect(tab.snapshot).toEqual(ANONYMOUS);
  expect(await tab.browser.jar.getCookies(tab.browser.site.origin)).toEqual([]);
  expect(tab.requests).toEqual(["POST /signin/password", "POST /signout"]);
});

test("signOut says when there was no row to remove: a token without one lives on until it expires", async () => {
  const browser = new Browser(await openSite());
  const tab = browser.tab({ initialSession: await browser.plantSession() });
  expect(await tab.client.signOut()).toEqual({ revoked: false, error: null });
  expect(tab.snapshot.session).toBeNull();
});

test("B45: listSessions tells all devices of the user and marks this one", async () => {
  const tab = await openTab();
  const other = new Browser(tab.browser.site).tab({ initialSession: null });
  await tab.client.signIn("password", MINA);
  await other.client.signIn("password", MINA);
  const { sessions } = await tab.client.listSessions();
  expect(sessions?.map(({ id, current }) => [id, current])).toEqual(
    expect.arrayContaining([
      [tab.snapshot.session?.id, true],
      [other.snapshot.session?.id, false],
    ]),
  );
  expect(sessions).toHaveLength(2);
});

test("revokeSession ends another device, which learns of it by its next request of any kind", async () => {
  const tab = await openTab();
  const other = new Browser(tab.browser.site).tab({ initialSession: null });
  await tab.client.signIn("password", MINA);
  await other.client.signIn("password", MINA);

  expect(await tab.client.revokeSession(other.snapshot.session?.id ?? "")).toEqual({ error: null });
  expect(tab.snapshot.status).toBe("authenticated");
  expect(other.snapshot.status).toBe("authenticated");
  expect((await other.client.listSessions()).error).toMatchObject({ code: "unauthorized", status: 401 });
  expect(other.snapshot).toEqual(ANONYMOUS);
});

test("revokeSession of what is not there is an error and changes nothing", async () => {
  const tab = await openTab();
  await tab.client.signIn("password", MINA);
  expect((await tab.client.revokeSession("no/such")).error).toMatchObject({ code: "not_found", status: 404 });
  expect(tab.snapshot).toMatchObject({ status: "authenticated", error: null });
});

test("revokeSession of this session signs out on the screen too", async () => {
  const tab = await openTab();
  await tab.client.signIn("password", MINA);
  expect(await tab.client.revokeSession(tab.snapshot.session?.id ?? "")).toEqual({ error: null });
  expect(tab.snapshot).toEqual(ANONYMOUS);
});

test("revokeOtherSessions tells how many ended, and this one goes on", async () => {
  const tab = await openTab();
  for (const _ of [1, 2, 3]) {
    await new Browser(tab.browser.site).tab({ initialSession: null }).client.signIn("password", MINA);
  }
  await tab.client.signIn("password", MINA);
  expect(await tab.client.revokeOtherSessions()).toEqual({ revoked: 3, error: null });
  expect((await tab.client.listSessions()).sessions).toHaveLength(1);
  expect((await tab.client.refreshSession()).session).toEqual(tab.snapshot.session);
});

test("changePassword ends the other sessions; this one goes on, under the id that the server gave it", async () => {
  const tab = await openTab();
  const other = new Browser(tab.browser.site).tab({ initialSession: null });
  await other.client.signIn("password", MINA);
  await tab.client.signIn("password", MINA);
  const before = tab.snapshot.session;

  const change = { currentPassword: MINA.password, newPassword: "a newer passphrase" };
  const { session, error } = await tab.client.changePassword(change);
  expect(error).toBeNull();
  expect(session?.id).not.toBe(before?.id);
  expect(tab.snapshot.session).toEqual(session);
  expect((await tab.client.listSessions()).sessions?.map(({ id }) => id)).toEqual([session?.id]);
  expect((await other.client.refreshSession()).session).toBeNull();

  expect((await tab.client.changePassword(change)).error).toMatchObject({ code: "invalid_credentials" });
  expect(tab.snapshot).toEqual({ session, status: "authenticated", error: null });
});
