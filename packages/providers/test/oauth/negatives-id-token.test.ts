/** ID tokens whose claims cannot be believed: the negatives of the OpenID relying-party certification, and more. */
import { CompactEncrypt } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { custom } from "../../src/oauth/index.js";
import { type Behavior, CLIENT, claim, type HostileProvider, openProvider, type Rows } from "./hostile-provider.js";
import { halfHash, type Json } from "./hostile-tokens.js";
import {
  type App,
  begin,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  openApp,
  providerOf,
  START,
  signIn,
} from "./test-app.js";

const clock = { now: START };
const NOW = START / 1000;
const HOUR = 3600;
/** Sizes in characters. */
const MEGABYTE = 1024 * 1024;
const LONGEST_SUBJECT = 255;

let provider: HostileProvider;
let app: App;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(() => {
  clock.now = START;
  provider.reset();
  app = openApp(clock, [providerOf(provider)]);
});
afterEach(expectNoRejections);
afterAll(() => provider.stop());

async function expectRejected(behavior: Behavior): Promise<void> {
  provider.behave(behavior);
  expectRefused(app, await signIn(app.browser(), provider), "provider_rejected");
}

test("what the rows below change is accepted without the change", async () => {
  expectSignedIn(app, await signIn(app.browser(), provider));
  expect(app.written).toEqual(expect.arrayContaining(["createSession"]));
});

const ISSUER: Rows = [
  ["another issuer", () => claim("iss", "https://evil.example")],
  ["a slash more: compared exactly", () => claim("iss", `${provider.issuer}/`)],
  ["another case: compared exactly", () => claim("iss", provider.issuer.replace("http", "HTTP"))],
  ["the issuer and more", () => claim("iss", `${provider.issuer}.evil.example`)],
  ["percent-encoded", () => claim("iss", provider.issuer.replace("127", "%3127"))],
  ["a space more", () => claim("iss", `${provider.issuer} `)],
  ["the default port written out", () => claim("iss", "http://127.0.0.1:80")],
  ["none", () => claim("iss", undefined)],
  ["null", () => claim("iss", null)],
  ["a number", () => claim("iss", 42)],
  ["a list", () => claim("iss", [provider.issuer])],
  ["empty", () => claim("iss", "")],
];

const AUDIENCE: Rows = [
  ["none", () => claim("aud", undefined)],
  ["null", () => claim("aud", null)],
  ["another client", () => claim("aud", "client-2")],
  ["our id and more", () => claim("aud", `${CLIENT.clientId}0`)],
  ["another case", () => claim("aud", CLIENT.clientId.toUpperCase())],
  ["a number", () => claim("aud", 1)],
  ["an object", () => claim("aud", { 0: CLIENT.clientId })],
  ["empty", () => claim("aud", "")],
  ["an empty list", () => claim("aud", [])],
  ["a list without us", () => claim("aud", ["client-2", "client-3"])],
  ["a list in a list", () => claim("aud", [[CLIENT.clientId]])],
  ["both of us in one text", () => claim("aud", `${CLIENT.clientId} client-2`)],
  ["several without azp", () => claim("aud", [CLIENT.clientId, "client-2"])],
  [
    "several with another azp",
    () => ({ claims: (claims) => ({ ...claims, aud: [CLIENT.clientId, "client-2"], azp: "client-2" }) }),
  ],
  ["one, with another azp", () => claim("azp", "client-2")],
  ["azp a number", () => claim("azp", 1)],
  ["azp a list with us", () => claim("azp", [CLIENT.clientId])],
];

const NONCE: Rows = [
  ["none", () => claim("nonce", undefined)],
  ["another", () => claim("nonce", "0".repeat(43))],
  ["empty", () => claim("nonce", "")],
  ["null", () => claim("nonce", null)],
  ["a number", () => claim("nonce", 0)],
  ["a list with the right one", () => ({ claims: (claims) => ({ ...claims, nonce: [claims.nonce] }) })],
  [
    "the right one in capitals",
    () => ({ claims: (claims) => ({ ...claims, nonce: `${claims.nonce}`.toUpperCase() }) }),
  ],
];

const TIMES: Rows = [
  ["expired", () => claim("exp", NOW - HOUR)],
  ["expired two minutes ago, past any skew", () => claim("exp", NOW - 120)],
  ["exp zero", () => claim("exp", 0)],
  ["exp negative", () => claim("exp", -1)],
  ["no exp", () => claim("exp", undefined)],
  ["exp null", () => claim("exp", null)],
  ["exp a text", () => claim("exp", String(NOW + HOUR))],
  ["exp a date", () => claim("exp", "2099-01-01T00:00:00Z")],
  ["exp a list", () => claim("exp", [NOW + HOUR])],
  ["no iat", () => claim("iat", undefined)],
  ["iat null", () => claim("iat", null)],
  ["iat a text", () => claim("iat", String(NOW))],
  ["iat an hour ahead", () => claim("iat", NOW + HOUR)],
  ["iat in milliseconds", () => claim("iat", START)],
  ["nbf an hour ahead", () => claim("nbf", NOW + HOUR)],
  ["nbf a text", () => claim("nbf", String(NOW))],
];

const SUBJECT: Rows = [
  ["none", () => claim("sub", undefined)],
  ["null", () => claim("sub", null)],
  ["empty", () => claim("sub", "")],
  ["a number", () => claim("sub", 42)],
  ["a list", () => claim("sub", ["ann"])],
  ["an object", () => claim("sub", { id: "ann" })],
  ["1 MB", () => claim("sub", "a".repeat(MEGABYTE))],
  ["256 characters: at most 255 (OpenID Connect Core §2)", () => claim("sub", "a".repeat(LONGEST_SUBJECT + 1))],
  ["with NUL, which no database keeps", () => claim("sub", "ann\0")],
];

const HASHES: Rows = [
  ["at_hash of another access token", () => claim("at_hash", halfHash("another"))],
  ["at_hash empty", () => claim("at_hash", "")],
  ["at_hash a number", () => claim("at_hash", 1)],
  ["at_hash null", () => claim("at_hash", null)],
  ["at_hash of all of the hash", () => claim("at_hash", "A".repeat(43))],
  ["c_hash of another code", () => claim("c_hash", halfHash("another"))],
];

const FORM: Rows = [
  ["none", () => ({ tokenResponse: ({ id_token, ...rest }) => rest })],
  ["null", () => ({ idToken: () => null })],
  ["empty", () => ({ idToken: () => "" })],
  ["a number", () => ({ idToken: () => 42 })],
  ["its claims", () => ({ idToken: (claims) => claims })],
  ["a list with it", () => ({ idToken: (_, signed) => [signed] })],
  ["two dots", () => ({ idToken: () => ".." })],
  ["one dot", () => ({ idToken: () => "." })],
  ["two parts", () => ({ idToken: (_, signed) => signed.split(".", 2).join(".") })],
  ["four parts", () => ({ idToken: (_, signed) => `${signed}.` })],
  ["garbage", () => ({ idToken: () => "garbage" })],
  ["a header that is no JSON", () => ({ idToken: (_, signed) => signed.replace(/^[^.]+/, "bm8") })],
  ["a header that is null", () => ({ idToken: (_, signed) => signed.replace(/^[^.]+/, "bnVsbA") })],
  ["claims that are a list", () => ({ claims: (claims) => [claims] })],
  ["claims without anything", () => ({ claims: () => ({}) })],
  ["line breaks around it", () => ({ idToken: (_, signed) => `${signed}\r\n` })],
  ["encrypted for us (JWE), never asked for", () => ({ idToken: (_, signed) => encrypted(signed) })],
  ["an access token (RFC 9068)", () => ({ ...claim("nonce", undefined), header: withType("at+jwt") })],
  ["an access token with a nonce", () => ({ header: withType("at+jwt") })],
  ["a logout token", () => ({ claims: logoutClaims, header: withType("logout+jwt") })],
];

const GROUPS: readonly (readonly [string, Rows])[] = [
  ["issuer", ISSUER],
  ["audience", AUDIENCE],
  ["nonce", NONCE],
  ["times", TIMES],
  ["subject", SUBJECT],
  ["hashes", HASHES],
  ["form", FORM],
];

describe.each(GROUPS)("R-O4: an ID token is refused for its %s", (_group, rows) => {
  test.each(rows)("%s", async (_why, behavior) => {
    await expectRejected(await behavior());
  });
});

describe("R-O4: an ID token is accepted", () => {
  test.each<Rows[number]>([
    ["for a list with us alone", () => claim("aud", [CLIENT.clientId])],
    [
      "for several, with azp us",
      () => ({ claims: (claims) => ({ ...claims, aud: ["client-2", CLIENT.clientId], azp: CLIENT.clientId }) }),
    ],
    ["for one, with azp us", () => claim("azp", CLIENT.clientId)],
    ["without at_hash, which is optional with a code", () => claim("at_hash", undefined)],
    ["from a clock that is half a minute ahead", () => claim("iat", NOW + 30)],
    ["with the longest subject", () => claim("sub", "a".repeat(LONGEST_SUBJECT))],
  ])("%s", async (_why, behavior) => {
    // UserInfo names the subject that the token has.
    const told: Json = {};
    const { claims, ...rest } = await behavior();
    provider.behave({
      ...rest,
      claims: (right) => Object.assign(told, claims?.(right) ?? right),
      userInfo: (right) => ({ ...right, sub: told.sub }),
    });
    expectSignedIn(app, await signIn(app.browser(), provider));
  });
});

describe("R-S19: max_age", () => {
  const MAX_AGE = 600;
  beforeEach(() => {
    app = openApp(clock, [providerOf(provider, { maxAge: MAX_AGE })]);
  });

  test.each<Rows[number]>([
    ["older than asked for", () => claim("auth_time", NOW - MAX_AGE - 120)],
    ["none", () => claim("auth_time", undefined)],
    ["null", () => claim("auth_time", null)],
    ["a text", () => claim("auth_time", String(NOW))],
    ["negative", () => claim("auth_time", -1)],
    ["an hour ahead", () => claim("auth_time", NOW + HOUR)],
  ])("auth_time is refused: %s", async (_why, behavior) => {
    await expectRejected(await behavior());
  });

  test("it is asked for in seconds, and an auth_time within it is accepted", async () => {
    provider.behave(claim("auth_time", NOW - MAX_AGE));
    const browser = app.browser();
    const target = await begin(browser);
    expect(new URL(target).searchParams.get("max_age")).toBe("600");
    expectSignedIn(app, await browser.get(provider.authorize(target).href));
  });
});

describe("an ID token of another attempt", () => {
  test("OpenID Connect Core §15.5.2: one that was issued earlier, to the same user", async () => {
    let first = "";
    provider.behave({ idToken: (_, signed) => (first ||= signed), claims: ({ at_hash, ...claims }) => claims });
    expectSignedIn(app, await signIn(app.browser(), provider));
    app.written.length = 0;
    expectRefused(app, await signIn(app.browser(), provider), "provider_rejected");
  });

  test("one that another provider of the app issued", async () => {
    const second = await openProvider({ now: () => clock.now });
    app = openApp(clock, [providerOf(provider), providerOf(second, { id: "second" })]);
    second.behave({ claims: (claims) => ({ ...claims, iss: provider.issuer }) });
    expectRefused(app, await signIn(app.browser(), second, "second"), "provider_rejected");
    await second.stop();
  });

  test("custom() with openid refuses an answer without an ID token", async () => {
    const { issuer } = provider;
    const plain = custom({
      ...CLIENT,
      id: "plain",
      issuer,
      openid: true,
      authorizationEndpoint: `${issuer}/authorize`,
      tokenEndpoint: `${issuer}/token`,
      userInfoEndpoint: `${issuer}/userinfo`,
      jwksUri: `${issuer}/jwks`,
      identity: ({ sub, email }) => ({ subject: sub, email }),
    });
    app = openApp(clock, [plain]);
    provider.behave({ tokenResponse: ({ id_token, ...rest }) => rest });
    expectRefused(app, await signIn(app.browser(), provider, "plain"), "provider_rejected");
    provider.behave({});
    expectSignedIn(app, await signIn(app.browser(), provider, "plain"));
  });
});

function withType(typ: string): Behavior["header"] {
  return (header) => ({ ...header, typ });
}

function encrypted(signed: string): Promise<string> {
  const key = new TextEncoder().encode(CLIENT.clientSecret.padEnd(32, "0").slice(0, 32));
  const plain = new TextEncoder().encode(signed);
  return new CompactEncrypt(plain).setProtectedHeader({ alg: "dir", enc: "A256GCM", cty: "JWT" }).encrypt(key);
}

function logoutClaims({ iss, sub, aud, iat, exp }: Json): Json {
  const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
  return { iss, sub, aud, iat, exp, jti: "1", events };
}
