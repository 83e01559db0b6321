/** The part of `bindingSuite` in which the client means harm. */
import type { On } from "./binding-app.js";
import { sendAndLeave, sendRaw } from "./raw-http.js";
import { describe, expect, test } from "./runner.js";

/** `Cookie` lines that once broke a parser somewhere (R-C7, B5). Each character is one byte. */
const COOKIE_LINES: readonly [why: string, ...lines: string[]][] = [
  ["malformed percent-encoding", "a=%E0%A4%A; b=%; c=%zz"],
  ["an encoded NUL", "a=%00"],
  ["8-bit bytes", "a=\xff\xfe\x80; \xe9=1"],
  ["no name, no value, no equals sign", "=; ; =x; y; ;;; a="],
  ["quotes and commas", 'a="x; y"; b="; c=",;"'],
  ["names of Object.prototype", "__proto__=1; constructor=2; toString=3; hasOwnProperty=4"],
  ["500 cookies", Array.from({ length: 500 }, (_, index) => `c${index}=${index}`).join("; ")],
  ["two lines", "a=1; b=2", "c=3"],
  ["white space only", "\t \t"],
];

/** Session cookies that nobody issued. */
const FORGED_TOKENS = [
  "%",
  "\xff\xfe",
  '"quoted"',
  "a.b.c",
  "..",
  "eyJhbGciOiJub25lIn0.e30.",
  "undefined",
  "x".repeat(6000),
];

const HOSTS = [
  "",
  "a b",
  "exa mple.com:80:80",
  "[::1",
  "%",
  "a:99999",
  "user@evil.example",
  "evil.example/auth/session?",
  "evil.example#",
  "\xff",
  "<script>",
  "\\evil",
];

/** Largest body that the routes read, in bytes. */
const BODY_LIMIT = 64 * 1024;

export function hostileRequests(on: On): void {
  describe("cookies", () => cookies(on));
  describe("tokens where none belong", () => tokensElsewhere(on));
  describe("bodies", () => bodies(on));
  describe("hosts, paths and connections", () => lines(on));
  describe("other origins", () => otherOrigins(on));
}

function cookies(on: On): void {
  test.each(COOKIE_LINES)("R-C7: a Cookie header with %s hides no session and makes none", (_why, ...lines) =>
    on(async ({ origin, signIn }) => {
      const stranger = await get(origin, "/me", lines);
      expect(stranger.status).toBe(401);
      expect((await get(origin, "/auth/session", lines)).status).toBe(200);
      const known = await get(origin, "/me", [...lines, await signIn()]);
      expect(known.status).toBe(200);
      expect(known.body).toContain('"user-1"');
    })(),
  );

  test.each(FORGED_TOKENS)("a session cookie that nobody issued is no session: %j", (token) =>
    on(async ({ origin }) => {
      expect((await get(origin, "/me", [`auth-session=${token}`])).status).toBe(401);
    })(),
  );

  test(
    "F-20: two session cookies with different values are no session, in one line or in two",
    on(async ({ origin, signIn }) => {
      const [mine, planted] = [await signIn(), await signIn()];
      expect((await get(origin, "/me", [mine])).status).toBe(200);
      expect((await get(origin, "/me", [`${mine}; auth-session=x`])).status).toBe(401);
      expect((await get(origin, "/me", [`${mine}; ${planted}`])).status).toBe(401);
      expect((await get(origin, "/me", [mine, planted])).status).toBe(401);
    }),
  );
}

function tokensElsewhere(on: On): void {
  test(
    "R-S17: a valid token in query, header or another cookie is no session",
    on(async ({ ask, signIn }) => {
      const cookie = await signIn();
      const token = cookie.slice(cookie.indexOf("=") + 1);
      expect((await ask(`/me?${cookie}&token=${token}&session=${token}`)).status).toBe(401);
      const places: Record<string, string>[] = [
        { "x-session": token, "auth-session": token, "set-cookie": cookie, "x-cookie": cookie },
        { authorization: `Bearer ${token}` },
        { cookie: `session=${token}; auth-session2=${token}; x-auth-session=${token}; AUTH-SESSION=${token}` },
      ];
      for (const headers of places) expect((await ask("/me", { headers })).status).toBe(401);
    }),
  );

  test(
    "R-S17: a valid token in a body is no session",
    on(async ({ ask, signIn }) => {
      const cookie = await signIn();
      const token = cookie.slice(cookie.indexOf("=") + 1);
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ "auth-session": token, token, session: token });
      expect((await ask("/echo", { method: "POST", headers, body })).status).toBe(401);
      expect((await ask("/echo", { method: "POST", body: new URLSearchParams(cookie) })).status).toBe(401);
    }),
  );
}

function otherOrigins(on: On): void {
  test.each([
    ["another origin", { origin: "https://evil.example" }],
    ["another port", { origin: "http://127.0.0.1:1" }],
    ["a sandboxed frame", { origin: "null", "sec-fetch-site": "cross-site" }],
    ["another site, by Sec-Fetch-Site alone", { "sec-fetch-site": "cross-site" }],
    ["a browser that does not say", { "user-agent": "Mozilla/5.0" }],
  ])("R-C12: a change that %s asks for is 403 and changes nothing", (_why, headers) =>
    on(async ({ ask, signIn }) => {
      const cookie = await signIn();
      const response = await ask("/auth/signout", { method: "POST", headers: { ...headers, cookie } });
      expect(response.status).toBe(403);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect((await ask("/me", { headers: { cookie } })).status).toBe(200);
    })(),
  );
}

function bodies(on: On): void {
  const type = { "content-type": "application/json" };
  const big = `{"a":"${"x".repeat(BODY_LIMIT)}"}`;

  test(
    "B80: a body over the limit is 413, announced or not, and the provider never sees it",
    on(async ({ ask, steps }) => {
      const announced = await ask("/auth/signin/test", { method: "POST", headers: type, body: big });
      expect(announced.status).toBe(413);
      const init: RequestInit & { duplex: "half" } = {
        method: "POST",
        headers: type,
        body: streamed(big),
        duplex: "half",
      };
      expect((await ask("/auth/signin/test", init)).status).toBe(413);
      expect(steps).toEqual([]);
    }),
  );

  test(
    "a body of the most bytes allowed is read whole, also in pieces",
    on(async ({ ask, steps }) => {
      const body = `{"a":"${"x".repeat(BODY_LIMIT - 8)}"}`;
      const init: RequestInit & { duplex: "half" } = {
        method: "POST",
        headers: type,
        body: streamed(body),
        duplex: "half",
      };
      expect((await ask("/auth/signin/test", init)).status).toBe(200);
      expect(JSON.stringify(steps[0]?.input)).toBe(body);
    }),
  );

  test.each([
    ["broken JSON", "application/json", "{", 400],
    ["JSON that is no object", "application/json", "[1]", 400],
    ["bytes that are no UTF-8", "application/json", new Uint8Array([0x7b, 0xff, 0x7d]), 400],
    ["JSON that calls itself text", "text/plain", '{"a":1}', 415],
    ["a multipart form", "multipart/form-data; boundary=x", "--x--", 415],
  ] as const)("%s is a client error", (_why, contentType, body, status) =>
    on(async ({ ask, steps }) => {
      const headers = { "content-type": contentType };
      expect((await ask("/auth/signin/test", { method: "POST", headers, body })).status).toBe(status);
      expect(steps).toEqual([]);
    })(),
  );
}

function lines(on: On): void {
  test.each(HOSTS)("F-20: the Host header %j is refused or served, and harms nobody", (host) =>
    on(async ({ ask, origin }) => {
      const { status } = await sendRaw(origin, ["GET /auth/session HTTP/1.1", `Host: ${host}`]);
      expect([200, 400]).toContain(status);
      const guarded = await sendRaw(origin, ["GET /me HTTP/1.1", `Host: ${host}`]);
      expect([400, 401]).toContain(guarded.status);
      expect((await ask("/auth/session")).status).toBe(200);
    })(),
  );

  test.each([
    "/auth/sessions/%E0%A4%A",
    "/auth/%",
    "/auth/%00",
    "/auth//evil.example",
    "/auth/\\",
    "/auth/..%2f",
    "/auth/?%",
  ])("the path %s is a client error", (path) =>
    on(async ({ origin, signIn }) => {
      const lines = [`DELETE ${path} HTTP/1.1`, "Host: 127.0.0.1", `Cookie: ${await signIn()}`];
      const { status } = await sendRaw(origin, lines);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    })(),
  );

  test(
    "R-L5: a client that goes away in the middle of anything leaves the server standing",
    on(async ({ ask, origin, signIn }) => {
      const cookie = await signIn();
      const head = ["Host: 127.0.0.1", "Content-Type: application/json", `Cookie: ${cookie}`];
      await sendAndLeave(origin, ["POST /auth/signin/test HTTP/1.1", ...head, "Content-Length: 100"], '{"a":');
      await sendAndLeave(origin, ["POST /echo HTTP/1.1", ...head, "Content-Length: 100"], '{"a":');
      await sendAndLeave(origin, ["GET /auth/session HTTP/1.1", ...head], "");
      await sendAndLeave(origin, ["GET /me HTTP/1.1", ...head], "");
      expect((await ask("/me", { headers: { cookie } })).status).toBe(200);
    }),
  );
}

/** GET with each of `cookieLines` in a `Cookie` header line of its own. */
function get(origin: string, path: string, cookieLines: readonly string[]) {
  return sendRaw(origin, [`GET ${path} HTTP/1.1`, "Host: 127.0.0.1", ...cookieLines.map((line) => `Cookie: ${line}`)]);
}

/** The text in pieces, so that no length is announced. */
function streamed(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const size = 10_000;
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
      if (at >= bytes.length) controller.close();
    },
  });
}
