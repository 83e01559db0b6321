/** A server that fails or cannot be reached is never shown as a sign-out (B41, I5). */
import { describe, expect, test } from "vitest";
import { memoryAdapter } from "../../src/memory/index.js";
import { Browser, breakable, MINA, openSite, type Tab } from "./site.js";

async function signedIn(): Promise<{ tab: Tab; database: { isDown: boolean } }> {
  const database = breakable(memoryAdapter());
  const tab = new Browser(await openSite({ adapter: database.adapter })).tab({ initialSession: null });
  tab.watch();
  await tab.client.signIn("password", MINA);
  return { tab, database };
}

describe("B41: while the server is stopped", () => {
  test("a first load stays `loading`, with the error; the next refresh ends both", async () => {
    const browser = new Browser(await openSite());
    const session = await browser.plantSession();
    await browser.site.stop();
    const tab = browser.tab();
    tab.watch();
    await tab.until(({ error }) => error !== null);
    expect(tab.snapshot).toMatchObject({
      session: null,
      status: "loading",
      error: { name: "AuthClientError", code: "network_failed", status: 0, retryAfter: undefined },
    });
    expect(tab.snapshot.error?.cause).toBeInstanceOf(TypeError);

    await browser.site.start();
    expect(await tab.client.refreshSession()).toEqual({ session, error: null });
    expect(tab.snapshot).toEqual({ session, status: "authenticated", error: null });
    expect(tab.requests).toHaveLength(2);
  });

  test("a refresh keeps the last known session", async () => {
    const { tab } = await signedIn();
    const { session } = tab.snapshot;
    await tab.browser.site.stop();
    const { error } = await tab.client.refreshSession();
    expect(error).toMatchObject({ code: "network_failed", status: 0 });
    expect(tab.snapshot).toEqual({ session, status: "authenticated", error });
  });

  test("signing in fails and changes nothing but `error`; signing in later clears it", async () => {
    const tab = new Browser(await openSite()).tab({ initialSession: null });
    tab.watch();
    await tab.browser.site.stop();
    const { error } = await tab.client.signIn("password", MINA);
    expect(error).toMatchObject({ code: "network_failed" });
    expect(tab.snapshot).toEqual({ session: null, status: "unauthenticated", error });

    await tab.browser.site.start();
    const { session } = await tab.client.signIn("password", MINA);
    expect(tab.snapshot).toEqual({ session, status: "authenticated", error: null });
  });

  test("no action rejects, and none is a success", async () => {
    const { tab } = await signedIn();
    const { client } = tab;
    await tab.browser.site.stop();
    const results = await Promise.all([
      client.refreshSession(),
      client.signIn("password", MINA),
      client.signIn(MINA.email),
      client.signUp(MINA),
      client.signOut(),
      client.changePassword({ currentPassword: MINA.password, newPassword: "x" }),
      client.listSessions(),
      client.revokeSession("id"),
      client.revokeOtherSessions(),
    ]);
    for (const result of results) {
      expect(result.error).toMatchObject({ code: "network_failed" });
      expect(Object.keys(result)).toEqual(["error"]);
    }
    expect(tab.snapshot).toMatchObject({ status: "authenticated", error: { code: "network_failed" } });
  });
});

test("B41: while the database is down a refresh keeps the session and tells when to try again", async () => {
  const { tab, database } = await signedIn();
  const { session } = tab.snapshot;
  database.isDown = true;
  const { error } = await tab.client.refreshSession();
  expect(error).toMatchObject({ code: "unavailable", status: 503, retryAfter: 5 });
  expect(tab.snapshot).toEqual({ session, status: "authenticated", error });

  database.isDown = false;
  await tab.client.refreshSession();
  expect(tab.snapshot).toEqual({ session, status: "authenticated", error: null });
});

const HTML = { headers: { "Content-Type": "text/html" } };

test.each([
  ["a proxy's page", () => new Response("<h1>Bad Gateway</h1>", { ...HTML, status: 502 }), "response_invalid", 502],
  [
    "a proxy that is busy",
    () => new Response("", { status: 503, headers: { "Retry-After": "7" } }),
    "response_invalid",
    503,
  ],
  ["a login page of the network", () => new Response("<h1>Free Wi-Fi</h1>", HTML), "response_invalid", 200],
  ["an empty answer", () => new Response(null, { status: 204 }), "response_invalid", 204],
  ["an object without a session", () => Response.json({}), "response_invalid", 200],
  ["a session that is no object", () => Response.json({ session: "yes" }), "response_invalid", 200],
  ["null", () => Response.json(null), "response_invalid", 200],
  ["a list", () => Response.json([]), "response_invalid", 200],
  ["an error in another form", () => Response.json({ error: "oops" }, { status: 500 }), "response_invalid", 500],
  ["a route that is not there", () => Response.json({}, { status: 404 }), "response_invalid", 404],
  [
    "a limit",
    () => Response.json({ error: { code: "rate_limited", message: "Wait." } }, { status: 429 }),
    "rate_limited",
    429,
  ],
  ["a refusal", () => Response.json({ error: "Unauthorized" }, { status: 401 }), "unauthorized", 401],
])("B41: %s in the place of GET /session keeps the session", async (_name, answer, code, status) => {
  const { tab } = await signedIn();
  const { session } = tab.snapshot;
  tab.browser.site.instead = answer;
  const { error } = await tab.client.refreshSession();
  expect(error).toMatchObject({ code, status });
  expect(tab.snapshot).toEqual({ session, status: "authenticated", error });
});

test.each([
  ["7", 7],
  ["0", 0],
  ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
  ["-1", undefined],
  ["soon", undefined],
])("Retry-After %s is %s whole seconds", async (header, retryAfter) => {
  const tab = new Browser(await openSite()).tab({ initialSession: null });
  tab.browser.site.instead = () => new Response("", { status: 503, headers: { "Retry-After": header } });
  expect((await tab.client.refreshSession()).error?.retryAfter).toBe(retryAfter);
});

test("any action that finds the server down shows it in `error`, and the next answer takes it away", async () => {
  const { tab, database } = await signedIn();
  database.isDown = true;
  const { error } = await tab.client.listSessions();
  expect(error).toMatchObject({ code: "unavailable", status: 503 });
  expect(tab.snapshot).toMatchObject({ status: "authenticated", error });

  database.isDown = false;
  expect((await tab.client.listSessions()).sessions).toHaveLength(1);
  expect(tab.snapshot).toMatchObject({ status: "authenticated", error: null });
});

describe("F-4: signing out", () => {
  test("while the database is down clears the cookie and the screen, and says that the session goes on at the server", async () => {
    const { tab, database } = await signedIn();
    const userId = tab.snapshot.session?.user.id ?? "";
    database.isDown = true;
    const { error, revoked } = await tab.client.signOut();
    expect(revoked).toBeUndefined();
    expect(error).toMatchObject({ code: "unavailable", status: 503 });
    expect(tab.snapshot).toEqual({ session: null, status: "unauthenticated", error });
    expect(await tab.browser.jar.getCookies(tab.browser.site.origin)).toEqual([]);

    database.isDown = false;
    expect(await tab.browser.site.auth.sessions.listSessions(userId)).toHaveLength(1);
  });

  test.each([
    ["a proxy's 503", () => new Response("<h1>Busy</h1>", { status: 503 })],
    ["a refusal", () => Response.json({ error: { code: "origin_not_allowed", message: "No." } }, { status: 403 })],
  ])("B41: %s leaves one signed in: the cookie is still there", async (_name, answer) => {
    const { tab } = await signedIn();
    const { session } = tab.snapshot;
    tab.browser.site.instead = ({ method }) => (method === "POST" ? answer() : null);
    const { error } = await tab.client.signOut();
    expect(error).not.toBeNull();
    expect(tab.snapshot).toEqual({ session, status: "authenticated", error });
    expect(await tab.browser.jar.getCookies(tab.browser.site.origin)).toHaveLength(1);
  });

  test("B41: with the server stopped one stays signed in, and hears why", async () => {
    const { tab } = await signedIn();
    const { session } = tab.snapshot;
    await tab.browser.site.stop();
    expect((await tab.client.signOut()).error).toMatchObject({ code: "network_failed" });
    expect(tab.snapshot).toMatchObject({ session, status: "authenticated", error: { code: "network_failed" } });
  });

  test("with an answer that was lost on the way shows what the server says is left", async () => {
    const { tab } = await signedIn();
    const held = tab.hold("POST /signout");
    const signingOut = tab.client.signOut();
    await held.answered;
    held.lose();
    const { error } = await signingOut;
    expect(error).toMatchObject({ code: "network_failed" });
    expect(tab.snapshot).toEqual({ session: null, status: "unauthenticated", error });
  });
});
