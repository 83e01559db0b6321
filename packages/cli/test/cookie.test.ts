/** Why a cookie is refused: the doctor's word is the engine's deed. */
import { createHmac } from "node:crypto";
import { type AuthConfig, createAuth, createSessionCookie } from "@latchkey/core";
import { explainCookie } from "@latchkey/core/doctor";
import { memoryAdapter } from "@latchkey/core/memory";
import { expect, test } from "vitest";

const SECRET = "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2";
const OLD_SECRET = "Zq7w1Xc5Vb9Nm3Lk8Jh4Gf6Ds2Ap0Oi1";
const NOW = Date.UTC(2026, 0, 1) / 1000;
const CONFIG: AuthConfig = { secret: SECRET, clock: () => NOW * 1000 };
const USER = { id: "u1", email: "ada@example.com" };
const CLAIMS = { sub: "u1", sid: "s1", type: "password", user: USER, iat: NOW - 10, exp: NOW + 1000 };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token of hand-made parts, signed as the engine signs. */
function sign(claims: object, { secret = SECRET, header = { alg: "HS256", typ: "JWT" } as object } = {}): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

const cookie = (token: string) => `auth-session=${token}`;
const config = (more: Partial<AuthConfig>): AuthConfig => ({ ...CONFIG, ...more });

test.each([
  // code               header                                               config
  ["accepted", cookie(sign(CLAIMS)), CONFIG],
  ["accepted", cookie(sign(CLAIMS)), config({ secret: [OLD_SECRET, SECRET] })],
  [
    "accepted",
    cookie(sign({ ...CLAIMS, iss: "i", aud: ["a", "b"] })),
    config({ session: { issuer: "i", audience: "b" } }),
  ],
  ["absent", "", CONFIG],
  ["absent", "other=1; auth-session=", CONFIG],
  ["absent", cookie(sign(CLAIMS)), config({ session: { cookieOptions: { prefix: "host" } } })],
  ["conflicting", `${cookie(sign(CLAIMS))}; auth-session=b`, CONFIG],
  ["malformed", cookie("abc"), CONFIG],
  ["malformed", cookie("a.b.c.d.e"), CONFIG],
  ["malformed", cookie("A".repeat(43)), CONFIG],
  ["malformed", cookie("x".repeat(9000)), CONFIG],
  ["malformed", cookie(sign(CLAIMS, { header: { alg: "none", typ: "JWT" } })), CONFIG],
  ["malformed", cookie(sign(CLAIMS)), config({ session: { encrypt: true } })],
  ["malformed", cookie(sign(CLAIMS)), config({ adapter: memoryAdapter() })],
  ["purpose_wrong", cookie(sign(CLAIMS, { header: { alg: "HS256", typ: "at+jwt" } })), CONFIG],
  ["purpose_wrong", cookie(sign({ ...CLAIMS, type: "mcp-agent" })), CONFIG],
  ["key_unknown", cookie(sign(CLAIMS, { header: { alg: "HS256", typ: "JWT", kid: "gone" } })), CONFIG],
  ["signature_wrong", cookie(sign(CLAIMS, { secret: OLD_SECRET })), CONFIG],
  [
    "signature_wrong",
    cookie(`${sign(CLAIMS).slice(0, -43)}${"A".repeat(43)}`),
    config({ secret: [SECRET, OLD_SECRET] }),
  ],
  ["claims_invalid", cookie(sign([])), CONFIG],
  ["claims_invalid", cookie(sign({ ...CLAIMS, exp: "soon" })), CONFIG],
  ["claims_invalid", cookie(sign({ ...CLAIMS, user: null })), CONFIG],
  ["claims_invalid", cookie(sign({ ...CLAIMS, sub: "u2" })), CONFIG],
  ["claims_invalid", cookie(sign({ ...CLAIMS, exp: NOW + 500 * 86_400 })), CONFIG],
  ["expired", cookie(sign({ ...CLAIMS, exp: NOW })), CONFIG],
  ["expired", cookie(sign({ ...CLAIMS, auth_time: NOW - 401 * 86_400 })), CONFIG],
  ["expired", cookie(sign({ ...CLAIMS, iat: NOW - 600 })), config({ session: { idleTimeout: 600 } })],
  ["not_yet_valid", cookie(sign({ ...CLAIMS, iat: NOW + 61 })), CONFIG],
  ["not_yet_valid", cookie(sign({ ...CLAIMS, nbf: NOW + 61 })), CONFIG],
  ["issuer_wrong", cookie(sign(CLAIMS)), config({ session: { issuer: "i" } })],
  ["audience_wrong", cookie(sign({ ...CLAIMS, aud: "a" })), config({ session: { audience: "b" } })],
  ["row_missing", cookie(sign(CLAIMS)), config({ adapter: memoryAdapter(), session: { strategy: "jwt" } })],
  ["row_missing", cookie("A".repeat(43)), config({ adapter: memoryAdapter() })],
  ["refused", cookie(sign({ ...CLAIMS, sid: "" })), CONFIG],
] as const)("%s: %.40s", async (code, header, options) => {
  const auth = createAuth(options);
  const verdict = await explainCookie(auth, header);
  expect(verdict.code).toBe(code);
  expect(verdict.detail).toMatch(/^[ -~]+$/);
  for (const part of header.split(/[;=. ]+/).filter((each) => each.length > 12))
    expect(verdict.detail).not.toContain(part);
  const session = await auth.getSession(new Request("https://app.test/", { headers: { cookie: header } }));
  expect(code === "accepted").toBe(session !== null);
});

test("which secret signed it is said, and a disabled user and a revoked session are", async () => {
  const adapter = memoryAdapter();
  const auth = createAuth({ ...CONFIG, adapter, secret: [OLD_SECRET, SECRET], session: { strategy: "jwt" } });
  const now = new Date(NOW * 1000);
  await adapter.createUser({ ...USER, createdAt: now, updatedAt: now });
  const request = new Request("https://app.test/");
  const { session } = await auth.sessions.createSession("u1", request);
  const header = cookie(session.token);
  expect(await explainCookie(auth, header)).toEqual({
    code: "accepted",
    detail: expect.stringMatching(/of user u1 lives until 2026-01-31.*secret 1 of 2/),
  });
  const older = cookie(sign({ ...CLAIMS, sid: session.id }));
  expect((await explainCookie(auth, older)).detail).toContain("secret 2 of 2");
  await adapter.updateUser("u1", { disabledAt: now });
  expect(await explainCookie(auth, header)).toMatchObject({ code: "user_disabled" });
  await adapter.updateUser("u1", { disabledAt: null });
  await auth.sessions.revokeSession(session.id);
  expect(await explainCookie(auth, header)).toMatchObject({ code: "row_missing" });
});

test("of a token changed in any one place it says what getSession does", async () => {
  const auth = createAuth(CONFIG);
  const token =
    createSessionCookie({ user: USER, expires: new Date((NOW + 1000) * 1000) }, auth).split(/[=;]/)[1] ?? "";
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    const request = new Request("https://app.test/", { headers: { cookie: cookie(changed) } });
    const isAccepted = (await explainCookie(auth, cookie(changed))).code === "accepted";
    expect(isAccepted, `at ${at}`).toBe((await auth.getSession(request)) !== null);
  }
});

test.each([
  sign(CLAIMS),
  `${sign(CLAIMS)}; other=1`,
  `theme=dark; ${sign(CLAIMS)}`,
  "kZ3v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2kR8v2Qm1Zt6",
  `${sign(CLAIMS)}=`,
])("R-L1: a header that is the token itself is not repeated: %#", async (header) => {
  const { code, detail } = await explainCookie(createAuth(CONFIG), header);
  expect(code).toBe("absent");
  for (const piece of header.split(/[.;=\s]+/).filter((text) => text.length > 20)) expect(detail).not.toContain(piece);
});
