/** R-O8: no parameter, cookie or state of a sign-in sends the browser anywhere but to this app or to its provider. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HostileProvider, openProvider } from "./hostile-provider.js";
import { LONG_TARGETS, TARGETS } from "./hostile-targets.js";
import {
  APP,
  type App,
  type Browser,
  begin,
  expectNoRejections,
  locationOf,
  openApp,
  providerOf,
  START,
  sessionCookies,
} from "./test-app.js";

const TRUSTED = "https://admin.example.com";
const clock = { now: START };
let provider: HostileProvider;
let app: App;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
  // The second is down: what fails before the provider's page is tried at it.
  app = openApp(clock, [providerOf(provider), providerOf(provider, { id: "down", issuer: "http://127.0.0.1:1" })]);
});
afterAll(async () => {
  await provider.stop();
  await expectNoRejections();
});

/** Names under which some library or other takes a target. */
const NAMES = [
  "callbackUrl",
  "callbackURL",
  "errorUrl",
  "redirectTo",
  "redirect_to",
  "redirect",
  "redirectUrl",
  "redirect_url",
  "redirectUri",
  "returnTo",
  "return_to",
  "returnUrl",
  "next",
  "continue",
  "dest",
  "url",
  "RelayState",
  "post_logout_redirect_uri",
  "target_link_uri",
];

/** What of the standard's own a sign-in must not take from outside. */
const STANDARD = [
  "redirect_uri",
  "state",
  "client_id",
  "scope",
  "response_type",
  "response_mode",
  "request_uri",
  "iss",
];

/** A place for a target. @returns the answer that ends the attempt, and whether somebody is to be signed in by it */
type Place = (target: string, browser: Browser) => Promise<readonly [answer: Response, isSignIn: boolean]>;

const agree = async (browser: Browser, authorization: string) =>
  [await browser.get(provider.authorize(expectUntouched(authorization)).href), true] as const;

const deny = async (browser: Browser, authorization: string) => {
  const denied = provider.refuse(expectUntouched(authorization), { error: "access_denied" });
  return [await browser.get(denied.href), false] as const;
};

/** The same flow as a function: what it says is done as an app would do it. */
async function authenticated(browser: Browser, target: string): Promise<Response> {
  const headers = { cookie: [...browser.cookies].map((cookie) => cookie.join("=")).join("; ") };
  const url = new URL(target.startsWith("/") ? `/auth${target}` : target, APP);
  const { redirectUrl = "", cookies = [] } = await app.auth.authenticate(new Request(url, { headers }));
  const answer = new Response(null, { status: 303, headers: { location: redirectUrl } });
  for (const cookie of cookies) {
    browser.keep(cookie);
    answer.headers.append("set-cookie", cookie);
  }
  return answer;
}

async function redirectUrlOf(answer: Response): Promise<string> {
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { redirectUrl: string }).redirectUrl;
}

const query = (name: string, target: string) => `?${new URLSearchParams({ [name]: target })}`;
const all = (names: readonly string[], target: string) => new URLSearchParams(names.map((name) => [name, target]));

const PLACES: Readonly<Record<string, Place>> = {
  "callbackUrl of GET /signin": async (target, browser) =>
    agree(browser, await begin(browser, "oidc", query("callbackUrl", target))),
  "callbackUrl of GET /signin, after a good one": async (target, browser) =>
    agree(
      browser,
      await begin(browser, "oidc", `?callbackUrl=/good&callbackUrl=${encodeURIComponent(wellFormed(target))}`),
    ),
  "errorUrl of GET /signin": async (target, browser) =>
    deny(browser, await begin(browser, "oidc", query("errorUrl", target))),
  "callbackUrl of POST /signin, JSON": async (target, browser) =>
    agree(browser, await redirectUrlOf(await browser.post("/signin/oidc", { callbackUrl: target }))),
  "errorUrl of POST /signin, JSON": async (target, browser) =>
    deny(browser, await redirectUrlOf(await browser.post("/signin/oidc", { errorUrl: target }))),
  "callbackUrl of POST /signin, form": async (target, browser) =>
    agree(browser, locationOf(await browser.submit("/signin/oidc", { callbackUrl: target }))),
  "errorUrl of POST /signin, form": async (target, browser) =>
    deny(browser, locationOf(await browser.submit("/signin/oidc", { errorUrl: target }))),
  "callbackUrl, by authenticate()": async (target, browser) => {
    const authorization = locationOf(await authenticated(browser, `/signin/oidc${query("callbackUrl", target)}`));
    return [await authenticated(browser, provider.authorize(expectUntouched(authorization)).href), true];
  },
  "callbackUrl of POST /accounts/link": async (target, browser) => {
    await app.signedIn(browser);
    provider.behave({ subject: crypto.randomUUID() });
    const authorization = await redirectUrlOf(await browser.post("/accounts/link/oidc", { callbackUrl: target }));
    const [answer] = await agree(browser, authorization);
    provider.behave({});
    return [answer, false];
  },
  "errorUrl of POST /accounts/link": async (target, browser) => {
    await app.signedIn(browser);
    return deny(browser, await redirectUrlOf(await browser.post("/accounts/link/oidc", { errorUrl: target })));
  },
  "other names at GET /signin": async (target, browser) =>
    agree(browser, await begin(browser, "oidc", `?${all([...STANDARD, ...NAMES], target)}`)),
  "every name at the callback": async (target, browser) => {
    const callback = provider.authorize(await begin(browser));
    return [await browser.get(`${callback.href}&${all(NAMES, target)}`), true];
  },
  "every name at the callback, with an error": async (target, browser) => {
    const denied = provider.refuse(await begin(browser), { error: "access_denied" });
    return [await browser.get(`${denied.href}&${all(NAMES, target)}`), false];
  },
  "every name at a callback of no attempt": async (target, browser) => [
    await browser.get(`/callback/oidc?code=x&${all(["state", ...NAMES], target)}`),
    false,
  ],
  "the state, with a code": async (target, browser) => {
    const callback = provider.authorize(await begin(browser));
    callback.searchParams.set("state", target);
    return [await browser.get(callback.href), false];
  },
  "error and error_uri": async (target, browser) => {
    const fields = { error: target, error_uri: target, error_description: target };
    return [await browser.get(provider.refuse(await begin(browser), fields).href), false];
  },
  "the cookie of the attempt": async (target, browser) => {
    const callback = provider.authorize(await begin(browser));
    for (const name of browser.cookies.keys()) browser.cookies.set(name, encodeURIComponent(wellFormed(target)));
    return [await browser.get(callback.href), false];
  },
  "both, where the start fails, GET": async (target, browser) => [
    await browser.get(`/signin/down?${all(["callbackUrl", "errorUrl"], target)}`),
    false,
  ],
  "both, where the start fails, form": async (target, browser) => [
    await browser.submit("/signin/down", { callbackUrl: target, errorUrl: target }),
    false,
  ],
};

test("the table is as long as it says", () => {
  expect(new Set(TARGETS.map(([, target]) => target)).size).toBe(TARGETS.length);
  expect(TARGETS.length).toBeGreaterThanOrEqual(120);
});

describe.each(Object.entries(PLACES))("R-O8: %s", (name, place) => {
  test.each(TARGETS)("%s: %j stays on the origin", async (_kind, target) => {
    const [answer, isSignIn] = await place(target, app.browser());
    expect(answer.status).toBe(303);
    const location = locationOf(answer);
    // A path from the root, as text already: no reader of it can see a host.
    expect(location).toMatch(/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/);
    expect(new URL(location, `${APP}/auth/callback/oidc`).origin).toBe(APP);
    expect(new URL(location, APP).pathname).not.toMatch(/^\/\//);
    expect(sessionCookies(answer)).toHaveLength(isSignIn ? 1 : 0);
    if (!isSignIn && !name.includes("/accounts/link"))
      expect(new URL(location, APP).searchParams.get("error")).toMatch(/^[a-z_]+$/);
  });
});

describe.each(LONG_TARGETS.map((target) => [target.length, target] as const))(
  "R-O8: %i characters",
  (_length, target) => {
    const targets = { callbackUrl: target, errorUrl: target };

    test.each<[string, (browser: Browser) => Promise<Response>]>([
      ["GET /signin", (browser) => browser.get(`/signin/oidc?${new URLSearchParams(targets)}`)],
      ["POST /signin, form", (browser) => browser.submit("/signin/oidc", targets)],
      ["POST /signin, JSON", (browser) => browser.post("/signin/oidc", targets)],
      [
        "POST /accounts/link",
        (browser) => app.signedIn(browser).then(() => browser.post("/accounts/link/oidc", targets)),
      ],
    ])("start nothing: %s", async (_name, start) => {
      const answer = await start(app.browser());
      const told = answer.status === 303 ? locationOf(answer) : JSON.stringify(await answer.json());
      expect(told).toMatch(/^(\/login\?error=request_invalid(&callbackUrl=.*)?$|{"error":{"code":"request_invalid")/);
      expect(answer.headers.getSetCookie()).toEqual([]);
    });

    test("lead nowhere from a callback", async () => {
      const browser = app.browser();
      const callback = provider.authorize(await begin(browser));
      const answer = await browser.get(`${callback.href}&${all(NAMES, target)}`);
      expect(locationOf(answer)).toMatch(/^\/(login\?error=provider_rejected)?$/);
    });
  },
);

const SAFE = [
  ["/inbox", "/inbox"],
  ["/a?b=c&d=//evil.example#e", "/a?b=c&d=//evil.example#e"],
  [`${APP}/x?y`, "/x?y"],
  [`${TRUSTED}/x?y#z`, `${TRUSTED}/x?y#z`],
] as const;

describe("R-O8: what is allowed is kept", () => {
  const places = Object.keys(PLACES).filter((name) => /^callbackUrl of [A-Z]+ \/[a-z/]+(, (JSON|form))?$/.test(name));
  const rows = places.flatMap((place) => SAFE.map(([target, location]) => [place, target, location] as const));

  test.each(rows)("%s: %s", async (place, target, location) => {
    const [answer] = (await PLACES[place]?.(target, app.browser())) ?? [];
    expect(answer && [answer.status, locationOf(answer)]).toEqual([303, location]);
  });

  test.each([
    ["/sign-in", "/sign-in?error=access_denied"],
    ["/sign-in?a=b#c", "/sign-in?a=b&error=access_denied#c"],
    ["/sign-in?error=other", "/sign-in?error=access_denied"],
    [`${TRUSTED}/sign-in`, `${TRUSTED}/sign-in?error=access_denied`],
  ])("errorUrl %s leads to %s", async (target, location) => {
    for (const name of [
      "errorUrl of GET /signin",
      "errorUrl of POST /signin, JSON",
      "errorUrl of POST /signin, form",
    ]) {
      const [answer] = (await PLACES[name]?.(target, app.browser())) ?? [];
      expect(answer && [answer.status, locationOf(answer)], name).toEqual([303, location]);
    }
  });

  test.each<[unknown]>([
    [42],
    [null],
    [true],
    [{}],
    [[]],
    [["/inbox"]],
    [{ href: "/inbox" }],
    [{ toString: "/inbox" }],
  ])("a JSON value that is no text is refused or left out: %j", async (callbackUrl) => {
    for (const path of ["/signin/oidc", "/accounts/link/oidc"]) {
      const browser = app.browser();
      await app.signedIn(browser);
      provider.behave({ subject: crypto.randomUUID() });
      const answer = await browser.post(path, { callbackUrl, errorUrl: callbackUrl });
      expect([200, 400]).toContain(answer.status);
      if (answer.status === 400) continue;
      const [last] = await agree(browser, await redirectUrlOf(answer));
      expect([last.status, locationOf(last)]).toEqual([303, "/"]);
    }
  });
});

/** The provider's page, asked with our own parameters and nothing of the request's. */
function expectUntouched(authorization: string): string {
  const { origin, pathname, searchParams } = new URL(authorization);
  expect(origin + pathname).toBe(`${provider.issuer}/authorize`);
  expect(searchParams.getAll("redirect_uri")).toEqual([`${APP}/auth/callback/oidc`]);
  expect(searchParams.getAll("client_id")).toEqual(["client-1"]);
  expect(searchParams.getAll("response_type")).toEqual(["code"]);
  expect(searchParams.getAll("state")).toEqual([expect.stringMatching(/^[\w.-]{22,}$/)]);
  for (const name of [...NAMES, "request_uri", "iss"]) expect(searchParams.has(name), name).toBe(false);
  return authorization;
}

/** Lone surrogates cannot be percent-encoded. */
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, "\ufffd");
}
