/** The providers that docs/add-a-provider.md adds, as they are printed there. */
import { readFileSync } from "node:fs";
import { memoryAdapter } from "@latchkey/core/memory";
import { providerSuite } from "@latchkey/core/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { invitation } from "./invitation.js";
import { CODEBERG, codeberg } from "./oauth/codeberg.js";
import { sessionOf } from "./oauth/oidc-app.js";
import type { Place } from "./oauth/provider-world.js";
import { EMAIL, type Recording, type Said, said } from "./oauth/sources.js";
import { expectSignedIn, openApp, START } from "./oauth/test-app.js";
import { clientOf, enterWorld, inWorld, visit, visitorOf } from "./oauth/world-visit.js";

describe("the page prints what is tested here", () => {
  const page = readFileSync(new URL("../../../docs/add-a-provider.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");
  const sourceOf = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

  test.each([
    [0, "a provider", "./invitation.ts"],
    [2, "an OAuth provider", "./oauth/codeberg.ts"],
  ] as const)("block %i, %s, is the file %s", (index, _what, file) => {
    expect(blocks[index]).toBe(sourceOf(file));
  });

  test("block 1, the suite, is in this file", () => {
    expect(blocks[1]).toContain("providerSuite(");
    expect(sourceOf("./added-providers.test.ts")).toContain(blocks[1]);
  });

  test("there is no other block", () => {
    expect(blocks).toHaveLength(3);
  });
});

const CODE = "guest-7f3a-91c2";

providerSuite("invitation", async () => ({
  provider: invitation(new Map([[CODE, { id: "guest-1", name: "Ann" }]])),
  adapter: memoryAdapter(),
  inputs: { "POST /signin/invitation": { code: CODE } },
  secrets: [CODE],
  signIn: (browser) => browser.post("/signin/invitation", { code: CODE }),
  failSignIn: (browser) => browser.post("/signin/invitation", { code: "wrong" }),
}));

/** As Forgejo's documentation and its discovery document have it. */
const PLACE: Place = {
  registration: { clientId: "d3a1f6b2-7c4e-4b1e-9a57-0c2f6f1f9a11", clientSecret: "gto_5c9e2a7f1b3d" },
  authorization: "https://codeberg.org/login/oauth/authorize",
  token: "https://codeberg.org/login/oauth/access_token",
  scope: "openid email profile",
  client: "post",
  pkce: "verified",
  idTokens: { keys: "https://codeberg.org/login/oauth/keys", nonce: true },
  answer: ({ accessToken, refreshToken, idToken }) => ({
    access_token: accessToken,
    token_type: "bearer",
    expires_in: 3600,
    refresh_token: refreshToken,
    id_token: idToken,
  }),
  refusal: (error) => [400, { error: "unauthorized_client", error_description: error }],
};

const RECORDING: Recording = {
  data: CODEBERG,
  usual: {
    subject: "51234",
    email: EMAIL,
    verified: true,
    name: "Ann Lee",
    picture: "https://codeberg.org/avatars/8f14e45fceea167a5a36dedd4bea2543",
  },
  answers: ({ subject, email, verified, name, picture }: Said) => ({
    claims: said({
      iss: "https://codeberg.org",
      sub: subject,
      aud: ["d3a1f6b2-7c4e-4b1e-9a57-0c2f6f1f9a11"],
      name,
      preferred_username: "ann",
      profile: "https://codeberg.org/ann",
      picture,
      locale: "en-US",
      updated_at: 1_773_765_084,
      email,
      email_verified: verified,
    }),
  }),
};

providerSuite("codeberg", () => inWorld(codeberg(clientOf(PLACE)), PLACE, RECORDING));

describe("codeberg", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const usual = { email: EMAIL, name: "Ann Lee", picture: RECORDING.usual.picture };

  test.each([
    ["usual", {}, usual],
    ["without an address", { email: undefined, verified: undefined }, { ...usual, email: null }],
    ["with an unverified address", { verified: undefined }, { ...usual, email: null }], // Forgejo leaves `false` out
    ["without a picture", { picture: "" }, { ...usual, picture: null }],
    [
      "of hostile strings",
      { email: "ann@x\r\n", verified: "true", name: "Ann\r\nSet-Cookie: a=b", picture: "javascript:alert(1)" },
      { email: null, name: "Ann Set-Cookie: a=b", picture: null },
    ],
  ])("a profile %s becomes a user", async (_kind, fields, learnt) => {
    const clock = { now: START };
    const world = await enterWorld("codeberg", PLACE, RECORDING, () => clock.now);
    const app = openApp(clock, [codeberg(clientOf(PLACE))]);
    const browser = app.browser();
    expectSignedIn(app, await visit(visitorOf(browser), world, "codeberg", fields));
    expect(world.faults).toEqual([]);
    const found = await app.adapter.getUserWithAccount({ provider: "codeberg", providerAccountId: "51234" });
    expect(found?.user).toMatchObject({ ...learnt, emailVerified: false });
    expect(await sessionOf(browser)).toMatchObject({ type: "oauth", user: { id: found?.user.id, ...learnt } });
    for (const secret of world.secrets) expect(JSON.stringify(found)).not.toContain(secret);
  });
});
