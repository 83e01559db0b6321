/** No answer that comes late overwrites what came later. */
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryAdapter } from "../../src/memory/index.js";
import { Browser, MINA, openSite, type Tab } from "./site.js";
import { heardBy } from "./tab-news.js";

test("signing out during a refresh stays signed out, whatever the refresh brings", async () => {
  const browser = new Browser(await openSite());
  const tab = browser.tab({ initialSession: await browser.plantSession() });
  tab.watch();
  const held = tab.hold("GET /session");
  const refreshing = tab.client.refreshSession();
  await held.answered;
  await tab.client.signOut();
  held.release();
  expect(await refreshing).toEqual({ session: null, error: null });
  expect(tab.snapshot).toEqual({ session: null, status: "unauthenticated", error: null });
});

test("signing in during the first load stays signed in, though the load found nobody", async () => {
  const tab = new Browser(await openSite()).tab();
  const held = tab.hold("GET /session");
  tab.watch();
  await held.answered;
  const { session } = await tab.client.signIn("password", MINA);
  held.release();
  expect(await tab.client.refreshSession()).toEqual({ session, error: null });
  expect(tab.shown.map(({ status }) => status)).toEqual(["loading", "authenticated"]);
});

test("a refresh that fails late leaves no error after a sign-in that went well", async () => {
  const browser = new Browser(await openSite());
  const tab = browser.tab({ initialSession: null });
  tab.watch();
  const held = tab.hold("GET /session");
  const refreshing = tab.client.refreshSession();
  await held.answered;
  const { session } = await tab.client.signIn("password", MINA);
  held.lose();
  expect(await refreshing).toEqual({ session, error: null });
  expect(tab.snapshot).toEqual({ session, status: "authenticated", error: null });
});

test("a refresh asked for after a sign-in does not wait for one from before it", async () => {
  const tab = new Browser(await openSite()).tab({ initialSession: null });
  tab.watch();
  const held = tab.hold("GET /session");
  const early = tab.client.refreshSession();
  await held.answered;
  await tab.client.signIn("password", MINA);
  const late = await tab.client.refreshSession();
  expect(late.session?.user.email).toBe(MINA.email);
  held.release();
  expect((await early).session).toBe(late.session);
});

test("news from another tab during a refresh asks anew; who waits for the old answer gets the new one", async () => {
  const browser = new Browser(await openSite());
  const tab = browser.tab({ initialSession: await browser.plantSession() });
  const other = browser.tab({ initialSession: tab.snapshot.session });
  tab.watch();
  const first = tab.hold("GET /session");
  const refreshing = tab.client.refreshSession();
  await first.answered;
  const second = tab.hold("GET /session");
  await other.client.signOut();
  await second.answered;
  first.release();
  second.release();
  expect(await refreshing).toEqual({ session: null, error: null });
  expect(tab.shown.map(({ status }) => status)).toEqual(["authenticated", "unauthenticated"]);
  expect(tab.requests).toEqual(["GET /session", "GET /session"]);
});

test("who waits for an old answer learns that the newer question failed", async () => {
  const browser = new Browser(await openSite());
  const tab = browser.tab({ initialSession: await browser.plantSession() });
  tab.watch();
  const first = tab.hold("GET /session");
  const refreshing = tab.client.refreshSession();
  await first.answered;
  const second = tab.hold("GET /session");
  await browser.tab({ initialSession: null }).client.signOut();
  await second.answered;
  second.lose();
  await tab.until(({ error }) => error !== null);
  first.release();
  expect(await refreshing).toEqual({ error: tab.snapshot.error });
  expect(tab.snapshot).toMatchObject({ status: "authenticated", error: { code: "network_failed" } });
});

test("the answer that the browser takes last decides, as it does for the cookie", async () => {
  const tab = new Browser(await openSite()).tab({ initialSession: null });
  tab.watch();
  const held = tab.hold("POST /signin/password");
  const signingIn = tab.client.signIn("password", MINA);
  await held.answered;
  await tab.client.signOut();
  held.release();
  const { session } = await signingIn;
  expect(tab.snapshot.session).toEqual(session);
  expect((await tab.client.refreshSession()).session).toEqual(session);
});

test("ending this session while a sign-in replaces it clears the new cookie too, and the screen says so", async () => {
  const browser = new Browser(await openSite({ adapter: memoryAdapter() }));
  const tab = browser.tab({ initialSession: null });
  tab.watch();
  const { session } = await tab.client.signIn("password", MINA);
  const held = tab.hold(`DELETE /sessions/${session?.id}`);
  const revoking = tab.client.revokeSession(session?.id ?? "");
  await held.answered;
  await tab.client.signIn("password", MINA);
  held.release();
  expect(await revoking).toEqual({ error: null });
  expect(tab.snapshot).toEqual({ session: null, status: "unauthenticated", error: null });
  expect((await tab.client.refreshSession()).session).toBeNull();
});

/** Answers of several tabs, all held back; let through one at a time in a drawn order. */
class Mail {
  readonly #tabs: readonly Tab[];
  readonly #waiting: (() => void)[] = [];

  constructor(tabs: readonly Tab[]) {
    this.#tabs = tabs;
    for (const tab of tabs) {
      tab.onAnswer = () =>
        new Promise((resolve) => {
          this.#waiting.push(resolve);
        });
    }
  }

  /** Ends when no request is under way and no tab has news to hear. */
  async deliver(order: Iterator<number>): Promise<void> {
    const sent = () => this.#tabs.reduce((sum, { requests }) => sum + requests.length, 0);
    const delivered = () => this.#tabs.reduce((sum, tab) => sum + tab.delivered, 0);
    for (;;) {
      while (sent() - delivered() > this.#waiting.length) await setImmediate();
      if (this.#waiting.length > 0) {
        const [release] = this.#waiting.splice(order.next().value % this.#waiting.length, 1);
        release?.();
      }
      await heardBy(this.#tabs);
      if (sent() === delivered()) return;
    }
  }
}

const ACTIONS = {
  signIn: ({ client }: Tab) => client.signIn("password", MINA),
  signOut: ({ client }: Tab) => client.signOut(),
  refresh: ({ client }: Tab) => client.refreshSession(),
  revoke: ({ client }: Tab) => client.revokeSession(client.getSnapshot().session?.id ?? "none"),
};

test("whatever two tabs do at once and in whatever order the answers come, both end with what is true", async () => {
  const step = fc.tuple(fc.nat(1), fc.constantFrom(...(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[])));
  const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
  const site = await openSite({ adapter: memoryAdapter() });

  await fc.assert(
    fc.asyncProperty(rounds, fc.infiniteStream(fc.nat(1000)), async (drawn, order) => {
      const browser = new Browser(site);
      const tabs = [browser.tab(), browser.tab()];
      for (const tab of tabs) tab.watch();
      const mail = new Mail(tabs);

      await mail.deliver(order);
      for (const round of drawn) {
        const done = round.map(([index, action]) => ACTIONS[action](tabs[index] as Tab));
        await mail.deliver(order);
        await Promise.all(done);
      }

      const headers = new Headers({ cookie: await browser.jar.getCookieString(site.origin) });
      const truth = await site.auth.getSession({ headers });
      expect(tabs.map(({ snapshot }) => snapshot.session)).toEqual([truth, truth]);
      for (const { client } of tabs) client.close();
    }),
    { numRuns: 60 },
  );
});
