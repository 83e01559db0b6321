/** Metadata that cannot be believed, or that lead elsewhere: R-O2, R-O5, R-O11, R-O14. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { oidc } from "../../src/oauth/index.js";
import {
  type Behavior,
  CLIENT,
  type HostileProvider,
  openCanary,
  openProvider,
  send,
  sendJson,
} from "./hostile-provider.js";
import {
  APP,
  type App,
  type Browser,
  begin,
  expectNoRejections,
  expectNothing,
  expectRefused,
  expectSignedIn,
  leadsTo,
  locationOf,
  openApp,
  providerOf,
  START,
  signIn,
} from "./test-app.js";

const clock = { now: START };
const MARK = "canary-7731";
let provider: HostileProvider;
let canary: Awaited<ReturnType<typeof openCanary>>;
let app: App;
let browser: Browser;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
  canary = await openCanary();
});
beforeEach(() => {
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

/** A member of the document in the place of the right one; `undefined` leaves it out. */
function member(name: string, value: unknown): Behavior {
  return { discovery: (document) => ({ ...document, [name]: value }) };
}

type Rows = readonly (readonly [why: string, behavior: () => Behavior])[];

describe("R-O5: the issuer of the metadata is the configured one, exactly", () => {
  test.each<Rows[number]>([
    ["another", () => member("issuer", "https://evil.example")],
    ["a slash more", () => member("issuer", `${provider.issuer}/`)],
    ["its scheme in another case", () => member("issuer", provider.issuer.replace("http", "HTTP"))],
    ["another name of the host", () => member("issuer", provider.issuer.replace("127.0.0.1", "localhost"))],
    ["a query", () => member("issuer", `${provider.issuer}?`)],
    ["a space", () => member("issuer", `${provider.issuer} `)],
    ["missing", () => member("issuer", undefined)],
    ["null", () => member("issuer", null)],
    ["a list", () => member("issuer", [provider.issuer])],
    ["empty", () => member("issuer", "")],
  ])("%s", async (_why, behavior) => {
    provider.behave(behavior());
    expectRefused(app, await browser.get("/signin/oidc"), "provider_rejected");
    expect(browser.cookies.size).toBe(0);
  });
});

describe("R-O14: metadata that are none", () => {
  test.each<Rows[number]>([
    ["no JSON", () => ({ discovery: () => MARK })],
    ["nothing", () => ({ discovery: () => "" })],
    ["a list", () => ({ discovery: (document) => [document] })],
    ["null", () => ({ discovery: () => null })],
    ["a text", () => ({ discovery: () => `"${MARK}"` })],
    ["text/html", () => ({ respond: { discovery: (response) => send(response, 200, "text/html", MARK) } })],
    ["404", () => ({ respond: { discovery: (response) => send(response, 404, "text/html", MARK) } })],
    ["401", () => ({ respond: { discovery: (response) => sendJson(response, 401, { error: MARK }) } })],
    ["204", () => ({ respond: { discovery: (response) => void response.writeHead(204).end() } })],
    ["no authorization endpoint", () => member("authorization_endpoint", undefined)],
    ["no token endpoint", () => member("token_endpoint", undefined)],
    ["no keys", () => member("jwks_uri", undefined)],
    ["an endpoint that is a number", () => member("token_endpoint", 42)],
    ["an endpoint that is null", () => member("authorization_endpoint", null)],
    ["an endpoint that is a list", () => member("token_endpoint", [`${provider.issuer}/token`])],
    ["an endpoint that is a path", () => member("token_endpoint", "/token")],
    ["an endpoint that is no address", () => member("token_endpoint", "http://")],
  ])("%s", async (_why, behavior) => {
    provider.behave(behavior());
    const answer = await signIn(browser, provider);
    expectRefused(app, answer, "provider_rejected");
    expect([locationOf(answer), ...app.errors.map(String)].join("\n")).not.toContain(MARK);
  });

  test("are not kept: the sign-in after the repair works", async () => {
    provider.behave({ discovery: () => MARK });
    expectRefused(app, await signIn(browser, provider), "provider_rejected");
    provider.behave({});
    expectSignedIn(app, await signIn(browser, provider));
  });

  test("a POST of JSON is told so as JSON, and a form goes back to the sign-in page", async () => {
    provider.behave({ discovery: () => MARK });
    const told = await browser.post("/signin/oidc");
    expect(told.status).toBe(400);
    expect(await told.json()).toMatchObject({ error: { code: "provider_rejected" } });
    expectNothing(app, told);
    expectRefused(app, await browser.submit("/signin/oidc", { callbackUrl: "/" }), "provider_rejected");
  });

  test("F-25: 503 is an outage, told as JSON with Retry-After", async () => {
    provider.behave({ respond: { discovery: (response) => send(response, 503, "text/html", MARK) } });
    const told = await browser.post("/signin/oidc");
    expect(told.status).toBe(503);
    expect(await told.json()).toMatchObject({ error: { code: "provider_unavailable" } });
    expectRefused(app, await browser.get("/signin/oidc"), "provider_unavailable");
    provider.behave({});
    expectSignedIn(app, await signIn(browser, provider));
  });
});

/** Where no server of ours may be sent by somebody else's document (RFC 6890; the cloud's own addresses among them). */
const ELSEWHERE = [
  "http://10.0.0.1/x",
  "https://10.0.0.1/x",
  "http://172.16.0.1/x",
  "http://192.168.1.1/x",
  "https://192.168.1.1/x",
  "http://169.254.169.254/latest/meta-data/",
  "https://169.254.169.254/latest/meta-data/",
  "http://2852039166/latest/",
  "http://0xa9fea9fe/latest/",
  "http://100.64.0.1/x",
  "http://0.0.0.0/x",
  "http://[::]/x",
  "https://[fe80::1]/x",
  "https://[fd00::1]/x",
  "http://[::ffff:169.254.169.254]/x",
  "http://[::ffff:a9fe:a9fe]/x",
  "https://[64:ff9b::a9fe:a9fe]/x",
  "http://evil.example/x",
  "http://metadata.google.internal/x",
  "file:///etc/passwd",
  "data:application/json,{}",
  "ftp://evil.example/x",
  "javascript:alert(1)",
  "blob:http://127.0.0.1/x",
  "ws://127.0.0.1/x",
  "https://user:password@evil.example/x",
];

describe("R-O11: metadata do not send our requests to where the issuer is not", () => {
  afterEach(() => void vi.restoreAllMocks());
  const rows = ["token_endpoint", "userinfo_endpoint", "jwks_uri"].flatMap((name) =>
    ELSEWHERE.map((url) => [name, url] as const),
  );

  test.each(rows)("%s: %s", async (name, url) => {
    const asked = vi.spyOn(globalThis, "fetch");
    provider.behave(member(name, url));
    expectRefused(app, await signIn(browser, provider), "provider_rejected");
    const urls = asked.mock.calls.map(([input]) => String(input instanceof Request ? input.url : input));
    expect(urls.length).toBeGreaterThan(0);
    expect(urls.filter((one) => new URL(one).origin !== provider.origin)).toEqual([]);
  });

  test.each([
    "javascript:alert(1)//",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "http://evil.example/authorize",
    "blob:https://evil.example/x",
    "vbscript:x",
    "//evil.example/authorize",
    "/authorize",
  ])("nor the browser: authorization_endpoint %s", async (url) => {
    provider.behave(member("authorization_endpoint", url));
    expectRefused(app, await browser.get("/signin/oidc"), "provider_rejected");
  });

  test("an authorization endpoint with a query and a fragment keeps the one and cannot use the other", async () => {
    provider.behave(
      member("authorization_endpoint", `${provider.issuer}/authorize?tenant=1&state=x&redirect_uri=y#part`),
    );
    const answer = await browser.get("/signin/oidc");
    if (!leadsTo(provider, answer)) return expectRefused(app, answer, "provider_rejected");
    const { searchParams, hash } = new URL(locationOf(answer));
    expect([searchParams.get("tenant"), hash]).toEqual(["1", ""]);
    expect(searchParams.getAll("redirect_uri")).toEqual([`${APP}/auth/callback/oidc`]);
    expect(searchParams.getAll("state")).toEqual([expect.stringMatching(/^[\w.-]{22,}$/)]);
  });
});

describe("R-O11: an issuer on the public net does not send us to this machine", () => {
  const ISSUER = "https://idp.example";
  afterEach(() => void vi.restoreAllMocks());

  /** Stands for DNS and TLS: the public name leads to the provider of this test. Everything else goes where it says. */
  function publish(): void {
    const { fetch } = globalThis;
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
      const url = String(input instanceof Request ? input.url : input);
      return fetch(url.startsWith(ISSUER) ? url.replace(ISSUER, provider.origin) : input, init);
    });
  }
  const publicly = (document: object) => JSON.parse(JSON.stringify(document).replaceAll(provider.origin, ISSUER));

  test.each(
    ["token_endpoint", "userinfo_endpoint", "jwks_uri"].flatMap((name) =>
      [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0x7f.1",
        "127.1",
        "x.localhost",
        "127.0.0.1.",
        "localhost.",
      ].flatMap((host) => [[name, "http", host] as const, [name, "https", host] as const]),
    ),
  )("%s: %s://%s", async (name, scheme, host) => {
    publish();
    const url = `${scheme}://${host}:${new URL(canary.origin).port}/x`;
    provider.behave({
      discovery: (document) => ({ ...publicly(document), [name]: url }),
      claims: (claims) => ({ ...claims, iss: ISSUER }),
    });
    app = openApp(clock, [oidc({ ...CLIENT, issuer: ISSUER })]);
    browser = app.browser();
    const begun = await browser.get("/signin/oidc");
    const isBegun = locationOf(begun).startsWith(`${ISSUER}/authorize?`);
    const answer = isBegun ? await browser.get(provider.authorize(locationOf(begun)).href) : begun;
    expectRefused(app, answer, "provider_rejected");
    expect(canary.hits).toEqual([]);
  });

  test("with endpoints of its own it works", async () => {
    publish();
    provider.behave({ discovery: publicly, claims: (claims) => ({ ...claims, iss: ISSUER }) });
    app = openApp(clock, [oidc({ ...CLIENT, issuer: ISSUER })]);
    browser = app.browser();
    const target = await begin(browser);
    expect(target).toMatch(/^https:\/\/idp\.example\/authorize\?/);
    expectSignedIn(app, await browser.get(provider.authorize(target).href));
  });
});

describe("R-O2: S256, whatever the metadata say", () => {
  test.each([
    ["no methods", undefined],
    ["plain alone", ["plain"]],
    ["none", []],
    ["null", null],
    ["no list", "plain"],
  ])("%s", async (_why, methods) => {
    provider.behave(member("code_challenge_methods_supported", methods));
    const target = await begin(browser);
    const { searchParams } = new URL(target);
    expect(searchParams.get("code_challenge_method")).toBe("S256");
    expect(searchParams.get("code_challenge")).toMatch(/^[\w-]{43}$/);
    expectSignedIn(app, await browser.get(provider.authorize(target).href));
    const verifier = provider.requests.find(({ endpoint }) => endpoint === "token")?.form.get("code_verifier");
    expect(verifier).toMatch(/^[\w.~-]{43,128}$/);
  });
});

describe("F-25: a process that has not seen the metadata yet", () => {
  test("answers a callback with provider_unavailable while they cannot be had, and then with a session", async () => {
    const callback = provider.authorize(await begin(browser)).href;
    const restarted = openApp(clock, [providerOf(provider)], { adapter: app.adapter });
    const sameBrowser = restarted.browser();
    for (const cookie of browser.cookies) sameBrowser.cookies.set(...cookie);
    provider.behave({ respond: { discovery: (response) => sendJson(response, 503, {}) } });
    expectRefused(restarted, await sameBrowser.get(callback), "provider_unavailable");
    provider.behave({});
    expectSignedIn(restarted, await sameBrowser.get(callback));
  });
});
