/** `providerSuite`: what every provider promises, as tests. Ours pass it, and third parties' can. */
import { type Auth, createAuth } from "../auth.js";
import type { Adapter } from "../contracts/adapter.js";
import type { AuthConfig } from "../contracts/options.js";
import type { Provider } from "../contracts/provider.js";
import { DEFAULTS } from "../defaults.js";
import { ERRORS } from "../errors.js";
import { hostileBodies, hostileQueries } from "./hostile-input.js";
import { describe, expect, test } from "./runner.js";
import { APP_ORIGIN, type CookieBrowser, openBrowser, sessionCookies, type TestBrowser } from "./test-browser.js";

/** A {@link TestBrowser} that is also shown pages of other sites. */
export interface ProviderBrowser extends TestBrowser {
  /** Sends a form from a page of another site: how some providers send the browser back (OAuth 2.0 Form Post Response Mode). */
  submit(target: string, fields: Readonly<Record<string, string>>, from: string): Promise<Response>;
}

/** A provider with what it takes to sign in by it. */
export interface ProviderUnderTest {
  provider: Provider;
  /** A database of this test alone. */
  adapter: Adapter;
  /**
   * By route, the fields that it cannot do without, each right in form: of the body, or of the query for GET. The suite breaks
   * them one by one. A route that needs none is left out.
   */
  inputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Signs somebody in, once. @returns the last answer: the one that starts the session */
  signIn(browser: ProviderBrowser): Promise<Response>;
  /** Tries what must come to nothing: a wrong password, code or state. @returns the last answer */
  failSignIn(browser: ProviderBrowser): Promise<Response>;
  /** What no answer may contain: passwords, codes, client secrets. */
  secrets: readonly string[];
  close?(): Promise<void>;
}

const SECRET = "provider-suite-3f9c1e7ab2d84c06955d";
const STRATEGIES = ["database", "jwt"] as const;
/** Begins the routes to which a provider's own page posts. */
const POSTED_BACK = "POST /callback/";
const ELSEWHERE = "https://elsewhere.test";

/** @param open Makes the provider and its world anew for each test */
export function providerSuite(name: string, open: () => Promise<ProviderUnderTest>): void {
  describe(`${name}: promises of a provider`, () => {
    test("it names itself and its routes", async () => {
      const subject = await open();
      expectWellFormed(subject);
      await subject.close?.();
    });
    describe.each(STRATEGIES)("with strategy %s", (strategy) => {
      const inApp = (work: (app: TestApp) => Promise<void>) => async () => runInApp(await open(), strategy, work);
      test("B11: a sign-in gives the public session and one cookie", inApp(signsIn));
      test("R-S3: each sign-in gives a new token, and the old one is dead", inApp(renewsToken));
      test("a sign-in is told once, to onSignIn", inApp(tellsSignIn));
      test("a failed sign-in leaves nothing and is told once, to onSignInFailed", inApp(tellsFailure));
      test("R-L1: no answer holds a secret, a token or a stack", inApp(keepsSecrets));
      test("R-S15: no GET without proof starts a session", inApp(startsNothingByGet));
      test("B37: malformed and hostile fields are refused and leave nothing", inApp(refusesHostileInput));
      test("B37: hostile fields from a signed-in browser are refused and leave nothing", inApp(refusesWhenSignedIn));
    });
  });
}

/** A provider in an app, with everything that happens there written down. */
interface TestApp {
  subject: ProviderUnderTest;
  browser: () => Visitor;
  /** Names of the adapter's methods that added a user, an account or a session. */
  added: string[];
  /** Names of the hooks that were told. */
  told: string[];
}

async function runInApp(
  subject: ProviderUnderTest,
  strategy: (typeof STRATEGIES)[number],
  work: (app: TestApp) => Promise<void>,
): Promise<void> {
  const added: string[] = [];
  const told: string[] = [];
  const config: AuthConfig = {
    secret: SECRET,
    baseUrl: APP_ORIGIN,
    provider: subject.provider,
    adapter: recording(subject.adapter, added),
    session: { strategy },
    // Limits have tests of their own; here they would answer in place of what is asked.
    rateLimit: { perAccount: 100, perIp: 1_000_000 },
    hooks: {
      onSignIn: () => void told.push("onSignIn"),
      onSignInFailed: () => void told.push("onSignInFailed"),
    },
  };
  const auth = createAuth(config);
  try {
    await work({ subject, added, told, browser: () => openVisitor(auth) });
  } finally {
    await subject.close?.();
  }
}

type Visitor = CookieBrowser & ProviderBrowser;

/** {@link openBrowser} sends from the app's own page; a form of another site's says so in `Referer`. */
function openVisitor(auth: Auth): Visitor {
  const handler: Auth["handler"] = (request) => {
    const page = request.headers.get("referer");
    if (page !== null) request.headers.set("origin", new URL(page).origin);
    return auth.handler(request);
  };
  const browser = openBrowser({ ...auth, handler });
  return {
    ...browser,
    submit: (target, fields, from) =>
      browser.send(target, { method: "POST", body: new URLSearchParams(fields), headers: { referer: from } }),
  };
}

function expectWellFormed({ provider, inputs }: ProviderUnderTest): void {
  expect(provider.id).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
  expect(provider.type).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
  expect(typeof provider.needsAdapter).toBe("boolean");
  const names = Object.keys(provider.routes);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(name).toMatch(/^(GET|POST) (\/[a-z0-9_-]+)+$/);
  for (const route of Object.values(provider.routes)) expect(typeof route).toBe("function");
  expect(names).toEqual(expect.arrayContaining(Object.keys(inputs)));
}

async function signsIn({ subject, browser }: TestApp): Promise<void> {
  const page = browser();
  const answer = await subject.signIn(page);
  expect(sessionCookies(answer)).toHaveLength(1);
  expect(answer.headers.get("cache-control")).toBe("no-store");

  const { session: read } = (await (await page.get("/session")).json()) as { session: Record<string, unknown> };
  expect(read).toMatchObject({ type: subject.provider.type, user: { id: expect.any(String) } });
  expect(new Date(read.expires as string).toISOString()).toBe(read.expires);
  // A browser that navigates is sent on; everybody else is told the session.
  if (answer.status === 303 || answer.status === 302) return;
  expect([200, 201]).toContain(answer.status);
  const body = await answer.text();
  expect(body).not.toContain(tokenOf(answer));
  expect((JSON.parse(body) as { session: unknown }).session).toEqual(read);
}

async function renewsToken({ subject, browser }: TestApp): Promise<void> {
  const page = browser();
  const first = tokenOf(await subject.signIn(page));
  const earlier = browser();
  for (const [name, value] of page.cookies) earlier.cookies.set(name, value);

  const second = tokenOf(await subject.signIn(page));
  expect(second).not.toBe(first);
  expect(await (await earlier.get("/session")).json()).toEqual({ session: null });
}

async function tellsSignIn({ subject, browser, told }: TestApp): Promise<void> {
  await subject.signIn(browser());
  expect(told).toEqual(["onSignIn"]);
}

async function tellsFailure({ subject, browser, told, added }: TestApp): Promise<void> {
  const page = browser();
  const answer = await subject.failSignIn(page);
  await expectRefused(answer);
  expect(told).toEqual(["onSignInFailed"]);
  expect(added).toEqual([]);
  expect(await (await page.get("/session")).json()).toEqual({ session: null });
}

async function keepsSecrets({ subject, browser }: TestApp): Promise<void> {
  const page = browser();
  for (const answer of [await subject.failSignIn(page), await subject.signIn(page)]) {
    const told = (await answer.text()) + [...answer.headers].join("\n");
    for (const secret of subject.secrets) expect(told).not.toContain(secret);
    expect(told).not.toMatch(/\bat .+:\d+:\d+|\$argon2|\.(ts|js):\d+/);
  }
}

async function startsNothingByGet({ subject, browser, added }: TestApp): Promise<void> {
  for (const name of Object.keys(subject.provider.routes)) {
    const query = new URLSearchParams(subject.inputs[name] ?? {});
    for (const method of ["GET", "HEAD"]) {
      const answer = await browser().send(`${pathOf(name)}?${query}`, { method });
      expect(sessionCookies(answer), `${method} ${pathOf(name)}`).toEqual([]);
    }
  }
  expect(added).toEqual([]);
}

async function refusesHostileInput({ subject, browser, added }: TestApp): Promise<void> {
  for (const { why, send } of hostileRequests(subject)) await expectRefused(await send(browser()), why);
  expect(added).toEqual([]);
}

async function refusesWhenSignedIn({ subject, browser, added }: TestApp): Promise<void> {
  const page = browser();
  await subject.signIn(page);
  const before = await (await page.get("/session")).json();
  added.length = 0;
  for (const { why, send } of hostileRequests(subject)) await expectRefused(await send(page), why);
  expect(added).toEqual([]);
  expect(await (await page.get("/session")).json()).toEqual(before);
}

interface HostileRequest {
  why: string;
  send(page: Visitor): Promise<Response>;
}

function hostileRequests({ inputs }: ProviderUnderTest): HostileRequest[] {
  return Object.entries(inputs).flatMap(([name, fields]) => {
    const path = pathOf(name);
    if (name.startsWith("GET "))
      return hostileQueries(fields).map(({ why, query }) => ({
        why: `${name}, ${why}`,
        send: (page) => page.get(`${path}?${query}`),
      }));
    const bodies = hostileBodies(fields).map(
      ({ why, body }): HostileRequest => ({
        why: `${name}, ${why}`,
        async send(page) {
          const json = { "content-type": "application/json" };
          return sentOn(page, await page.send(path, { method: "POST", body, headers: json }));
        },
      }),
    );
    return name.startsWith(POSTED_BACK) ? [...bodies, ...hostileForms(name, fields)] : bodies;
  });
}

function hostileForms(name: string, fields: Readonly<Record<string, string>>): HostileRequest[] {
  return hostileQueries(fields).map(({ why, query }) => ({
    why: `${name}, a form of another site, ${why}`,
    send: async (page) =>
      sentOn(page, await page.submit(pathOf(name), Object.fromEntries(new URLSearchParams(query)), ELSEWHERE)),
  }));
}

/** A callback that takes a form may send it on, to itself, as a navigation: what counts is the answer to that. */
async function sentOn(page: CookieBrowser, answer: Response): Promise<Response> {
  const location = new URL(answer.headers.get("location") ?? "/", APP_ORIGIN);
  const isBounce =
    answer.status === 303 && /\/callback\/[^/]+$/.test(location.pathname) && location.origin === APP_ORIGIN;
  return isBounce ? page.get(location.href) : answer;
}

/** Refused with a code of the table: as JSON, or on the page that a browser is sent back to. Never with a session. */
async function expectRefused(answer: Response, why?: string): Promise<void> {
  expect(sessionCookies(answer), why).toEqual([]);
  const location = answer.headers.get("location");
  if (location !== null) {
    const code = new URL(location, APP_ORIGIN).searchParams.get("error");
    return expect(Object.keys(ERRORS), why).toContain(code);
  }
  expect(Math.floor(answer.status / 100), `${why}: ${answer.status}`).toBe(4);
  const { error } = (await answer.json()) as { error: "Unauthorized" | { code: string; message: string } };
  if (error !== "Unauthorized") expect(Object.keys(ERRORS), why).toContain(error.code);
}

function pathOf(name: string): string {
  return name.slice(name.indexOf(" ") + 1);
}

function tokenOf(answer: Response): string {
  const [line = ""] = sessionCookies(answer);
  expect(line, "the answer starts no session").not.toBe("");
  return line.slice(DEFAULTS.cookieName.length + 1, line.indexOf(";"));
}

const ADDING = ["createUser", "createUserWithAccount", "createAccount", "createSession"];

/** The adapter, with what it added written down. */
function recording(adapter: Adapter, added: string[]): Adapter {
  return new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      // Adapters have private fields, which a proxy does not.
      if (!ADDING.includes(String(name))) return method.bind(target);
      return async (...args: unknown[]) => {
        const result: unknown = await method.apply(target, args);
        added.push(String(name));
        return result;
      };
    },
  });
}
