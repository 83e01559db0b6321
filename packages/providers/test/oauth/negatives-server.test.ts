/** A provider's servers that redirect, break down, or answer with what is no answer: R-O11, F-21, F-25. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  answering,
  type HostileProvider,
  openCanary,
  openProvider,
  type Respond,
  send,
  sendJson,
} from "./hostile-provider.js";
import {
  type App,
  type Browser,
  begin,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  faultsOf,
  locationOf,
  openApp,
  providerOf,
  START,
  sessionCookies,
  signIn,
} from "./test-app.js";

const clock = { now: START };
/** Stands in every text of the provider's; seen anywhere, it was passed on. */
const MARK = "canary-7731";
const ENDPOINTS = ["discovery", "token", "jwks", "userinfo"] as const;
/** What a TEXT column of MySQL holds. */
const TEXT_BYTES = 65_536;
const RIGHT = JSON.stringify({ access_token: "a", token_type: "Bearer" });

let provider: HostileProvider;
let canary: Awaited<ReturnType<typeof openCanary>>;
let app: App;
let browser: Browser;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
  canary = await openCanary();
});
beforeEach(() => {
  clock.now = START;
  provider.reset();
  canary.hits.length = 0;
  app = openApp(clock, [providerOf(provider)]);
  browser = app.browser();
});
afterEach(expectNoRejections);
afterAll(async () => {
  await provider.stop();
  await canary.stop();
});

/** What the provider says is in no answer and in nothing that is logged. */
async function expectSilent(answer: Response): Promise<void> {
  const told = [locationOf(answer), ...[...answer.headers].flat(), await answer.text()];
  const logged = [...app.errors.map(String), JSON.stringify(app.failures)];
  expect([...told, ...logged].join("\n")).not.toContain(MARK);
}

describe("R-O11: no redirect is followed", () => {
  const STATUSES = [301, 302, 303, 307, 308];
  const rows = ENDPOINTS.flatMap((endpoint) => STATUSES.map((status) => [endpoint, status] as const));

  test.each(rows)("of %s with %i", async (endpoint, status) => {
    const location = `${canary.origin}/${endpoint}`;
    provider.behave(answering(endpoint, (response) => void response.writeHead(status, { location }).end("{}")));
    expectRefused(app, await signIn(browser, provider), "provider_rejected");
    expect(canary.hits).toEqual([]);
    expect(provider.count(endpoint)).toBe(1);
  });

  test.each(["Refresh", "Link", "Content-Location"])("nor what %s names", async (header) => {
    const headers = { [header]: `0; url=${canary.origin}` };
    provider.behave(answering("token", (response) => void response.writeHead(200, headers).end("{}")));
    expectRefused(app, await signIn(browser, provider), "provider_rejected");
    expect(canary.hits).toEqual([]);
  });
});

/** What breaks before an answer is there, or instead of one. */
const BREAKDOWNS: readonly (readonly [why: string, respond: Respond])[] = [
  ...[429, 500, 502, 503, 504].map(
    (status) =>
      [
        `${status}, with a text`,
        (response: Parameters<Respond>[0]) => send(response, status, "text/html", MARK),
      ] as const,
  ),
  ["500, with an OAuth error", (response) => sendJson(response, 500, { error: MARK, error_description: MARK })],
  ["a closed connection", (response) => void response.socket?.end()],
  ["a reset connection", (response) => void response.socket?.resetAndDestroy()],
  [
    "an answer that breaks off",
    (response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"access_token":', () => response.socket?.destroy());
    },
  ],
];

describe("F-25: a breakdown at the token endpoint leaves the attempt usable", () => {
  test.each(BREAKDOWNS)("%s", async (_why, respond) => {
    const callback = provider.authorize(await begin(browser)).href;
    provider.behave(answering("token", respond));
    const answer = await browser.get(callback);
    expectRefused(app, answer, "provider_unavailable");
    await expectSilent(answer);

    provider.behave({});
    expectSignedIn(app, await browser.get(callback));
  });

  test("a refused connection, twice", async () => {
    const callback = provider.authorize(await begin(browser)).href;
    const answers = await provider.whileDown(async () => [await browser.get(callback), await browser.get(callback)]);
    for (const answer of answers) expectRefused(app, answer, "provider_unavailable");
    expectSignedIn(app, await browser.get(callback));
  });

  test("an attempt whose provider was down for its ten minutes is over all the same", async () => {
    const callback = provider.authorize(await begin(browser)).href;
    provider.behave(answering("token", (response) => sendJson(response, 503, {})));
    expectRefused(app, await browser.get(callback), "provider_unavailable");
    clock.now += 601_000;
    provider.behave({});
    expectRefused(app, await browser.get(callback), "sign_in_expired");
  });
});

describe("F-25: a breakdown once the code was used", () => {
  const rows = (["jwks", "userinfo"] as const).flatMap((endpoint) =>
    BREAKDOWNS.map(([why, respond]) => [endpoint, why, respond] as const),
  );

  test.each(rows)("of %s: %s", async (endpoint, _why, respond) => {
    const callback = provider.authorize(await begin(browser)).href;
    provider.behave(answering(endpoint, respond));
    const answer = await browser.get(callback);
    expectRefused(app, answer, "provider_unavailable");
    await expectSilent(answer);

    // The provider takes no code twice: this attempt is lost, and the next one is not.
    provider.behave({});
    const again = await browser.get(callback);
    expect(sessionCookies(again)).toEqual([]);
    expect(["sign_in_expired", "provider_rejected"]).toContain(errorOf(again));
    expect([app.written, faultsOf(app)]).toEqual([[], []]);
    expectSignedIn(app, await signIn(browser, provider));
  });
});

/** What came, and is no answer of a token endpoint (RFC 6749 §5.1, §5.2). */
const NO_TOKENS: readonly (readonly [why: string, respond: Respond])[] = [
  ["right, as text/html", (response) => send(response, 200, "text/html", RIGHT)],
  ["right, as text/plain", (response) => send(response, 200, "text/plain", RIGHT)],
  ["right, of no type", (response) => void response.writeHead(200).end(RIGHT)],
  ["right, of a type that only begins so", (response) => send(response, 200, "application/jsonp", RIGHT)],
  [
    "a form",
    (response) => send(response, 200, "application/x-www-form-urlencoded", "access_token=a&token_type=Bearer"),
  ],
  ["no JSON", (response) => send(response, 200, "application/json", MARK)],
  ["nothing", (response) => send(response, 200, "application/json", "")],
  ["204", (response) => void response.writeHead(204).end()],
  ["no UTF-8", (response) => send(response, 200, "application/json", Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
  ["JSON with a tail", (response) => send(response, 200, "application/json", `${RIGHT}${RIGHT}`)],
  ["100,000 brackets", (response) => send(response, 200, "application/json", "[".repeat(100_000))],
  ...[[], [JSON.parse(RIGHT)], null, MARK, 42, true, {}].map(
    (body) =>
      [
        `the JSON ${JSON.stringify(body)}`,
        (response: Parameters<Respond>[0]) => sendJson(response, 200, body),
      ] as const,
  ),
  ["200 with an error", (response) => sendJson(response, 200, { error: "invalid_grant", error_description: MARK })],
  ["400 invalid_grant", (response) => sendJson(response, 400, { error: "invalid_grant", error_description: MARK })],
  ["400 with a hostile error", (response) => sendJson(response, 400, { error: `${MARK}\r\nSet-Cookie: a=b\u0100` })],
  ["400 with an error that is none", (response) => sendJson(response, 400, { error: { [MARK]: MARK } })],
  [
    "400 with access_denied, which is the user's to say",
    (response) => sendJson(response, 400, { error: "access_denied" }),
  ],
  ["400 as HTML", (response) => send(response, 400, "text/html", `<script>${MARK}</script>`)],
  ["401 invalid_client", (response) => sendJson(response, 401, { error: "invalid_client", error_description: MARK })],
  [
    "401 with a hostile challenge",
    (response) =>
      void response.writeHead(401, { "www-authenticate": `Bearer error="${MARK}", error_description="${MARK}"` }).end(),
  ],
  ["403", (response) => send(response, 403, "text/plain", MARK)],
  ["404", (response) => send(response, 404, "text/html", MARK)],
  ["a status that nobody knows", (response) => sendJson(response, 299, { [MARK]: MARK })],
];

describe("F-21, F-25: an answer of the token endpoint that is none", () => {
  test.each(NO_TOKENS)("%s", async (_why, respond) => {
    provider.behave(answering("token", respond));
    const answer = await signIn(browser, provider);
    expectRefused(app, answer, "provider_rejected");
    await expectSilent(answer);
    expect(provider.count("token")).toBe(1);
  });

  test.each<[string, unknown]>([
    ["access_token", undefined],
    ["access_token", ""],
    ["access_token", null],
    ["access_token", 42],
    ["access_token", { a: 1 }],
    ["access_token", ["a"]],
    ["token_type", undefined],
    ["token_type", null],
    ["token_type", 1],
    ["token_type", "mac"],
    ["token_type", "N_A"],
    ["token_type", "DPoP"],
  ])("%s: %j", async (name, value) => {
    provider.behave({ tokenResponse: (body) => ({ ...body, [name]: value }) });
    expectRefused(app, await signIn(browser, provider), "provider_rejected");
  });

  test.each<[string, unknown]>([
    ["expires_in", "soon"],
    ["expires_in", -1],
    ["expires_in", null],
    ["expires_in", 1e308],
    ["expires_in", {}],
    ["refresh_token", 42],
    ["refresh_token", {}],
    ["refresh_token", ""],
    ["refresh_token", "\r\n\0"],
    ["refresh_token", "r".repeat(100_000)],
    ["access_token", "a".repeat(100_000)],
    ["access_token", "a\r\nX-Injected: 1"],
    ["access_token", "\u0100"],
    ["scope", ["openid"]],
    ["scope", 7],
    ["scope", "s ".repeat(50_000)],
    ["__proto__", { admin: true }],
  ])("what hangs on less is refused or left out, and breaks nothing: %s %j", async (name, value) => {
    const right = (body: object) => Object.fromEntries([...Object.entries(body), [name, value]]);
    provider.behave({ tokenResponse: right, claims: ({ at_hash, ...claims }) => claims });
    const answer = await signIn(browser, provider);
    if (sessionCookies(answer).length === 0) return expectRefused(app, answer, "provider_rejected");
    expectSignedIn(app, answer);
    const account = await app.adapter.getAccount({ provider: "oidc", providerAccountId: "ann" });
    for (const column of ["accessToken", "refreshToken", "idToken", "scope"] as const)
      expect(account?.[column]?.length ?? 0, column).toBeLessThan(TEXT_BYTES);
  });
});

function errorOf(answer: Response): string | null {
  return new URL(locationOf(answer) || "/", "https://app.test").searchParams.get("error");
}
