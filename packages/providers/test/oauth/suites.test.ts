/** The thirteen providers, each in its world: `providerSuite`, and what becomes of each profile that was recorded. */
import type { AuthConfig, Provider } from "@latchkey/core";
import { providerSuite } from "@latchkey/core/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { OAuthOptions } from "../../src/oauth/definition.js";
import {
  apple,
  discord,
  epic,
  facebook,
  github,
  gitlab,
  google,
  linkedin,
  microsoft,
  slack,
  spotify,
  twitch,
  x,
} from "../../src/oauth/index.js";
import { sessionOf } from "./oidc-app.js";
import { TENANT } from "./openid-profiles.js";
import { PROVIDER_NAMES, type ProviderName, RECORDINGS } from "./profiles.js";
import { EMAIL, type Recording, type Said } from "./sources.js";
import { expectSignedIn, faultsOf, openApp, START, sessionCookies } from "./test-app.js";
import { agree, clientOf, comeBack, enterWorld, inWorld, visit, visitorOf } from "./world-visit.js";
import { APPLE_KEY, WORLDS } from "./worlds.js";

const FACTORIES: Record<ProviderName, (options: OAuthOptions) => Provider> = {
  ...{ google, github, gitlab, microsoft, linkedin, facebook, discord, spotify, twitch, epic, slack, x },
  apple: ({ clientSecret: _none, ...options }) => apple({ ...options, ...APPLE_KEY }),
};

/** The provider with the app's registration, and no option that it can do without. */
function providerOf(name: ProviderName, options: Partial<OAuthOptions> = {}): Provider {
  return FACTORIES[name]({ ...clientOf(WORLDS[name]), ...options });
}

for (const name of PROVIDER_NAMES) providerSuite(name, () => inWorld(providerOf(name), WORLDS[name], RECORDINGS[name]));

const clock = { now: START };

beforeEach(() => {
  clock.now = START;
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** An app with one provider, in that provider's world, and a visitor to both. */
async function openIn(name: ProviderName, config: Partial<AuthConfig> = {}, options: Partial<OAuthOptions> = {}) {
  const { place, recording } = { place: WORLDS[name], recording: RECORDINGS[name] as Recording };
  const world = await enterWorld(name, place, recording, () => clock.now);
  // X tells an address only where it is asked for.
  const scope = name === "x" ? { scope: "tweet.read users.read users.email" } : {};
  const app = openApp(clock, [providerOf(name, { ...scope, ...options })], config);
  const browser = app.browser();
  return { world, app, browser, visitor: visitorOf(browser), usual: recording.usual };
}

/** By provider, the id of the usual user there, and whether the provider ever says that the address is verified. */
const KNOWN: Record<ProviderName, readonly [id: string, says: "verified" | "an address" | "no address"]> = {
  google: ["10769150350006150715113082367", "verified"],
  github: ["583231", "verified"],
  gitlab: ["574", "verified"],
  microsoft: [`${TENANT}.AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ`, "verified"],
  linkedin: ["782bbtaQ", "verified"],
  facebook: ["10222012345678901", "an address"],
  discord: ["80351110224678912", "verified"],
  spotify: ["0f2b7c1e9d8a4f63", "an address"],
  twitch: ["713936733", "verified"],
  epic: ["9a1f3bd0c1df4b0d8f6b2ef5c6a0d1aa", "no address"],
  apple: ["000792.d71059495fa24644b94e4a644e2e3b4a.0638", "verified"],
  slack: ["T0R7GR.U0R7JM", "verified"],
  x: ["2244994945", "verified"],
};
/** They tell of no picture. */
const WITHOUT_PICTURE: readonly ProviderName[] = ["microsoft", "epic", "apple"];
const DISCORD_PICTURES = "https://cdn.discordapp.com/avatars/80351110224678912";

/** What an app learns of somebody. */
interface Learnt {
  email: string | null;
  isVerified: boolean;
  name: string | null;
  picture: string | null;
}

function usualOf(name: ProviderName): Learnt {
  const { usual }: Recording = RECORDINGS[name];
  const [, says] = KNOWN[name];
  const picture = name === "discord" ? `${DISCORD_PICTURES}/${usual.picture}.png` : ((usual.picture as string) ?? null);
  return {
    email: says === "no address" ? null : EMAIL,
    isVerified: says === "verified",
    name: usual.name as string,
    picture: WITHOUT_PICTURE.includes(name) ? null : picture,
  };
}

const HOSTILE: Said = {
  email: "ann@example.com\r\nBcc: all@example.com",
  verified: "yes",
  name: "Ann\r\nSet-Cookie: auth-session=x\u0000\u202e<script>",
  picture: "javascript:alert(1)",
};

/** Profiles as they were recorded: what is said, and what an app learns of it in place of the usual. */
const PROFILES: readonly [kind: string, said: Said, learnt: (name: ProviderName) => Partial<Learnt>][] = [
  ["usual", {}, () => ({})],
  ["without an address", { email: undefined, verified: undefined }, () => ({ email: null, isVerified: false })],
  // X tells confirmed addresses only; its `verified` is a mark for persons.
  ["with an unverified address", { verified: false }, (name) => ({ isVerified: name === "x" })],
  ["with a text for unverified", { verified: "false" }, (name) => ({ isVerified: name === "x" })],
  ["without a picture", { picture: undefined }, () => ({ picture: null })],
  [
    "of hostile strings",
    HOSTILE,
    (name) => ({
      ...{ email: null, isVerified: false, name: "Ann Set-Cookie: auth-session=x <script>" },
      // The name of a picture, at Discord's own host.
      picture: name === "discord" ? `${DISCORD_PICTURES}/javascript:alert(1).png` : null,
    }),
  ],
];

describe.each(PROVIDER_NAMES)("%s", (name) => {
  const [id] = KNOWN[name];

  test.each(PROFILES)("R-O6, R-O7, R-O10: a profile %s, with a database", async (_kind, said, changes) => {
    const { world, app, browser, visitor } = await openIn(name);
    const answer = await visit(visitor, world, name, said);
    expect(world.faults).toEqual([]);
    expectSignedIn(app, answer);

    const { email, isVerified, ...shown } = { ...usualOf(name), ...changes(name) };
    const kept = { ...shown, email: isVerified ? email : null };
    const found = await app.adapter.getUserWithAccount({ provider: name, providerAccountId: id });
    // Nobody here runs the mailboxes of example.com: the word of these providers is kept, and does not count as proof.
    expect(found?.user).toMatchObject({ ...kept, emailVerified: false, phone: null, disabledAt: null });
    expect(found?.account).toMatchObject({ provider: name, providerAccountId: id, passwordHash: null });
    expect(await sessionOf(browser)).toMatchObject({ type: "oauth", user: { id: found?.user.id, ...kept } });
    const row = JSON.stringify(found);
    for (const secret of world.secrets) expect(row).not.toContain(secret);
  });

  test.each(PROFILES)("R-O6: a profile %s, without a database", async (_kind, said, changes) => {
    const { world, app, browser, visitor } = await openIn(name, { adapter: undefined });
    const answer = await visit(visitor, world, name, said);
    expect(world.faults).toEqual([]);
    expectSignedIn(app, answer);
    const { isVerified, ...fields } = { ...usualOf(name), ...changes(name) };
    // An app that decides by the address of a session must not meet one that anybody may have typed.
    const shown = { ...fields, email: isVerified ? fields.email : null };
    const session = await sessionOf(browser);
    expect(session).toMatchObject({ type: "oauth", user: { id, ...shown } });
    for (const secret of world.secrets) expect(JSON.stringify(session)).not.toContain(secret);
  });

  test("the same user comes back, whatever the provider says by then", async () => {
    const { world, app, visitor } = await openIn(name);
    await visit(visitor, world, name);
    const first = await app.adapter.getUserWithAccount({ provider: name, providerAccountId: id });
    expectSignedIn(app, await visit(visitor, world, name, { email: "moved@example.com", name: "Somebody" }));
    const second = await app.adapter.getUserWithAccount({ provider: name, providerAccountId: id });
    expect(second?.user).toEqual(first?.user);
    expect(app.written.filter((method) => method.startsWith("createUser"))).toHaveLength(1);
  });

  test("R-O7: a trusted word proves the address", async () => {
    const { world, app, visitor } = await openIn(name, {}, { trustEmail: ["example.com"] });
    await visit(visitor, world, name);
    const found = await app.adapter.getUserWithAccount({ provider: name, providerAccountId: id });
    const { email, isVerified } = usualOf(name);
    expect(found?.user).toMatchObject({ email: isVerified ? email : null, emailVerified: isVerified });
  });

  test("R-O2: it is asked in its own words, for as little as it takes", async () => {
    const { world, visitor } = await openIn(name, {}, name === "x" ? { scope: WORLDS.x.scope } : {});
    const location = (await visitor.get(`/signin/${name}`)).headers.get("location") ?? "";
    expect(new URL(location).searchParams.get("scope")).toBe(WORLDS[name].scope);
    const comeback = world.authorize(location);
    expect(comeback.from).toBe(new URL(WORLDS[name].authorization).origin);
    expect(world.requests).toEqual([]);
  });

  test("R-O1: the same callback a second time signs nobody in, and costs the provider nothing", async () => {
    const { world, app, browser, visitor } = await openIn(name);
    const comeback = await agree(visitor, world, name);
    const cookies = [...browser.cookies];
    expectSignedIn(app, await comeBack(visitor, comeback));
    const asked = world.requests.length;
    const replaying = app.browser();
    for (const [cookie, value] of cookies) replaying.cookies.set(cookie, value);
    const answer = await comeBack(visitorOf(replaying), comeback);
    expect(answer.headers.get("location")).toBe("/login?error=sign_in_expired");
    expect(sessionCookies(answer)).toEqual([]);
    expect(world.requests).toHaveLength(asked);
  });
});

/** What is asked for beside the default, where a refresh token takes more. */
const FOR_REFRESH: Partial<Record<ProviderName, Partial<OAuthOptions>>> = {
  google: { authorizationParams: { access_type: "offline", prompt: "consent" } },
  microsoft: { scope: "openid profile email offline_access" },
  x: { scope: "tweet.read users.read offline.access" },
};
/** They give no refresh token to such an app. */
const NEVER_REFRESHED: readonly ProviderName[] = ["github", "linkedin", "facebook", "slack"];

describe("R-O13: access tokens", () => {
  test.each(PROVIDER_NAMES.filter((name) => !NEVER_REFRESHED.includes(name)))("%s renews them", async (name) => {
    const { world, app, browser, visitor } = await openIn(name, {}, FOR_REFRESH[name]);
    expectSignedIn(app, await visit(visitor, world, name));
    const userId = (await sessionOf(browser))?.user.id ?? "";
    const first = await app.auth.accounts.accessToken(userId, name);
    expect(await app.auth.accounts.accessToken(userId, name)).toBe(first);
    clock.now += 30 * 86_400_000;
    const second = await app.auth.accounts.accessToken(userId, name);
    expect([first === second, world.faults, faultsOf(app)]).toEqual([false, [], []]);
    for (const token of [first, second]) expect(token).toContain(world.secrets[0]);
  });

  test.each(NEVER_REFRESHED)("%s gives nothing to renew them with", async (name) => {
    const { world, app, browser, visitor } = await openIn(name);
    expectSignedIn(app, await visit(visitor, world, name));
    const account = await app.adapter.getAccount({ provider: name, providerAccountId: KNOWN[name][0] });
    expect(account?.refreshToken).toBeNull();
    const userId = (await sessionOf(browser))?.user.id ?? "";
    expect(await app.auth.accounts.accessToken(userId, name)).toContain(world.secrets[0]);
  });
});

describe("Apple posts its answer", () => {
  test("the form, with which no cookie comes, is sent on as a navigation, with which they come", async () => {
    const { world, app, visitor } = await openIn("apple");
    const [cookie = ""] = (await visitor.get("/signin/apple")).headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-auth-attempt-.*; HttpOnly; Secure; SameSite=Lax$/);
    const comeback = await agree(visitor, world, "apple");
    const posted = await visitorOf(app.browser()).submit(comeback.url, comeback.fields, comeback.from);
    expect([posted.status, posted.headers.getSetCookie(), app.written]).toEqual([303, [], []]);
    const answer = await visitor.get(new URL(posted.headers.get("location") ?? "", comeback.url).href);
    const [session = ""] = sessionCookies(answer);
    expect(session).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
    expect(answer.status).toBe(303);
  });

  test("an account is linked while signed in: the session comes with the navigation", async () => {
    const { world, app, browser, visitor } = await openIn("apple");
    const userId = await app.signedIn(browser);
    const { redirectUrl } = (await (await browser.post("/accounts/link/apple")).json()) as { redirectUrl: string };
    const comeback = await world.authorize(redirectUrl, {});
    const posted = await visitorOf(app.browser()).submit(comeback.url, comeback.fields, comeback.from);
    const answer = await visitor.get(new URL(posted.headers.get("location") ?? "", comeback.url).href);
    expect(answer.headers.get("location")).toBe("/");
    expect(await app.adapter.listAccounts(userId)).toMatchObject([{ provider: "apple" }]);
  });

  test("R-S3: who signs in again has one session: the one before ends", async () => {
    const { world, app, browser, visitor } = await openIn("apple");
    expectSignedIn(app, await visit(visitor, world, "apple"));
    const first = await sessionOf(browser);
    const comeback = await agree(visitor, world, "apple");
    const posted = await visitorOf(app.browser()).submit(comeback.url, comeback.fields, comeback.from);
    expectSignedIn(app, await visitor.get(new URL(posted.headers.get("location") ?? "", comeback.url).href));
    const live = await app.adapter.listSessions(first?.user.id ?? "", new Date(clock.now));
    expect(live.map(({ id }) => id)).toEqual([(await sessionOf(browser))?.id]);
  });

  test("R-S15: a form without the cookie of the attempt signs nobody in", async () => {
    const { world, app, visitor } = await openIn("apple");
    const comeback = await agree(visitor, world, "apple");
    const answer = await comeBack(visitorOf(app.browser()), comeback);
    expect(answer.headers.get("location")).toBe("/login?error=sign_in_expired");
    expect([sessionCookies(answer), app.written, world.requests]).toEqual([[], [], []]);
  });

  test("a refusal is posted, too", async () => {
    const { world, app, visitor } = await openIn("apple");
    const comeback = await agree(visitor, world, "apple");
    const { state = "" } = comeback.fields;
    const answer = await comeBack(visitor, { ...comeback, fields: { state, error: "user_cancelled_authorize" } });
    expect(answer.headers.get("location")).toBe("/login?error=access_denied");
    expect([app.written, world.requests]).toEqual([[], []]);
  });
});
