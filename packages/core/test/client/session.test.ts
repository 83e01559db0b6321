/** What a client shows, when it asks, and when it does not. */
import { expect, test, vi } from "vitest";
import { createAuthClient } from "../../src/client/index.js";
import { Browser, MINA, openSite } from "./site.js";

test("asks nothing until someone subscribes, then once, whoever else subscribes", async () => {
  const browser = new Browser(await openSite());
  await browser.plantSession();
  const tab = browser.tab();
  expect(tab.snapshot).toEqual({ session: null, status: "loading", error: null });
  expect(tab.requests).toEqual([]);

  tab.watch();
  tab.watch();
  await tab.until(({ status }) => status === "authenticated");
  tab.watch();
  expect(tab.requests).toEqual(["GET /session"]);
  expect(tab.snapshot).toMatchObject({ session: { user: { id: "u1", email: MINA.email, name: "Mina" } }, error: null });
});

test("nobody signed in is `unauthenticated`, without an error", async () => {
  const tab = new Browser(await openSite()).tab();
  tab.watch();
  await tab.until(({ status }) => status !== "loading");
  expect(tab.snapshot).toEqual({ session: null, status: "unauthenticated", error: null });
});

test("a session that the page brought is shown at once and costs no request", async () => {
  const browser = new Browser(await openSite());
  const session = await browser.plantSession();
  const tab = browser.tab({ initialSession: session });
  tab.watch();
  expect(tab.snapshot).toEqual({ session, status: "authenticated", error: null });
  expect(tab.client.getServerSnapshot()).toBe(tab.snapshot);
  expect(tab.requests).toEqual([]);
});

test("a page that knows of nobody costs no request either", async () => {
  const tab = new Browser(await openSite()).tab({ initialSession: null });
  tab.watch();
  expect(tab.snapshot).toEqual({ session: null, status: "unauthenticated", error: null });
  expect(tab.requests).toEqual([]);
});

test("A57: without a `basePath` or a `fetch` it asks GET /auth/session of this origin by the global fetch", async () => {
  const asked = vi.fn(async (_url: unknown, _init?: RequestInit) => Response.json({ session: null }));
  vi.stubGlobal("fetch", asked);
  try {
    await createAuthClient().refreshSession();
    await createAuthClient({ basePath: "/api/auth/" }).refreshSession();
  } finally {
    vi.unstubAllGlobals();
  }
  expect(asked.mock.calls.map(([url, init]) => [init?.method, url])).toEqual([
    ["GET", "/auth/session"],
    ["GET", "/api/auth/session"],
  ]);
});

test("the snapshot stays the same object, and listeners stay quiet, until something changes", async () => {
  const browser = new Browser(await openSite());
  await browser.plantSession();
  const tab = browser.tab();
  tab.watch();
  await tab.until(({ status }) => status === "authenticated");
  const before = tab.snapshot;

  expect(await tab.client.refreshSession()).toEqual({ session: before.session, error: null });
  expect(tab.snapshot).toBe(before);
  expect(tab.shown).toHaveLength(2);
  expect(tab.requests).toHaveLength(2);
});

test("what the server rendered with does not follow later changes: hydration compares with it", async () => {
  const browser = new Browser(await openSite());
  const tab = browser.tab({ initialSession: await browser.plantSession() });
  const initial = tab.client.getServerSnapshot();
  await tab.client.signOut();
  expect(tab.snapshot.session).toBeNull();
  expect(tab.client.getServerSnapshot()).toBe(initial);
});

test("refreshes at once share one request and one answer", async () => {
  const browser = new Browser(await openSite());
  const session = await browser.plantSession();
  const tab = browser.tab();
  tab.watch();
  const results = await Promise.all(Array.from({ length: 20 }, () => tab.client.refreshSession()));
  expect(new Set(results).size).toBe(1);
  expect(results[0]).toEqual({ session, error: null });
  expect(tab.requests).toEqual(["GET /session"]);
  await tab.client.refreshSession();
  expect(tab.requests).toHaveLength(2);
});

test("a session that ended at the server leaves the screen at the next refresh", async () => {
  const browser = new Browser(await openSite());
  const tab = browser.tab({ initialSession: await browser.plantSession() });
  tab.watch();
  await browser.jar.removeAllCookies();
  expect(await tab.client.refreshSession()).toEqual({ session: null, error: null });
  expect(tab.snapshot).toEqual({ session: null, status: "unauthenticated", error: null });
});

test("functions may be taken from the client, as useSyncExternalStore takes them", async () => {
  const browser = new Browser(await openSite());
  const session = await browser.plantSession();
  const { subscribe, getSnapshot, refreshSession, signOut } = browser.tab({ initialSession: session }).client;
  const stop = subscribe(() => {});
  expect((await refreshSession()).session).toEqual(session);
  expect((await signOut()).error).toBeNull();
  expect(getSnapshot().session).toBeNull();
  stop();
});

test("one function subscribed twice is told twice, and each end ends one", async () => {
  const tab = new Browser(await openSite()).tab({ initialSession: null });
  const listener = vi.fn();
  const stop = tab.client.subscribe(listener);
  tab.client.subscribe(listener);
  stop();
  stop();
  await tab.client.signIn("password", MINA);
  expect(listener).toHaveBeenCalledTimes(1);
});

test("B71: what the client holds never includes the token", async () => {
  const browser = new Browser(await openSite());
  const tab = browser.tab();
  tab.watch();
  const result = await tab.client.signIn("password", MINA);
  const token = (await browser.jar.getCookies(browser.site.origin))[0]?.value ?? "";
  expect(token.length).toBeGreaterThan(40);
  expect(JSON.stringify([result, tab.shown, tab.snapshot])).not.toContain(token);
});

test("leaving and coming in the same turn goes on; coming back later asks once, for news may have been missed", async () => {
  const browser = new Browser(await openSite());
  const tab = browser.tab({ initialSession: await browser.plantSession() });
  tab.watch()();
  const stop = tab.watch();
  await Promise.resolve();
  expect(tab.requests).toEqual([]);

  stop();
  await Promise.resolve();
  await browser.jar.removeAllCookies();
  tab.watch();
  expect(tab.requests).toEqual(["GET /session"]);
  await tab.until(({ status }) => status === "unauthenticated");
});
