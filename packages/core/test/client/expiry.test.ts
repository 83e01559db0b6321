/** A session leaves the screen when it ends. The clock is the test's; only the client's timers are told of it. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Browser, MINA, openSite, type Tab } from "./site.js";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

/** Milliseconds since 1970: the server's time. */
let time: number;
const clock = () => time;

beforeEach(() => {
  time = Date.UTC(2026, 0, 1);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass in steps of at most an hour, as timers see it pass. */
function pass(milliseconds: number): void {
  for (let left = milliseconds; left > 0; left -= HOUR) {
    const step = Math.min(left, HOUR);
    time += step;
    vi.advanceTimersByTime(step);
  }
}

async function openTab(options: { secondsLeft?: number; ahead?: number; isKnown?: boolean } = {}): Promise<Tab> {
  const { secondsLeft = 3600, ahead = 0, isKnown = true } = options;
  const browser = new Browser(await openSite({ clock }));
  const session = await browser.plantSession(secondsLeft);
  const tab = browser.tab({ now: () => time + ahead, ...(isKnown && { initialSession: session }) });
  tab.watch();
  if (!isKnown) await tab.until(({ status }) => status === "authenticated");
  return tab;
}

const settled = (tab: Tab, requests: number) => vi.waitUntil(() => tab.delivered === requests);

test("at `expires` it is off the screen, and the server is asked once", async () => {
  const tab = await openTab({ secondsLeft: 3600 });
  pass(HOUR - 1);
  expect(tab.snapshot.status).toBe("authenticated");
  expect(tab.requests).toEqual([]);
  pass(1);
  expect(tab.snapshot).toEqual({ session: null, status: "unauthenticated", error: null });
  await settled(tab, 1);
  pass(3 * DAY);
  expect(tab.requests).toEqual(["GET /session"]);
  expect(tab.snapshot.session).toBeNull();
});

test("30 days are more than setTimeout takes: they pass without an early end, a request or a second timer", async () => {
  const tab = await openTab({ secondsLeft: 30 * 86_400 });
  for (let day = 0; day < 29; day++) {
    pass(DAY);
    expect(vi.getTimerCount()).toBe(1);
  }
  expect(tab.snapshot.status).toBe("authenticated");
  expect(tab.requests).toEqual([]);
  pass(DAY);
  expect(tab.snapshot.status).toBe("unauthenticated");
  await settled(tab, 1);
});

test("after a sleep, through which timers stood still, it ends at the next look, within the hour", async () => {
  const tab = await openTab({ secondsLeft: 86_400 });
  time += 2 * DAY;
  vi.advanceTimersByTime(HOUR);
  expect(tab.snapshot.status).toBe("unauthenticated");
  await settled(tab, 1);
});

test("a session that was renewed meanwhile is back by that one question, with a new end", async () => {
  const browser = new Browser(await openSite({ clock }));
  const tab = browser.tab({ initialSession: null, now: clock });
  tab.watch();
  await tab.client.signIn("password", MINA);
  const end = tab.snapshot.session?.expires ?? "";
  pass(10 * DAY);
  // A page of the app, whose answers renew the cookie.
  await browser.tab().client.refreshSession();
  expect(tab.snapshot.session?.expires).toBe(end);

  pass(20 * DAY);
  await tab.until(({ session }) => session !== null);
  expect(Date.parse(tab.snapshot.session?.expires ?? "")).toBeGreaterThanOrEqual(Date.parse(end) + 10 * DAY);
  expect(tab.requests).toEqual(["POST /signin/password", "GET /session"]);
});

test("B41: when the server cannot be asked the session is still over, and the error shows", async () => {
  const tab = await openTab();
  await tab.browser.site.stop();
  pass(HOUR);
  await tab.until(({ error }) => error !== null);
  expect(tab.snapshot).toMatchObject({ session: null, status: "unauthenticated", error: { code: "network_failed" } });
});

test("after a sign-out nothing is left to end", async () => {
  const tab = await openTab();
  await tab.client.signOut();
  pass(2 * HOUR);
  expect(tab.requests).toEqual(["POST /signout"]);
});

test.each([
  ["closed", (tab: Tab) => tab.client.close()],
  ["left by its last listener", async (_tab: Tab, stop: () => void) => stop()],
])("a client that was %s has no timer: the end changes nothing and asks nothing", async (_name, leave) => {
  const tab = await openTab();
  const stop = tab.client.subscribe(() => {});
  tab.stopWatching();
  await leave(tab, stop);
  expect(vi.getTimerCount()).toBe(0);
  pass(2 * HOUR);
  expect(tab.snapshot.status).toBe("authenticated");
  expect(tab.requests).toEqual([]);

  // Whoever looks again sees that it is over.
  tab.watch();
  expect(tab.snapshot.status).toBe("unauthenticated");
  await settled(tab, 1);
});

test("a page that comes with a session already over asks instead of showing it", async () => {
  const browser = new Browser(await openSite({ clock }));
  const session = await browser.plantSession(3600);
  time += HOUR;
  const tab = browser.tab({ initialSession: session, now: clock });
  tab.watch();
  expect(tab.snapshot.session).toBeNull();
  expect(tab.requests).toEqual(["GET /session"]);
  await settled(tab, 1);
  pass(DAY);
  expect(tab.requests).toHaveLength(1);
});

test.each([
  ["a year fast", 365 * DAY],
  ["a year slow", -365 * DAY],
])(
  "with a clock that is %s the session ends when the server says, by the `Date` of its answer",
  async (_name, ahead) => {
    const tab = await openTab({ secondsLeft: 3600, ahead, isKnown: false });
    pass(HOUR - 1);
    expect(tab.snapshot.status).toBe("authenticated");
    expect(tab.requests).toEqual(["GET /session"]);
    pass(1);
    expect(tab.snapshot.status).toBe("unauthenticated");
    await settled(tab, 2);
    pass(DAY);
    expect(tab.requests).toHaveLength(2);
  },
);

test("a fast clock and a session from the page cost one question, not a loop of them", async () => {
  const tab = await openTab({ ahead: 365 * DAY });
  await tab.until(({ status }) => status === "authenticated");
  pass(HOUR - 1);
  expect(tab.snapshot.status).toBe("authenticated");
  expect(tab.requests).toEqual(["GET /session"]);
});

test("a fast clock and answers without a `Date`: the server is believed, and not asked again and again", async () => {
  const browser = new Browser(await openSite({ clock }));
  await browser.plantSession(3600);
  browser.site.sendsDate = false;
  const tab = browser.tab({ now: () => time + 365 * DAY });
  tab.watch();
  await tab.until(({ status }) => status === "authenticated");
  pass(DAY);
  expect(tab.requests).toEqual(["GET /session"]);
});

test("an `expires` that is no date starts no timer", async () => {
  const browser = new Browser(await openSite({ clock }));
  const session = await browser.plantSession();
  const tab = browser.tab({ initialSession: { ...session, expires: "some day" } });
  tab.watch();
  expect(vi.getTimerCount()).toBe(0);
  expect(tab.snapshot.status).toBe("authenticated");
});
