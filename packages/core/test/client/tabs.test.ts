/** All tabs of a browser agree, and tell each other nothing but that something changed. */
import { expect, test, vi } from "vitest";
import { memoryAdapter } from "../../src/memory/index.js";
import { Browser, MINA, openSite, type Tab } from "./site.js";
import { channelOf, eavesdrop, heardBy } from "./tab-news.js";

/** Several tabs of one browser, all watched, none of which has asked anything. */
async function openTabs(count: number): Promise<Tab[]> {
  const browser = new Browser(await openSite({ adapter: memoryAdapter() }));
  const tabs = Array.from({ length: count }, () => browser.tab({ initialSession: null }));
  for (const tab of tabs) tab.watch();
  return tabs;
}

test("a sign-in in one tab shows in all others, for one request each; the password, the id and the session stay out of the news", async () => {
  const [first, ...others] = (await openTabs(5)) as [Tab, ...Tab[]];
  const messages = eavesdrop(first.browser.site);
  const { session } = await first.client.signIn("password", MINA);
  await Promise.all(others.map((tab) => tab.until(({ status }) => status === "authenticated")));
  await heardBy(others);

  for (const tab of others) {
    expect(tab.snapshot.session).toEqual(session);
    expect(tab.requests).toEqual(["GET /session"]);
  }
  expect(first.requests).toEqual(["POST /signin/password"]);
  // One message in all: who is told does not tell on.
  expect(messages.filter((message) => message !== "end of news")).toEqual(["changed"]);
});

test("a sign-out in one tab shows in the others", async () => {
  const [first, second] = (await openTabs(2)) as [Tab, Tab];
  await first.client.signIn("password", MINA);
  await second.until(({ status }) => status === "authenticated");
  await second.client.signOut();
  await first.until(({ status }) => status === "unauthenticated");
  expect(first.requests).toEqual(["POST /signin/password", "GET /session"]);
});

test("a new password gives the session a new id, and the other tabs follow", async () => {
  const [first, second] = (await openTabs(2)) as [Tab, Tab];
  await first.client.signIn("password", MINA);
  await second.until(({ status }) => status === "authenticated");
  const { session } = await first.client.changePassword({ currentPassword: MINA.password, newPassword: "newer" });
  await second.until((snapshot) => snapshot.session?.id === session?.id);
});

test("who finds by asking that the session is gone tells the others", async () => {
  const tabs = await openTabs(4);
  const [first, second, ...rest] = tabs as [Tab, Tab, ...Tab[]];
  const { session } = await first.client.signIn("password", MINA);
  await Promise.all([second, ...rest].map((tab) => tab.until(({ status }) => status === "authenticated")));
  const messages = eavesdrop(first.browser.site);

  await first.browser.site.auth.sessions.revokeSession(session?.id ?? "");
  await second.client.refreshSession();
  await Promise.all([first, ...rest].map((tab) => tab.until(({ status }) => status === "unauthenticated")));
  await heardBy(tabs);
  expect(messages.filter((message) => message !== "end of news")).toEqual(["changed"]);
});

test("the first load of a new tab tells nobody anything", async () => {
  const [first] = (await openTabs(1)) as [Tab];
  await first.client.signIn("password", MINA);
  const messages = eavesdrop(first.browser.site);
  const newcomer = first.browser.tab();
  newcomer.watch();
  await newcomer.until(({ status }) => status === "authenticated");
  await heardBy([first]);
  expect(messages).toEqual(["end of news"]);
  expect(first.requests).toEqual(["POST /signin/password"]);
});

test("a refresh that finds nothing new tells nobody anything", async () => {
  const [first, second] = (await openTabs(2)) as [Tab, Tab];
  await first.client.refreshSession();
  await heardBy([first, second]);
  expect(second.requests).toEqual([]);
});

test("a client that nobody watches tells the others all the same", async () => {
  const [watched] = (await openTabs(1)) as [Tab];
  const unwatched = watched.browser.tab({ initialSession: null });
  await unwatched.client.signIn("password", MINA);
  await watched.until(({ status }) => status === "authenticated");
});

test("a failure is no news", async () => {
  const [first, second] = (await openTabs(2)) as [Tab, Tab];
  await first.client.signIn("password", { ...MINA, password: "wrong" });
  first.browser.site.instead = () => new Response("", { status: 503 });
  await first.client.refreshSession();
  await first.client.signOut();
  await heardBy([first, second]);
  expect(second.requests).toEqual([]);
});

test.each([
  ["another word", "signed-in"],
  ["an object with a session in it", { session: { id: "s", type: "x", user: { id: "mallory" } } }],
  ["null", null],
])("%s on the channel is ignored", async (_name, message) => {
  const [tab] = (await openTabs(1)) as [Tab];
  channelOf(tab.browser.site).postMessage(message);
  await heardBy([tab]);
  expect(tab.requests).toEqual([]);
  expect(tab.shown).toHaveLength(1);
});

test("two base paths on one origin do not wake each other", async () => {
  const [tab] = (await openTabs(1)) as [Tab];
  const channel = new BroadcastChannel(`latchkey${tab.browser.site.origin}/other`);
  channel.postMessage("changed");
  await heardBy([tab]);
  channel.close();
  expect(tab.requests).toEqual([]);
});

test("closing ends listening, for changes and for other tabs; subscribing begins again", async () => {
  const [first, second] = (await openTabs(2)) as [Tab, Tab];
  second.client.close();
  await first.client.signIn("password", MINA);
  await heardBy([first]);
  expect(second.requests).toEqual([]);
  expect(second.shown).toHaveLength(1);

  second.watch();
  await second.until(({ status }) => status === "authenticated");
  expect(second.requests).toEqual(["GET /session"]);
  await first.client.signOut();
  await second.until(({ status }) => status === "unauthenticated");
});

test.each([
  ["there is no BroadcastChannel", undefined],
  [
    "privacy settings refuse one",
    class {
      constructor() {
        throw new DOMException("The operation is insecure.", "SecurityError");
      }
    },
  ],
])("where %s a tab works alone", async (_name, stub) => {
  vi.stubGlobal("BroadcastChannel", stub);
  try {
    const [tab] = (await openTabs(1)) as [Tab];
    const { session } = await tab.client.signIn("password", MINA);
    expect(tab.snapshot).toEqual({ session, status: "authenticated", error: null });
    expect((await tab.client.signOut()).error).toBeNull();
    tab.client.close();
  } finally {
    vi.unstubAllGlobals();
  }
});
