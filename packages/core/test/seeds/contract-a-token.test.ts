/** CONTRACT A, lines 1–9: architecture and token payload, by number. */
import { type AuthConfig, createAuth, createSessionCookie } from "@latchkey/core";
import { build } from "esbuild";
import { jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import {
  ask,
  callback,
  DATABASE,
  DAY,
  handMade,
  JOHN,
  JWT,
  maxAgeOf,
  OTHER_SECRET,
  openApp,
  PROFILE,
  payloadOf,
  SECRET,
  START,
  signIn,
  tokenOf,
} from "./app.js";

const SECONDS = START / 1000;
/** The functions that take a secret alone have the real clock. */
const tomorrow = () => new Date(Date.now() + DAY * 1000);
const jwtApp = (callbacks: AuthConfig["callbacks"] = {}) => openApp(JWT, { callbacks });

async function payloadAfterSignIn(callbacks: AuthConfig["callbacks"] = {}) {
  return payloadOf(tokenOf(await jwtApp(callbacks).signIn()));
}

describe("Architecture", () => {
  test("S0.1: a sign-in sets one cookie, HttpOnly, that holds a JWS of three parts", async () => {
    const cookies = (await openApp().auth.handler(callback())).headers.getSetCookie();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^auth-session=[\w-]+\.[\w-]+\.[\w-]+; .*HttpOnly/);
  });

  test('S0.2: the header of a token is {"alg":"HS256","typ":"JWT"}', async () => {
    const [header = ""] = tokenOf(await openApp().signIn()).split(".");
    expect(Buffer.from(header, "base64url").toString()).toBe('{"alg":"HS256","typ":"JWT"}');
  });

  test("S0.2: a token with the printed payload is accepted", async () => {
    const { auth } = openApp();
    const printed = { user: { id: "1", email: "user@example.com" }, iat: 1709589600, exp: 1712181600 };
    const session = await auth.getSession(ask(`auth-session=${await handMade(printed)}`));
    expect(session).toMatchObject({ user: printed.user, expires: new Date(printed.exp * 1000).toISOString() });
  });

  test("S0.3: without a database, sign-in, read and sign-out work", async () => {
    const { auth, signIn } = openApp();
    const cookie = await signIn();
    expect(await auth.getSession(ask(cookie))).toMatchObject({ user: { email: JOHN.email } });
    expect((await auth.signOut(ask(cookie))).cookies.map(maxAgeOf)).toEqual([0]);
  });
});

describe("Token payload", () => {
  test("S0.4: user { id, email, name, picture } stands under `user`", async () => {
    expect((await payloadAfterSignIn()).user).toEqual({ ...JOHN, id: PROFILE.providerAccountId });
  });

  test("S0.5: iat and exp are whole seconds, 2592000 apart", async () => {
    const { auth, clock } = openApp();
    clock.now = START + 999;
    const { iat, exp } = payloadOf(tokenOf(await signIn(auth)));
    expect([iat, exp]).toEqual([SECONDS, SECONDS + 2_592_000]);
  });

  test("S0.6: claims of callbacks.jwt stand at top level", async () => {
    const own = { role: "admin", subscriptionTier: "pro", permissions: ["read", "write"] };
    expect(await payloadAfterSignIn({ jwt: (token) => ({ ...token, ...own }) })).toMatchObject(own);
  });

  test("S0.7: a sign-in signs the token with the secret itself, so that another service can verify it", async () => {
    const token = tokenOf(await openApp().signIn());
    const verify = (secret: string) =>
      jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ["HS256"], currentDate: new Date(START) });
    expect((await verify(SECRET)).payload.sub).toBe(PROFILE.providerAccountId);
    await expect(verify(OTHER_SECRET)).rejects.toThrow("signature");
  });

  test.each([
    ["", "none"],
    [SECRET.slice(0, 31), "31 characters"],
    ["a".repeat(64), "one character over and over"],
    ["change-me-change-me-change-me-change-me", "a placeholder"],
  ])("S0.8: the secret %j (%s) is refused with a message that names AUTH_SECRET", (secret) => {
    expect(() => createAuth({ secret })).toThrow("AUTH_SECRET");
    expect(() => createSessionCookie({ user: JOHN, expires: tomorrow() }, secret)).toThrow("AUTH_SECRET");
  });

  test("S0.8: a missing secret is refused with a message that names AUTH_SECRET", () => {
    // @ts-expect-error: what `process.env.AUTH_SECRET` is where nobody set it
    expect(() => createAuth({ secret: undefined })).toThrow("AUTH_SECRET");
  });

  test("S0.9: no answer of the handler holds the secret", async () => {
    const { auth, signIn } = openApp(DATABASE);
    const cookie = await signIn();
    const requests = [
      callback(),
      ask(cookie, "/auth/session"),
      ask(cookie, "/auth/nowhere"),
      ask(cookie, "/auth/sessions"),
    ];
    for (const request of requests) {
      const answer = await auth.handler(request);
      expect(JSON.stringify([...answer.headers]) + (await answer.text())).not.toContain(SECRET);
    }
  });

  test("S0.9: the browser client neither takes a secret nor brings code that signs", async () => {
    const { outputFiles } = await build({
      stdin: { contents: 'export * from "@latchkey/core/client"', resolveDir: import.meta.dirname },
      bundle: true,
      format: "esm",
      write: false,
    });
    expect(outputFiles[0]?.text).toContain("createAuthClient");
    expect(outputFiles[0]?.text).not.toMatch(/secret\b|hmac|AUTH_SECRET/);
  });
});
