/** What is written down of each provider, and what the options of some change. */
import { generateKeyPairSync } from "node:crypto";
import { AuthError, type Provider } from "@latchkey/core";
import { createLocalJWKSet, exportJWK, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { type AppleOptions, apple, signedSecret } from "../../src/oauth/apple.js";
import type { OAuthOptions } from "../../src/oauth/definition.js";
import { discord } from "../../src/oauth/discord.js";
import { epic } from "../../src/oauth/epic.js";
import { facebook, facebookFor, proofOf } from "../../src/oauth/facebook.js";
import { github } from "../../src/oauth/github.js";
import { gitlab, gitlabAt } from "../../src/oauth/gitlab.js";
import { google } from "../../src/oauth/google.js";
import { linkedin } from "../../src/oauth/linkedin.js";
import { microsoft, microsoftFor } from "../../src/oauth/microsoft.js";
import { plainBasic } from "../../src/oauth/plain-basic.js";
import { slack } from "../../src/oauth/slack.js";
import { spotify } from "../../src/oauth/spotify.js";
import { TWITCH, twitch } from "../../src/oauth/twitch.js";
import { x, xFor } from "../../src/oauth/x.js";
import { TENANT } from "./openid-profiles.js";
import { PROVIDER_NAMES, type ProviderName, RECORDINGS } from "./profiles.js";
import { CLIENT, type Recording, readProfile, sourcesOf } from "./sources.js";

const KEYS = generateKeyPairSync("ec", { namedCurve: "P-256" });
const APPLE_KEY = {
  clientId: "com.example.web",
  teamId: "TEAM567890",
  keyId: "KEY4567890",
  privateKey: KEYS.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
};
const { clientSecret: _none, ...WITHOUT_SECRET } = CLIENT;

const FACTORIES: Record<ProviderName, (options: OAuthOptions) => Provider> = {
  ...{ google, github, gitlab, microsoft, linkedin, facebook, discord, spotify, twitch, epic, slack, x },
  apple: ({ clientSecret: _, ...options }) => apple({ ...APPLE_KEY, ...options }),
};

/** The address of each endpoint of a provider, and its issuer. */
function addressesOf(name: ProviderName): string[] {
  const { server }: Recording["data"] = RECORDINGS[name].data;
  return Object.values(server).filter((value) => typeof value === "string");
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return "no error";
  } catch (error) {
    return error instanceof AuthError ? error.code : "another error";
  }
}

describe.each(PROVIDER_NAMES)("%s", (name) => {
  const { data }: Recording = RECORDINGS[name];

  test("is named like its file and its routes", () => {
    expect(data.id).toBe(name);
    const { routes } = FACTORIES[name](CLIENT);
    const posted = data.formPost ? [`POST /callback/${name}`] : [];
    expect(Object.keys(routes).sort()).toEqual(
      [`GET /signin/${name}`, `POST /signin/${name}`, `GET /callback/${name}`, `POST /accounts/link/${name}`]
        .concat(posted)
        .sort(),
    );
  });

  test("R-O11: is on https, at its own addresses", () => {
    for (const address of addressesOf(name)) expect(address).toMatch(/^https:\/\/[a-z0-9.]+\/?[\w/.{}-]*$/);
  });

  test("R-O4: ID tokens are asked for exactly where they are validated, and have keys and an issuer", () => {
    const { issuer, jwks_uri } = data.server as { issuer?: string; jwks_uri?: string };
    expect(jwks_uri !== undefined).toBe(data.openid);
    if (data.openid) expect(issuer ?? data.issuerOf).toBeDefined();
    // Apple has ID tokens without the scope.
    expect(data.scope.split(" ").includes("openid")).toBe(data.openid && name !== "apple");
  });

  test("R-O14: an option that it does not know is a mistake, told at start", () => {
    const misspelt = { ...CLIENT, clientSecrets: "x" };
    expect(codeOf(() => FACTORIES[name](misspelt))).toBe("config_invalid");
    expect(codeOf(() => FACTORIES[name]({ ...CLIENT, clientId: "" }))).toBe("config_invalid");
  });
});

test("R-O2: PKCE is left out for two only, and a nonce for one", () => {
  const named = (holds: (data: Recording["data"]) => boolean) =>
    PROVIDER_NAMES.filter((name) => holds(RECORDINGS[name].data));
  expect(named(({ pkce }) => pkce === false)).toEqual(["linkedin", "slack"]);
  expect(named(({ nonce }) => nonce === false)).toEqual(["linkedin"]);
});

test("Twitch is asked for each claim by name", () => {
  const claims = JSON.parse(TWITCH.authorizationParams?.claims ?? "{}");
  expect(Object.keys(claims.id_token).sort()).toEqual(["email", "email_verified", "picture", "preferred_username"]);
});

describe("R-O5: Microsoft's tenants", () => {
  const CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad";
  const issuer = (tid: string) => `https://login.microsoftonline.com/${tid}/v2.0`;
  const OTHER = "82229342-1101-4ab6-817b-70c0747630f3";

  test.each([
    // tenant          tid of the token   admitted
    ["common", TENANT, true],
    ["common", CONSUMERS, true],
    ["organizations", TENANT, true],
    ["organizations", CONSUMERS, false], // a personal account is in no organization
    ["consumers", CONSUMERS, true],
    ["consumers", TENANT, false],
    [TENANT, TENANT, true],
    [TENANT.toUpperCase(), TENANT, true],
    [TENANT, OTHER, false],
    [TENANT, CONSUMERS, false],
    [CONSUMERS, CONSUMERS, true],
  ])("for %s, a token of %s: %s", (tenant, tid, admitted) => {
    expect(microsoftFor(tenant).issuerOf?.({ tid, iss: "whatever" })).toBe(admitted ? issuer(tid) : null);
  });

  test("R-T2: for everybody the keys follow the kind of account: a tenant's speak for no personal one, nor the other way round", () => {
    const { keysOf } = microsoftFor("common");
    expect(keysOf?.({ tid: CONSUMERS })).toBe("https://login.microsoftonline.com/consumers/discovery/v2.0/keys");
    expect(keysOf?.({ tid: TENANT })).toBe("https://login.microsoftonline.com/organizations/discovery/v2.0/keys");
    for (const tenant of ["organizations", "consumers", TENANT]) expect(microsoftFor(tenant).keysOf).toBeUndefined();
  });

  test.each([
    undefined,
    null,
    "",
    "common",
    "{tenantid}",
    TENANT.toUpperCase(), // one user would have two keys
    `${TENANT}/v2.0/../../${OTHER}`,
    `${TENANT}\n`,
    { toString: () => TENANT },
    [TENANT],
  ])("%j is no tenant", (tid) => {
    for (const tenant of ["common", "organizations", "consumers", TENANT])
      expect(microsoftFor(tenant).issuerOf?.({ tid })).toBeNull();
  });

  test.each(["", "example.com", "COMMON ", "../common", "common/oauth2"])("%j is not an option", (tenant) => {
    expect(codeOf(() => microsoft({ ...CLIENT, tenant }))).toBe("config_invalid");
  });

  test("the tenant's own endpoints and keys are used", () => {
    expect(microsoftFor(TENANT).server).toEqual({
      issuer: issuer(TENANT),
      authorization_endpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/authorize`,
      token_endpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
      jwks_uri: `https://login.microsoftonline.com/${TENANT}/discovery/v2.0/keys`,
    });
  });
});

describe("GitLab elsewhere", () => {
  test.each([
    ["https://gitlab.example.com", "https://gitlab.example.com"],
    ["https://gitlab.example.com/", "https://gitlab.example.com"],
    ["https://example.com:8443/gitlab//?a=b", "https://example.com:8443/gitlab"],
  ])("%s is the issuer %s", (baseUrl, issuer) => {
    expect(gitlabAt(baseUrl).server).toMatchObject({ issuer, token_endpoint: `${issuer}/oauth/token` });
  });

  test.each(["http://gitlab.example.com", "gitlab.example.com", "https://a:b@gitlab.example.com", ""])(
    "%j is no place for a secret",
    (baseUrl) => {
      expect(codeOf(() => gitlab({ ...CLIENT, baseUrl }))).toBe("config_invalid");
    },
  );
});

describe("requests to the providers' APIs", () => {
  /** The address that a profile is read from. */
  async function askedBy(data: Recording["data"]): Promise<URL> {
    const urls: string[] = [];
    const get = async (url: string) => void urls.push(url);
    await data.profile?.({ ...sourcesOf({}), get });
    return new URL(urls[0] ?? "");
  }

  test.each([
    [undefined, "profile_image_url"],
    ["tweet.read users.read", "profile_image_url"],
    ["tweet.read users.read users.email", "profile_image_url,confirmed_email"],
    [["tweet.read", "users.read", "users.email"], "profile_image_url,confirmed_email"],
    ["tweet.read users.read users.email2", "profile_image_url"],
  ] as const)("X with the scopes %j is asked for %s", async (scope, fields) => {
    const { searchParams } = await askedBy(xFor({ ...CLIENT, ...(scope !== undefined && { scope }) }));
    expect(searchParams.get("user.fields")).toBe(fields);
  });

  test("Facebook: requests are signed with the app's secret, where there is one", async () => {
    const signed = await askedBy(facebookFor("app-secret"));
    expect(signed.searchParams.get("appsecret_proof")).toBe(await proofOf("token-1", "app-secret"));
    expect((await askedBy(facebookFor(undefined))).searchParams.has("appsecret_proof")).toBe(false);
  });

  test("Facebook's proof is HMAC-SHA-256 (RFC 4231 §4.3)", async () => {
    expect(await proofOf("what do ya want for nothing?", "Jefe")).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });
});

describe("client authentication", () => {
  async function sentBy(options: OAuthOptions) {
    const body = new URLSearchParams();
    const headers = new Headers();
    await plainBasic(options)(body, headers, new Date(0));
    return { body: String(body), authorization: headers.get("authorization") };
  }

  test("HTTP Basic has id and secret as they are, for who does not decode them", async () => {
    const sent = await sentBy({ clientId: "a-b_c", clientSecret: "d/e+f=-_" });
    expect(sent).toEqual({ body: "", authorization: `Basic ${Buffer.from("a-b_c:d/e+f=-_").toString("base64")}` });
  });

  test("a public client names itself, and proves nothing", async () => {
    expect(await sentBy(WITHOUT_SECRET)).toEqual({ body: "client_id=client-1", authorization: null });
  });
});

describe("Apple's client secret", () => {
  async function secretAt(seconds: number): Promise<string> {
    const body = new URLSearchParams();
    await signedSecret(APPLE_KEY)(body, new Headers(), new Date(seconds * 1000));
    expect(body.get("client_id")).toBe(APPLE_KEY.clientId);
    return body.get("client_secret") ?? "";
  }

  test("is signed with the app's key, for Apple, and for five minutes of the app's own clock", async () => {
    const now = 1_767_225_600;
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(KEYS.publicKey)), kid: APPLE_KEY.keyId }] });
    const { payload, protectedHeader } = await jwtVerify(await secretAt(now), keys, {
      currentDate: new Date(now * 1000),
    });
    expect(protectedHeader).toEqual({ alg: "ES256", kid: APPLE_KEY.keyId });
    expect(payload).toEqual({
      iss: APPLE_KEY.teamId,
      sub: APPLE_KEY.clientId,
      aud: "https://appleid.apple.com",
      iat: now,
      exp: now + 300,
    });
  });

  test("is made anew for each request", async () => {
    expect(await secretAt(1_767_225_600)).not.toBe(await secretAt(1_767_225_601));
  });

  test.each([
    ["teamId", ""],
    ["keyId", undefined],
    ["privateKey", undefined],
    ["privateKey", "KEY4567890"], // the id in place of the key
  ])("R-O14: %s %j is refused at start", (name, value) => {
    const options = { ...APPLE_KEY, [name]: value } as AppleOptions;
    expect(codeOf(() => apple(options))).toBe("config_invalid");
  });

  test("R-L2: a key of another kind is refused without showing it", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const authenticate = signedSecret({ ...APPLE_KEY, privateKey: pem });
    const error = await Promise.resolve(authenticate(new URLSearchParams(), new Headers(), new Date())).catch((e) => e);
    expect(error).toMatchObject({ code: "config_invalid", message: expect.not.stringContaining(pem.slice(30, 60)) });
  });
});

describe("Apple's name comes through the browser", () => {
  const claims = { sub: "1", email: "ann@example.com", email_verified: true };
  const { data } = RECORDINGS.apple;

  test.each([
    ['{"name":{"firstName":"Ann","lastName":"Lee"},"email":"ann@example.com"}', "Ann Lee"],
    ['{"name":{"firstName":"Ann"}}', "Ann"],
    ['{"name":{"firstName":{},"lastName":["Lee"]}}', ""],
    ['{"name":"Ann"}', ""],
    ["null", ""],
    ["{", undefined],
  ])("of %s it is %j", async (user, name) => {
    expect(await readProfile(data, { claims, params: { user } })).toEqual({ ...claims, name });
  });

  test("R-S1: nothing else of it is believed", async () => {
    const user = '{"sub":"2","email":"victim@icloud.com","email_verified":true,"name":{"firstName":"Ann"}}';
    const profile = await readProfile(data, {
      claims: { sub: "1" },
      params: { user, sub: "3", email: "victim@icloud.com" },
    });
    expect(data.identity(profile)).toEqual({ subject: "1", email: undefined, emailVerified: false, name: "Ann" });
  });
});
