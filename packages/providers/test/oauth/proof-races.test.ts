/**
 * What is under way when somebody else proves the mailbox (R-O7), or the way in is removed: a sign-in and a link are held right before they
 * write, and come too late.
 */
import { type Adapter, type AuthConfig, AuthError } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HostileProvider, openProvider } from "./hostile-provider.js";
import { KEPT_MODES, sessionOf } from "./oidc-app.js";
import {
  type App,
  type Browser,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  faultsOf,
  locationOf,
  openApp,
  providerOf,
  START,
  signIn,
} from "./test-app.js";

const EMAIL = "ann@example.com";
const clock = { now: START };
let provider: HostileProvider;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(() => provider.reset());
afterEach(expectNoRejections);
afterAll(() => provider.stop());

type Held = "createSession" | "createAccount";

/** An adapter that stops the next call of a method before it does its work, until it is released. */
function holdable(adapter: Adapter) {
  let next: { method: Held; tellHeld(): void; isReleased: Promise<void> } | null = null;
  const held = new Proxy(adapter, {
    get(target, name: keyof Adapter) {
      const run = (target[name] as (...args: unknown[]) => Promise<unknown>).bind(target);
      return async (...args: unknown[]) => {
        if (next?.method === name) {
          const { tellHeld, isReleased } = next;
          next = null;
          tellHeld();
          await isReleased;
        }
        return run(...args);
      };
    },
  });
  /** Holds what `start` writes while `meanwhile` is done. @returns the answer of `start` */
  async function during(method: Held, start: () => Promise<Response>, meanwhile: () => Promise<unknown>) {
    let release = () => {};
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    const isHeld = new Promise<void>((tellHeld) => (next = { method, tellHeld, isReleased }));
    const started = start();
    await Promise.race([isHeld, started]);
    expect(next, `${method} must have been held`).toBeNull();
    await meanwhile();
    release();
    return started;
  }
  return { adapter: held, during };
}

describe.each(KEPT_MODES)("%s", (_name, mode) => {
  let app: App;
  let during: ReturnType<typeof holdable>["during"];
  let mallory: Browser;
  beforeEach(() => open());

  function open(config: Partial<AuthConfig> = {}): void {
    const held = holdable(memoryAdapter());
    during = held.during;
    const providers = [
      providerOf(provider, { trustEmail: true }),
      ...["doubted", "other"].map((id) => providerOf(provider, { id })),
    ];
    app = openApp(clock, providers, { ...mode, ...config, adapter: held.adapter });
    mallory = app.browser();
  }

  /** Mallory has an account at a provider that says the address of Ann is theirs, and is not trusted for it. */
  function asMallory(): void {
    provider.behave({
      subject: "mallory",
      claims: (claims) => ({ ...claims, email: EMAIL, email_verified: true }),
      userInfo: (claims) => ({ ...claims, email: EMAIL }),
    });
  }

  async function attack(browser = mallory): Promise<Response> {
    asMallory();
    return signIn(browser, provider, "doubted");
  }

  /** Mallory is on the way back from a third provider, to have the account there linked. */
  async function linking(): Promise<string> {
    asMallory();
    const answer = await mallory.post("/accounts/link/other", { callbackUrl: "/settings" });
    const { redirectUrl } = (await answer.json()) as { redirectUrl: string };
    return provider.authorize(redirectUrl).href;
  }

  /** The owner of the mailbox comes, through a provider that is trusted. */
  async function prove(): Promise<void> {
    provider.reset();
    const ann = app.browser();
    expectSignedIn(app, await signIn(ann, provider));
    expect((await sessionOf(ann))?.user.email).toBe(EMAIL);
    app.written.length = 0;
  }

  async function left() {
    const userId = (await app.adapter.getUserByEmail(EMAIL))?.id ?? "";
    const accounts = await app.adapter.listAccounts(userId);
    const sessions = await app.adapter.listSessions(userId, new Date(clock.now));
    return { accounts: accounts.map((account) => account.provider), sessions: sessions.length };
  }

  test("what is held and released without anything in between comes about", async () => {
    expectSignedIn(app, await during("createSession", attack, async () => {}));
    const callback = await linking();
    const linked = await during(
      "createAccount",
      () => mallory.get(callback),
      async () => {},
    );
    expect([linked.status, locationOf(linked)]).toEqual([303, "/settings"]);
    expect(await left()).toEqual({ accounts: ["doubted", "other"], sessions: 1 });
  });

  test("R-O7: a sign-in with a linked account, held while the owner proves the mailbox, starts no session", async () => {
    expectSignedIn(app, await attack());
    const late = app.browser();
    const answer = await during("createSession", () => attack(late), prove);
    expectRefused(app, answer, "sign_in_expired");
    expect(await left()).toEqual({ accounts: ["oidc"], sessions: 1 });
    expect([await sessionOf(late), await sessionOf(mallory)]).toEqual([null, null]);
  });

  test("R-O7: a first sign-in, held while the owner proves the mailbox, starts no session", async () => {
    const answer = await during("createSession", attack, prove);
    expectRefused(app, answer, "sign_in_expired");
    expect(await left()).toEqual({ accounts: ["oidc"], sessions: 1 });
  });

  test("R-O7: a link, held while the owner proves the mailbox, is not made", async () => {
    expectSignedIn(app, await attack());
    const callback = await linking();
    const answer = await during("createAccount", () => mallory.get(callback), prove);
    expectRefused(app, answer, "sign_in_expired");
    expect(await left()).toEqual({ accounts: ["oidc"], sessions: 1 });
    expect(await sessionOf(mallory)).toBe(null);
  });

  test("a link, held while the user is disabled, is not made", async () => {
    expectSignedIn(app, await attack());
    const callback = await linking();
    const { id = "" } = (await app.adapter.getUserByEmail(EMAIL)) ?? {};
    const disable = async () => {
      await app.adapter.updateUser(id, { disabledAt: new Date(clock.now) });
      app.written.length = 0;
    };
    expectRefused(app, await during("createAccount", () => mallory.get(callback), disable), "sign_in_expired");
    expect((await left()).accounts).toEqual(["doubted"]);
  });

  test("a sign-in, held while its account is unlinked elsewhere, starts no session", async () => {
    expectSignedIn(app, await attack());
    await mallory.get(await linking());
    const unlink = async () => {
      const { id = "" } = (await app.adapter.getUserByEmail(EMAIL)) ?? {};
      const account = (await app.adapter.listAccounts(id)).find((one) => one.provider === "doubted");
      expect(await app.auth.accounts.unlink(id, account?.id ?? "")).toBe(true);
      app.written.length = 0;
    };
    expectRefused(app, await during("createSession", () => attack(app.browser()), unlink), "sign_in_expired");
    expect(await left()).toEqual({ accounts: ["other"], sessions: 1 });
  });

  describe("callbacks.user", () => {
    const choosing = (id: string): Partial<AuthConfig> => ({
      callbacks: { user: () => ({ id, email: null }) as never },
    });
    const dates = { createdAt: new Date(START), updatedAt: new Date(START) };

    test.each([
      ["added by this sign-in", 0],
      ["there before", 1],
    ])("a sign-in with an account that was %s, held while it is removed, starts no session", async (_, before) => {
      open(choosing("chosen"));
      await app.adapter.createUser({ id: "chosen", ...dates });
      for (let times = 0; times < before; times++) expectSignedIn(app, await attack());
      const remove = async () => {
        const [account] = await app.adapter.listAccounts("chosen");
        expect(await app.adapter.deleteAccount(account?.id ?? "", "chosen")).toBe(true);
        app.written.length = 0;
      };
      const late = app.browser();
      expectRefused(app, await during("createSession", () => attack(late), remove), "sign_in_expired");
      expect(await sessionOf(late)).toBe(null);
    });

    test("an account that is another user's is no condition: the app has decided", async () => {
      open(choosing("chosen"));
      for (const id of ["chosen", "another"]) await app.adapter.createUser({ id, ...dates });
      const key = { provider: "doubted", providerAccountId: "mallory" };
      await app.adapter.createAccount({ id: "account-1", userId: "another", ...key, ...dates });
      expectSignedIn(app, await attack());
      expect(await app.adapter.listSessions("chosen", new Date(clock.now))).toHaveLength(1);
    });
  });

  test("an app that refuses by a hook with a code of its own is heard", async () => {
    const beforeSignIn = () => {
      throw new AuthError("invalid_credentials", "not today");
    };
    open({ hooks: { beforeSignIn } });
    expect(locationOf(await attack())).toContain("error=invalid_credentials");
    expect(faultsOf(app)).toEqual([]);
    expect(await left()).toEqual({ accounts: ["doubted"], sessions: 0 });
  });
});
