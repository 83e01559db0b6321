/**
 * The defects of two earlier SDKs (CONTRACT C) in signing in with somebody else, by their number: none of them may occur here. What is
 * refused beyond them: the `negatives-…` files.
 */
import type { AuthConfig } from "@latchkey/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { github, google } from "../../src/oauth/index.js";
import { sessionOf } from "./oidc-app.js";
import { RECORDINGS } from "./profiles.js";
import { EMAIL, type Recording } from "./sources.js";
import { changed, expectNothing, expectRefused, expectSignedIn, locationOf, openApp, START } from "./test-app.js";
import { agree, clientOf, comeBack, enterWorld, visit, visitorOf } from "./world-visit.js";
import { WORLDS } from "./worlds.js";

const clock = { now: START };
const GOOGLE = { id: "google", providerAccountId: "10769150350006150715113082367" } as const;
const GITHUB = { id: "github", providerAccountId: "583231" } as const;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Both providers, in both worlds: each is asked at its own addresses. */
async function openWorlds(recording: Recording = RECORDINGS.github, config: Partial<AuthConfig> = {}) {
  const atGoogle = await enterWorld("google", WORLDS.google, RECORDINGS.google, () => clock.now);
  const atGithub = await enterWorld("github", WORLDS.github, recording, () => clock.now);
  const forms: URLSearchParams[] = [];
  const accepted: string[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    if (init.body) forms.push(new URLSearchParams(String(init.body)));
    if (init.body) accepted.push(new Headers(init.headers).get("accept") ?? "");
    return (/github/.test(new URL(url).host) ? atGithub : atGoogle).fetch(url, init);
  });
  const providers = [google(clientOf(WORLDS.google)), github(clientOf(WORLDS.github))];
  const app = openApp(clock, providers, config);
  const browser = app.browser();
  const visitor = visitorOf(browser);
  return { app, browser, visitor, atGoogle, atGithub, /** Bodies of requests for tokens. */ forms, accepted };
}

/** GitHub, which says of somebody that these are their addresses. */
function withAddresses(emails: readonly { email: string; verified: boolean; primary: boolean }[]): Recording {
  const { github: recording } = RECORDINGS;
  return {
    ...recording,
    answers(said) {
      const { get } = recording.answers(said);
      return { get: { ...get, "https://api.github.com/user/emails": emails } };
    },
  };
}

/** A user who is here already, by other means. */
async function victim({ app }: Awaited<ReturnType<typeof openWorlds>>, emailVerified = true) {
  const dates = { createdAt: new Date(START), updatedAt: new Date(START) };
  return app.adapter.createUser({ id: "victim", email: EMAIL, emailVerified, ...dates });
}

describe("B29: who somebody is", () => {
  test("B29: another address at the provider is the same user", async () => {
    const { app, browser, visitor, atGoogle } = await openWorlds();
    await visit(visitor, atGoogle, "google");
    const before = (await sessionOf(browser))?.user.id;
    await visit(visitor, atGoogle, "google", { email: "moved@example.com" });
    expect((await sessionOf(browser))?.user.id).toBe(before);
    expect(await app.adapter.getUserByEmail("moved@example.com")).toBeNull();
  });

  test("B29: the same address of somebody else is not", async () => {
    const { app, visitor, atGoogle } = await openWorlds();
    await visit(visitor, atGoogle, "google");
    app.written.length = 0;
    const other = visitorOf(app.browser());
    const answer = await visit(other, atGoogle, "google", { subject: "2" });
    expectRefused(app, answer, "account_link_required");
  });
});

test.each(["redirectTo", "callbackUrl", "redirect", "next", "RelayState"])(
  "B30: %s in the callback's query leads nowhere",
  async (name) => {
    const { app, visitor, atGoogle } = await openWorlds();
    const comeback = await agree(visitor, atGoogle, "google");
    const fields = { ...comeback.fields, [name]: "https://evil.test/" };
    expectSignedIn(app, await comeBack(visitor, { ...comeback, fields }), "/");
  },
);

describe("B31: PKCE", () => {
  /** The authorization page's address, with the challenge of somebody else. */
  const challengedByOther = (target: string) =>
    changed(new URL(target), (query) => query.set("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));

  test.each([GOOGLE.id, GITHUB.id])("B31: %s is given a challenge, and the verifier that belongs to it", async (id) => {
    const { app, visitor, atGoogle, atGithub, forms } = await openWorlds();
    const world = id === "google" ? atGoogle : atGithub;
    expectSignedIn(app, await visit(visitor, world, id));
    expect(forms.map((form) => form.get("code_verifier"))).toEqual([expect.stringMatching(/^[\w.~-]{43,128}$/)]);

    const target = locationOf(await visitor.get(`/signin/${id}`));
    expect(new URL(target).searchParams.get("code_challenge_method")).toBe("S256");
    app.written.length = 0;
    const answer = await comeBack(visitor, world.authorize(challengedByOther(target)));
    expectRefused(app, answer, "provider_rejected");
    expect(world.faults).toEqual([expect.stringContaining("a wrong verifier")]);
  });
});

test("B32: GitHub is asked for JSON; unasked it answers in a form, which is not taken for an answer", async () => {
  const { app, visitor, atGithub, accepted } = await openWorlds();
  expectSignedIn(app, await visit(visitor, atGithub, "github"));
  expect(accepted).toEqual(["application/json"]);
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    headers.delete("accept");
    return atGithub.fetch(url, { ...init, headers });
  });
  app.written.length = 0;
  expectRefused(app, await visit(visitor, atGithub, "github"), "provider_rejected");
  expect(atGithub.faults).toEqual([]);
});

describe("B33: one attempt and another", () => {
  test("B33: tabs at several providers end in any order", async () => {
    const { app, visitor, browser, atGoogle, atGithub } = await openWorlds();
    const tabs = [];
    for (const [world, id] of [
      [atGoogle, "google"],
      [atGithub, "github"],
      [atGoogle, "google"],
    ] as const)
      tabs.push(await agree(visitor, world, id, { email: undefined, verified: undefined }));
    expect(browser.cookies.size).toBe(3);
    for (const comeback of tabs.reverse()) expectSignedIn(app, await comeBack(visitor, comeback));
  });

  test("B33: the answer of one provider is none of the other's", async () => {
    const { app, visitor, atGoogle, atGithub } = await openWorlds();
    const [fromGoogle, fromGithub] = [
      await agree(visitor, atGoogle, "google"),
      await agree(visitor, atGithub, "github"),
    ];
    const crossed = { ...fromGithub, fields: { ...fromGithub.fields, state: fromGoogle.fields.state ?? "" } };
    expectRefused(app, await comeBack(visitor, crossed), "sign_in_expired");
    expect([atGoogle.requests, atGithub.requests]).toEqual([[], []]);
  });

  test("B33: an ID token of another attempt is refused by its nonce", async () => {
    const { app, visitor, atGoogle } = await openWorlds();
    const target = locationOf(await visitor.get("/signin/google"));
    const other = changed(new URL(target), (query) => query.set("nonce", "n".repeat(24)));
    expectRefused(app, await comeBack(visitor, atGoogle.authorize(other)), "provider_rejected");
    expect(atGoogle.faults).toEqual([]);
  });
});

describe("B60: one browser and another", () => {
  test("B60: somebody else's sign-in does not end this one", async () => {
    const { app, visitor, atGoogle } = await openWorlds();
    const comeback = await agree(visitor, atGoogle, "google");
    await agree(visitorOf(app.browser()), atGoogle, "google");
    expectSignedIn(app, await comeBack(visitor, comeback));
  });

  test("B60: the state is of use in its own browser alone", async () => {
    const { app, visitor, atGoogle } = await openWorlds();
    const comeback = await agree(visitor, atGoogle, "google");
    const other = visitorOf(app.browser());
    expectRefused(app, await comeBack(other, comeback), "sign_in_expired");
    await agree(other, atGoogle, "google");
    expectRefused(app, await comeBack(other, comeback), "sign_in_expired");
    expect(atGoogle.requests).toEqual([]);
  });
});

test("B63: nothing of an attempt comes from Math.random", async () => {
  const random = vi.spyOn(Math, "random").mockReturnValue(0.5);
  const { visitor, atGoogle, forms } = await openWorlds();
  const seen: (string | null)[] = [];
  for (let attempt = 0; attempt < 8; attempt++) {
    const target = locationOf(await visitor.get("/signin/google"));
    const { searchParams } = new URL(target);
    seen.push(searchParams.get("state"), searchParams.get("nonce"), searchParams.get("code_challenge"));
    await comeBack(visitor, atGoogle.authorize(target));
  }
  seen.push(...forms.map((form) => form.get("code_verifier")));
  expect(seen).toHaveLength(32);
  expect(new Set(seen).size).toBe(32);
  expect(random).not.toHaveBeenCalled();
});

describe("B72: an address that nobody proved", () => {
  const unverified = { email: EMAIL, verified: false, primary: true };
  const verified = { email: "mallory@example.com", verified: true, primary: false };

  test.each([
    ["unverified", [unverified]],
    ["unverified, beside a verified one", [verified, unverified]],
    ["verified, by a provider that is not trusted for it", [{ ...unverified, verified: true }]],
  ])("B72: an address that is %s does not lead to its user", async (_why, emails) => {
    const opened = await openWorlds(withAddresses(emails));
    const { app, visitor, atGithub } = opened;
    await victim(opened);
    expectRefused(app, await visit(visitor, atGithub, "github"), "account_link_required");
    expect(await app.adapter.listAccounts("victim")).toEqual([]);
  });

  test("B72: where no address is the primary one, none is taken", async () => {
    const first = { ...unverified, primary: false };
    const opened = await openWorlds(withAddresses([first, verified]));
    const { app, visitor, atGithub } = opened;
    await victim(opened);
    expectSignedIn(app, await visit(visitor, atGithub, "github"));
    const found = await app.adapter.getUserWithAccount({ provider: "github", providerAccountId: "583231" });
    expect(found?.user).toMatchObject({ id: expect.not.stringContaining("victim"), email: null });
  });

  test("B72: an unverified address that is nobody's yet is not kept for whoever comes first", async () => {
    const { app, visitor, atGithub } = await openWorlds(withAddresses([unverified]));
    expectSignedIn(app, await visit(visitor, atGithub, "github"));
    expect(await app.adapter.getUserByEmail(EMAIL)).toBeNull();
  });
});

test("B73: GitHub's picture and name arrive", async () => {
  const { app, browser, visitor, atGithub } = await openWorlds();
  expectSignedIn(app, await visit(visitor, atGithub, "github"));
  const shown = { name: "monalisa octocat", picture: "https://avatars.githubusercontent.com/u/583231?v=4" };
  expect((await sessionOf(browser))?.user).toMatchObject(shown);
  const found = await app.adapter.getUserWithAccount({
    provider: "github",
    providerAccountId: GITHUB.providerAccountId,
  });
  expect(found?.user).toMatchObject(shown);
});

describe("B76: what a provider says of an error", () => {
  const TEXT = "<script>alert(1)</script> call 555-0100";

  test.each([
    ["access_denied", "access_denied"],
    [TEXT, "provider_rejected"],
    ["server_error", "provider_unavailable"],
  ])("B76: the error %s is answered with a code of ours", async (error, code) => {
    const { app, visitor, atGoogle } = await openWorlds();
    const comeback = await agree(visitor, atGoogle, "google");
    const { state = "" } = comeback.fields;
    const fields = { state, error, error_description: TEXT, error_uri: "https://evil.test/" };
    const answer = await comeBack(visitor, { ...comeback, fields });
    expect(locationOf(answer)).toBe(`/login?error=${code}`);
    expectNothing(app, answer);
  });

  test("B76: nor is what its token endpoint says", async () => {
    const { app, visitor, atGoogle } = await openWorlds();
    const told = JSON.stringify({ error: TEXT, error_description: TEXT });
    vi.stubGlobal("fetch", async () => new Response(told, { status: 400 }));
    const logged = vi.spyOn(console, "error");
    const answer = await comeBack(visitor, await agree(visitor, atGoogle, "google"));
    expectRefused(app, answer, "provider_rejected");
    expect([...answer.headers].join() + JSON.stringify(app.failures)).not.toContain("555-0100");
    expect(logged).not.toHaveBeenCalled();
  });
});
