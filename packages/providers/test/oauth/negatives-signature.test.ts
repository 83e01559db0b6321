/** ID tokens whose signature or whose keys cannot be believed: R-O4, R-O11. */
import { exportJWK, exportSPKI, importJWK } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  announcing,
  type Behavior,
  CLIENT,
  type HostileProvider,
  openCanary,
  openProvider,
  publishing,
  type Rows,
  send,
  sendJson,
} from "./hostile-provider.js";
import { assembled, type Json, type SigningKey, signingKey, signToken } from "./hostile-tokens.js";
import {
  type App,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  openApp,
  providerOf,
  START,
  signIn,
} from "./test-app.js";

const clock = { now: START };
const HOUR_MS = 3_600_000;

let provider: HostileProvider;
let canary: Awaited<ReturnType<typeof openCanary>>;
let main: SigningKey;
let other: SigningKey;
let app: App;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
  canary = await openCanary();
  main = await signingKey("main");
  other = await signingKey("other");
});
beforeEach(() => {
  clock.now = START;
  provider.reset();
  canary.hits.length = 0;
  app = openApp(clock, [providerOf(provider)]);
});
afterEach(expectNoRejections);
afterAll(async () => {
  await provider.stop();
  await canary.stop();
});

function unsigned(alg: string, signature?: string): Behavior {
  return { idToken: (claims) => assembled({ alg, kid: "main" }, claims, signature) };
}

/** Signed as a shared secret signs, where the verifier may take any text that it holds for that secret. */
function withSecret(secret: Uint8Array | string, more: Behavior = {}): Behavior {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  return { ...more, idToken: (claims) => signToken(claims, { alg: "HS256", kid: "main" }, bytes) };
}

const SIGNATURE: Rows = [
  ["alg none", () => unsigned("none")],
  ["alg none, with a signature", () => unsigned("none", "c2lnbmF0dXJl")],
  ["alg None", () => unsigned("None")],
  ["alg NONE", () => unsigned("NONE")],
  ["alg nOnE", () => unsigned("nOnE")],
  ["alg empty", () => unsigned("")],
  ["alg none, announced by the provider", () => ({ ...unsigned("none"), ...announcing("none") })],
  ["no alg", () => ({ idToken: (claims) => assembled({ kid: "main" }, claims) })],
  ["alg a list", () => ({ idToken: (claims) => assembled({ alg: ["RS256"], kid: "main" }, claims) })],
  ["RS256 without a signature", () => unsigned("RS256")],
  ["RS256 with zeros for a signature", () => unsigned("RS256", Buffer.alloc(256).toString("base64url"))],
  ["HS256 with the client secret", () => withSecret(CLIENT.clientSecret)],
  ["HS256 with the client secret, announced", () => withSecret(CLIENT.clientSecret, announcing("HS256"))],
  ["HS256 with an empty secret", () => withSecret(new Uint8Array(1))],
  ["HS256 with the public key as PEM", async () => withSecret(await exportSPKI(main.publicKey))],
  ["HS256 with the public key as JWK", () => withSecret(JSON.stringify(main.publicJwk))],
  ["HS256 with the public key as DER", async () => withSecret(await derOf(main))],
  ["HS256 with the modulus", () => withSecret(Buffer.from(main.publicJwk.n ?? "", "base64url"))],
  ["HS256 with a published shared secret", () => withPublishedSecret()],
  ["PS256 with the right key, not announced", () => withAlgorithm("PS256")],
  ["RS512 with the right key, not announced", () => withAlgorithm("RS512")],
  ["ES256, published but not announced", () => withCurve({})],
  ["another key under the right kid", () => ({ key: { ...other, kid: "main" } })],
  ["another key that the token itself brings", () => bringing({ jwk: other.publicJwk })],
  ["another key by jku", () => bringing({ jku: `${canary.origin}/jwks` })],
  ["another key by x5u", () => bringing({ x5u: `${canary.origin}/x5u` })],
  ["an unknown kid", () => ({ header: (header) => ({ ...header, kid: "unknown" }) })],
  ["an empty kid", () => ({ header: (header) => ({ ...header, kid: "" }) })],
  ["a kid that is a path", () => ({ header: (header) => ({ ...header, kid: "../../../dev/null" }) })],
  ["a kid of 100 kB", () => ({ header: (header) => ({ ...header, kid: "k".repeat(100_000) }) })],
  ["no kid, and several keys", () => ({ ...withoutKid(), ...publishing(main.publicJwk, other.publicJwk) })],
  ["a key for encryption", () => publishing({ ...main.publicJwk, use: "enc" })],
  ["a key whose key_ops say encrypt", () => publishing({ ...main.publicJwk, use: undefined, key_ops: ["encrypt"] })],
  ["a key for another alg", () => publishing({ ...main.publicJwk, alg: "RS512" })],
  ["a crit header that nobody knows (RFC 7515 §4.1.11)", () => ({ idToken: withCrit })],
  ["a payload that was changed after signing", () => ({ idToken: (_, signed) => swapPayload(signed) })],
];

const KEYS: Rows = [
  ["no keys", () => publishing()],
  ["no list of keys", () => ({ jwks: () => ({}) })],
  ["keys that are no list", () => ({ jwks: () => ({ keys: { 0: main.publicJwk } }) })],
  ["keys that are no keys", () => ({ jwks: () => ({ keys: [null, 1, "x", []] }) })],
  ["a list in place of a key set", () => ({ jwks: () => [main.publicJwk] })],
  ["a key without a modulus", () => publishing({ kty: "RSA", kid: "main", use: "sig", alg: "RS256" })],
  ["a key that is garbage", () => publishing({ ...main.publicJwk, n: "!", e: "!" })],
  ["a key set that is no JSON", () => ({ jwks: () => "keys" })],
  ["a key set of type text/html", () => ({ respond: { jwks: (response) => send(response, 200, "text/html", "{}") } })],
  ["no key set", () => ({ respond: { jwks: (response) => sendJson(response, 404, {}) } })],
];

describe.each([
  ["signature", SIGNATURE],
  ["keys", KEYS],
] as const)("R-O4: an ID token is refused for its %s", (_group, rows) => {
  test.each(rows)("%s", async (_why, behavior) => {
    provider.behave(await behavior());
    expectRefused(app, await signIn(app.browser(), provider), "provider_rejected");
    expect(canary.hits).toEqual([]);
  });
});

describe("R-O4: an ID token is accepted", () => {
  test.each<Rows[number]>([
    ["signed with the one key there is", () => ({})],
    ["without kid, where there is one key", () => withoutKid()],
    ["with ES256, announced", () => withCurve(announcing("ES256"))],
    ["beside keys that we do not know", () => publishing({ kty: "XYZ", kid: "x" }, main.publicJwk)],
  ])("%s", async (_why, behavior) => {
    provider.behave(await behavior());
    expectSignedIn(app, await signIn(app.browser(), provider));
  });
});

test("R-O11: 1000 unknown kids fetch the keys at most once within the cool-down, and once more after it", async () => {
  expectSignedIn(app, await signIn(app.browser(), provider));
  expect(provider.count("jwks")).toBe(1);
  app.written.length = 0;

  provider.behave({ idToken: (claims) => assembled({ alg: "RS256", kid: crypto.randomUUID() }, claims, "AAAA") });
  for (let round = 0; round < 40; round++) {
    const answers = await Promise.all(Array.from({ length: 25 }, () => signIn(app.browser(), provider)));
    for (const answer of answers) expectRefused(app, answer, "provider_rejected");
  }
  expect(provider.count("token")).toBe(1001);
  expect(provider.count("jwks")).toBeLessThanOrEqual(2);

  const before = provider.count("jwks");
  clock.now += HOUR_MS;
  expectRefused(app, await signIn(app.browser(), provider), "provider_rejected");
  expect(provider.count("jwks")).toBe(before + 1);
});

function withoutKid(): Behavior {
  return { header: ({ kid, ...header }) => header };
}

/** Signed by a stranger, whose key the token itself names. */
function bringing(header: object): Behavior {
  return { key: { ...other, kid: "stranger" }, header: (right) => ({ ...right, ...header }) };
}

async function withAlgorithm(alg: string): Promise<Behavior> {
  const key = await importJWK(await exportJWK(main.privateKey), alg);
  const { alg: _, ...jwk } = main.publicJwk;
  return { ...publishing(jwk), idToken: (claims) => signToken(claims, { alg, kid: "main" }, key) };
}

async function withCurve(more: Behavior): Promise<Behavior> {
  const curve = await signingKey("curve", "ES256");
  return { ...more, ...publishing(main.publicJwk, curve.publicJwk), key: curve };
}

function withPublishedSecret(): Behavior {
  const secret = Buffer.from("a published secret of 32 bytes..");
  const published = { kty: "oct", kid: "main", use: "sig", alg: "HS256", k: secret.toString("base64url") };
  return withSecret(secret, { ...announcing("HS256"), ...publishing(published) });
}

async function derOf({ publicKey }: SigningKey): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
}

/** Signed rightly, over a header that asks for what no verifier knows. */
async function withCrit(claims: Json): Promise<string> {
  const [, payload] = assembled({}, claims).split(".");
  const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: "main", crit: ["x"], x: 1 })).toString("base64url");
  const data = new TextEncoder().encode(`${header}.${payload}`);
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", main.privateKey, data);
  return `${header}.${payload}.${Buffer.from(signature).toString("base64url")}`;
}

function swapPayload(signed: string): string {
  const [header, payload = "", signature] = signed.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Json;
  const swapped = Buffer.from(JSON.stringify({ ...claims, sub: "admin" })).toString("base64url");
  return [header, swapped, signature].join(".");
}
