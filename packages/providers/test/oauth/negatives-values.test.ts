/** Values that no header, column or key takes, and settings that could not work: each refused where it comes in. */
import { type AuthConfig, createAuth, isAuthError } from "@latchkey/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { OAuthProviderData } from "../../src/oauth/definition.js";
import { holdsFurther } from "../../src/oauth/id-token.js";
import { custom, oauthProvider, oidc } from "../../src/oauth/index.js";
import { CLIENT, type HostileProvider, openProvider } from "./hostile-provider.js";
import { assembled, halfHash, type Json, type SigningKey, signingKey, signToken } from "./hostile-tokens.js";
import {
  APP,
  type App,
  begin,
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

const clock = { now: START };
let provider: HostileProvider;
let app: App;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(() => {
  provider.reset();
  app = openApp(clock, [plain(), providerOf(provider)]);
});
afterEach(expectNoRejections);
afterAll(() => provider.stop());

/** The hostile server as a provider without ID tokens. */
function plain(options: Partial<Parameters<typeof custom>[0]> = {}) {
  const { issuer } = provider;
  const endpoints = { authorizationEndpoint: `${issuer}/authorize`, tokenEndpoint: `${issuer}/token` };
  return custom({ ...CLIENT, ...endpoints, id: "plain", userInfoEndpoint: `${issuer}/userinfo`, ...options });
}

describe("R-O10, F-21: a token that cannot be used is refused, and told to nobody", () => {
  const SECRET = "token-5c1e";
  test.each([
    ["a line break", `${SECRET}\nx`],
    ["beyond Latin 1", `${SECRET}\u0100`],
    ["NUL", `${SECRET}\0`],
    ["a tab", `${SECRET}\tx`],
    ["beyond all measure", SECRET.repeat(2000)],
  ])("%s", async (_why, access_token) => {
    provider.behave({ tokenResponse: ({ id_token, ...body }) => ({ ...body, access_token }) });
    expectRefused(app, await signIn(app.browser(), provider, "plain"), "provider_rejected");
    expect([faultsOf(app), JSON.stringify(app.failures).includes(SECRET)]).toEqual([[], false]);
  });

  test("a refresh token, too", async () => {
    provider.behave({ tokenResponse: ({ id_token, ...body }) => ({ ...body, refresh_token: "r\0" }) });
    expectRefused(app, await signIn(app.browser(), provider, "plain"), "provider_rejected");
  });

  test("scopes with NUL are left out: no database keeps them", async () => {
    provider.behave({ tokenResponse: (body) => ({ ...body, scope: "openid\0email" }) });
    expectSignedIn(app, await signIn(app.browser(), provider));
    const account = await app.adapter.getAccount({ provider: "oidc", providerAccountId: "ann" });
    expect(account?.scope ?? null).toBeNull();
  });
});

test("R-O7: what the ID token says of one address does not verify another of UserInfo", async () => {
  const dates = { createdAt: new Date(START), updatedAt: new Date(START) };
  app = openApp(clock, [providerOf(provider, { trustEmail: true })]);
  await app.adapter.createUser({ id: "bob", email: "bob@example.com", emailVerified: true, ...dates });
  provider.behave({
    claims: (claims) => ({ ...claims, email: "ann@example.com", email_verified: true }),
    userInfo: ({ email_verified, ...claims }) => ({ ...claims, email: "bob@example.com" }),
  });
  const answer = await signIn(app.browser(), provider);
  expect(locationOf(answer)).toBe("/login?error=account_link_required");
  expect(await app.adapter.listAccounts("bob")).toEqual([]);
});

describe("R-O3, R-O14: settings that could not work are mistakes, told at start", () => {
  const at = (path: string, id: string) => plain({ id, redirectUri: `${APP}${path}` });
  test.each<[why: string, providers: () => AuthConfig["providers"]]>([
    ["two providers with one redirect URI", () => [at("/back", "one"), at("/back", "two")]],
    ["the callback of another provider", () => [at("/auth/callback/two", "one"), plain({ id: "two" })]],
    ["a route of the engine", () => [at("/auth/session", "one")]],
    ["trustEmail without a list", () => [oidc({ ...CLIENT, issuer: APP, trustEmail: "example.com" as never })]],
    ["trustEmail null", () => [oidc({ ...CLIENT, issuer: APP, trustEmail: null as never })]],
    ["nobody to say who it is", () => [plain({ userInfoEndpoint: undefined as never })]],
  ])("%s", (_why, providers) => {
    const start = () =>
      createAuth({ secret: "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2", baseUrl: APP, providers: providers() ?? [] });
    expect(isAuthError(thrownBy(start), "config_invalid")).toBe(true);
  });

  test("a provider's own callback is no other's", () => {
    const providers = [at("/auth/callback/one", "one"), at("/back", "two")];
    expect(
      createAuth({ secret: "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2", baseUrl: APP, providers }).callbackPaths,
    ).toHaveLength(2);
  });
});

test("OpenID Connect Core §3.1.3.6: at_hash of a token signed with Ed25519 is by SHA-512", async () => {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", new TextEncoder().encode("access")));
  const at_hash = Buffer.from(digest.slice(0, 32)).toString("base64url");
  const iat = START / 1000;
  const id_token = assembled({ alg: "Ed25519" }, {}, "c2ln");
  const expected = { clientId: "client-1", code: "code", now: new Date(START) };
  expect(await holdsFurther({ iat, at_hash }, { access_token: "access", id_token }, expected)).toBe(true);
  expect(await holdsFurther({ iat, at_hash: halfHash("access") }, { access_token: "access", id_token }, expected)).toBe(
    false,
  );
});

describe("R-T2: keys of two addresses, asked for at once", () => {
  const HOME = "https://idp.example";
  afterEach(() => void vi.unstubAllGlobals());

  test("are never taken for each other", async () => {
    const keys = { a: await signingKey("a"), b: await signingKey("b") };
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    vi.stubGlobal("fetch", serverWith(keys, held));
    const both = openApp(clock, [oauthProvider(twoSets(HOME), CLIENT)]);
    const [first, second] = [both.browser(), both.browser()];
    const waiting = first.get(await callbackFor(first, "a.a"));
    const other = second.get(await callbackFor(second, "b.b"));
    release();
    expectSignedIn(both, await waiting);
    expectSignedIn(both, await other);
    both.written.length = 0;
    const forged = both.browser();
    expectRefused(both, await forged.get(await callbackFor(forged, "b.a")), "provider_rejected");
  });

  /** A code says whose set the token claims to be of, and which key signs it: `"b.a"`. The keys of `a` are slow. */
  function serverWith(keys: Record<"a" | "b", SigningKey>, held: Promise<void>) {
    const json = (body: unknown) =>
      new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
    return async (url: string, init: { body?: URLSearchParams }): Promise<Response> => {
      if (url === `${HOME}/keys/a`) await held;
      if (url.startsWith(`${HOME}/keys/`)) return json({ keys: [keys[url.slice(-1) as "a" | "b"].publicJwk] });
      const [set = "a", signer = "a", nonce] = (init.body?.get("code") ?? "").split(".");
      const key = keys[signer as "a" | "b"];
      const now = Math.floor(clock.now / 1000);
      const claims = { iss: `${HOME}/${set}`, aud: CLIENT.clientId, sub: "ann", iat: now, exp: now + 60, nonce, set };
      const id_token = await signToken(claims, { alg: "RS256", kid: key.kid }, key.privateKey);
      return json({ access_token: "access", token_type: "Bearer", id_token });
    };
  }

  function twoSets(home: string): OAuthProviderData {
    const endpoints = { authorization_endpoint: `${home}/authorize`, token_endpoint: `${home}/token` };
    return {
      id: "sets",
      name: "Two sets",
      server: { ...endpoints, jwks_uri: `${home}/keys/a` },
      scope: "openid",
      openid: true,
      issuerOf: ({ set }) => `${home}/${set}`,
      keysOf: ({ set }) => `${home}/keys/${set}`,
      identity: ({ set, sub }: Json) => ({ subject: `${set}.${sub}` }),
    };
  }

  async function callbackFor(browser: ReturnType<App["browser"]>, code: string): Promise<string> {
    const { searchParams } = new URL(await begin(browser, "sets"));
    const query = new URLSearchParams({
      code: `${code}.${searchParams.get("nonce")}`,
      state: searchParams.get("state") ?? "",
    });
    return `/callback/sets?${query}`;
  }
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
}
