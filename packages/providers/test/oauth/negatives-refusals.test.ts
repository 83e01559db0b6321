/** Callbacks with errors, without a code, by other methods: refused, and nothing of the provider's text is passed on (F-21). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type HostileProvider, openProvider } from "./hostile-provider.js";
import {
  APP,
  type App,
  attemptCookie,
  type Browser,
  begin,
  changed,
  expectNoRejections,
  expectNothing,
  expectRefused,
  expectSignedIn,
  leadsTo,
  locationOf,
  openApp,
  providerOf,
  putFirst,
  START,
} from "./test-app.js";

const clock = { now: START };
const MEGABYTE = 1024 * 1024;
/** Stands in every text of the provider's; seen anywhere, it was passed on. */
const MARK = "canary-7731";

let provider: HostileProvider;
let app: App;
let browser: Browser;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(() => {
  provider.reset();
  app = openApp(clock, [providerOf(provider)]);
  browser = app.browser();
});
afterEach(expectNoRejections);
afterAll(() => provider.stop());

/** Where the provider sends the browser once the user has agreed. */
async function agreed(): Promise<URL> {
  return provider.authorize(await begin(browser));
}

describe("a code that is none", () => {
  test.each<[why: string, change: (query: URLSearchParams) => void]>([
    ["missing", (query) => query.delete("code")],
    ["empty", (query) => query.set("code", "")],
    ["given twice", (query) => query.append("code", query.get("code") ?? "")],
    ["given twice, another one first", (query) => putFirst(query, "code", "other")],
    ["unknown to the provider", (query) => query.set("code", "other")],
    ["1 MB", (query) => query.set("code", "A".repeat(MEGABYTE))],
    ["with control characters", (query) => query.set("code", "\0\r\n")],
    ["with more fields for the token endpoint", (query) => query.set("code", "x&client_id=other&grant_type=password")],
  ])("%s", async (_why, change) => {
    expectRefused(app, await browser.get(changed(await agreed(), change)), "provider_rejected");
  });
});

describe("methods other than GET", () => {
  test.each<[why: string, ask: (url: string) => Promise<Response>]>([
    ["HEAD", (url) => browser.get(url, "HEAD")],
    ["POST of a form", (url) => browser.submit(url, Object.fromEntries(new URL(url).searchParams))],
    ["POST of JSON", (url) => browser.post(url, Object.fromEntries(new URL(url).searchParams))],
    [
      "POST from the provider's page",
      (url) => browser.request(url, { method: "POST", headers: { origin: provider.origin } }),
    ],
    ["PUT", (url) => browser.request(url, { method: "PUT", headers: { origin: APP } })],
    ["DELETE", (url) => browser.request(url, { method: "DELETE", headers: { origin: APP } })],
    ["OPTIONS", (url) => browser.request(url, { method: "OPTIONS" })],
  ])("%s starts nothing and ends nothing", async (_why, ask) => {
    const callback = await agreed();
    const answer = await ask(callback.href);
    expect(answer.status).toBeLessThan(500);
    expectNothing(app, answer);
    expect(provider.count("token")).toBe(0);
    expectSignedIn(app, await browser.get(callback.href));
  });

  test.each<[why: string, headers: Record<string, string>]>([
    ["a picture", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
    ["a frame", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
    [
      "a script that navigates",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    ],
  ])("R-S15: a sign-in is not started by another site by itself: %s", async (_why, headers) => {
    const answer = await browser.request("/signin/oidc", { headers });
    expectRefused(app, answer, "origin_not_allowed");
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("R-S15: a link on another site that the user follows starts one", async () => {
    const followed = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-user": "?1" };
    const answer = await browser.request("/signin/oidc", { headers: { "sec-fetch-site": "cross-site", ...followed } });
    expect(leadsTo(provider, answer)).toBe(true);
  });

  test("R-C12: a sign-in is not started by another site's form", async () => {
    const headers = { origin: "https://evil.example" };
    const answer = await browser.request("/signin/oidc", {
      method: "POST",
      body: new URLSearchParams({ a: "b" }),
      headers,
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

describe("F-21: what the provider says of an error is never passed on", () => {
  const console_ = ["log", "info", "warn", "error", "debug"] as const;
  const spies = () => console_.map((name) => vi.spyOn(console, name));
  afterEach(() => void vi.restoreAllMocks());

  const TEXTS: readonly (readonly [why: string, text: string])[] = [
    ["plain", MARK],
    ["CRLF", `${MARK}\r\nSet-Cookie: auth-session=${MARK}\r\n\r\n<html>`],
    ["script", `<script>alert("${MARK}")</script>`],
    ["beyond Latin 1, which no header takes", `\u0100${MARK}\ud83d\ude00`],
    ["a lone surrogate", `\ud800${MARK}`],
    ["NUL", `\0${MARK}`],
    ["terminal codes", `\u001b[2J${MARK}`],
    ["64 kB", MARK.padEnd(64 * 1024, "x")],
    ["more parameters", `${MARK}&error=x&callbackUrl=//evil.example#`],
    ["a template", `\${${MARK}} {{${MARK}}} %s %o %j ${MARK}`],
  ];
  /** Longer parameters are no answer of any provider. */
  const LONGEST = 8192;
  const FIELDS = TEXTS.flatMap(([why, text]): [string, Record<string, string>, string][] => [
    [`error: ${why}`, { error: text }, "provider_rejected"],
    [
      `error_description: ${why}`,
      { error: "access_denied", error_description: text },
      text.length > LONGEST ? "provider_rejected" : "access_denied",
    ],
    [`error_uri: ${why}`, { error: "invalid_scope", error_uri: text }, "provider_rejected"],
  ]);

  test.each(FIELDS)("%s", async (_why, fields, code) => {
    const said = spies();
    const target = await begin(browser);
    const answer = await browser.get(provider.refuse(target, fields).href);
    expectRefused(app, answer, code);
    expect(provider.count("token")).toBe(0);
    const told = [locationOf(answer), ...[...answer.headers].flat(), await answer.text()];
    const logged = [
      ...app.errors.map(String),
      JSON.stringify(app.failures),
      JSON.stringify(said.map((spy) => spy.mock.calls)),
    ];
    expect([...told, ...logged].join("\n")).not.toContain(MARK);
    expect(locationOf(answer)).toBe(`/login?error=${code}`);
  });

  test.each([
    ["empty", [["error", ""]]],
    ["in capitals", [["error", "ACCESS_DENIED"]]],
    ["with a space", [["error", "access_denied "]]],
    ["one of our own codes", [["error", "session_too_large"]]],
    ["one of our own codes for the app", [["error", "user_disabled"]]],
    ["__proto__", [["error", "__proto__"]]],
    [
      "given twice",
      [
        ["error", "access_denied"],
        ["error", "access_denied"],
      ],
    ],
  ] as const)("an error that is no refusal by the user is not told as one: %s", async (_why, fields) => {
    const callback = provider.refuse(await begin(browser), {});
    for (const [name, value] of fields) callback.searchParams.append(name, value);
    expectRefused(app, await browser.get(callback.href), "provider_rejected");
  });

  test.each([
    ["access_denied", "access_denied"],
    ["invalid_scope", "provider_rejected"],
    ["login_required", "provider_rejected"],
    ["interaction_required", "provider_rejected"],
    ["unauthorized_client", "provider_rejected"],
    ["server_error", "provider_unavailable"],
    ["temporarily_unavailable", "provider_unavailable"],
  ])("RFC 6749 §4.1.2.1: %s is told as %s", async (error, code) => {
    expectRefused(app, await browser.get(provider.refuse(await begin(browser), { error }).href), code);
  });

  test("an error beside a code: the code is not used", async () => {
    const callback = changed(await agreed(), (query) => query.set("error", "access_denied"));
    expectRefused(app, await browser.get(callback), "access_denied");
    expect(provider.count("token")).toBe(0);
  });

  test.each(["", "state=A", `state=${"A".repeat(43)}`])("an error of no attempt is not believed: %s", async (query) => {
    const answer = await browser.get(`/callback/oidc?error=access_denied&${query}`);
    expectRefused(app, answer, "sign_in_expired");
  });

  test("R-O8: the page for errors is the one that the attempt asked for", async () => {
    const target = await begin(browser, "oidc", "?errorUrl=/sign-in%3Ffrom%3Dhere");
    const answer = await browser.get(provider.refuse(target, { error: "access_denied" }).href);
    expect(locationOf(answer)).toBe("/sign-in?from=here&error=access_denied");
    expectNothing(app, answer);
  });
});

test("RFC 6749 §4.1.2: without a database the provider itself refuses a code that comes again", async () => {
  app = openApp(clock, [providerOf(provider)], { adapter: undefined });
  browser = app.browser();
  const callback = await agreed();
  const kept = app.browser();
  kept.cookies.set(...attemptCookie(browser));
  expectSignedIn(app, await browser.get(callback.href));
  expectRefused(app, await kept.get(callback.href), "provider_rejected");
});

test("a provider that the app has not got is not found", async () => {
  for (const path of [
    "/signin/unknown",
    "/callback/unknown?code=x&state=y",
    "/callback/__proto__",
    "/signin/constructor",
  ]) {
    const answer = await browser.get(path);
    expect(answer.status, path).toBe(404);
    expectNothing(app, answer, path);
  }
});
