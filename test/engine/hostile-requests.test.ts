/** Paths, methods and bodies that no client of ours sends. */
import { memoryAdapter } from "@latchkey/core/memory";
import { beforeAll, describe, expect, test } from "vitest";
import { type App, addPerson, ORIGIN, openApp, outcomeOf, PASSWORD, type Person, weakPassword } from "./app.js";
import { expectDocumented } from "./hostile-answers.js";

let app: App;
let person: Person;
let cookie: string;
beforeAll(async () => {
  const config = { rateLimit: { perIp: 1_000_000 } };
  app = openApp({ adapter: memoryAdapter(), provider: weakPassword(), config });
  person = await addPerson(app.adapter);
  cookie = await app.start(person);
});

const send = (path: string, init: RequestInit = {}) => {
  const headers = new Headers(init.headers);
  headers.set("cookie", cookie);
  return app.auth.handler(new Request(ORIGIN + path, { ...init, headers }));
};

const MUTATIONS = [
  "/signup",
  "/signin/password",
  "/password/change",
  "/signout",
  "/session/refresh",
  "/sessions/revoke-others",
];

describe("paths", () => {
  test.each([
    "/authsession",
    "/authsession/session",
    "/authentic",
    "/auth",
    "/auth/",
    "/auth//session",
    "//auth/session",
    "/auth/session/",
    "/auth/session//",
    "/AUTH/session",
    "/auth/Session",
    "/auth/SESSION",
    "/x/auth/session",
    "/auth/auth/session",
    "/auth/%73ession",
    "/%61uth/session",
    "/auth%2Fsession",
    "/auth/%2Fsession",
    "/auth/session%00",
    "/auth/session%20",
    "/auth/session%0a",
    "/auth/session;x=1",
    "/auth/session.json",
    "/auth/session/../x",
    "/auth/__proto__",
    "/auth/constructor",
    "/auth/toString",
    "/auth/sessions/__proto__/x",
    "/auth/:id",
    "/auth/session/refresh/x",
    `/auth/${"x/".repeat(4000)}`,
    `/auth/${"%41".repeat(4000)}`,
  ])("B38: %s is not found", async (path) => {
    const answer = await send(path);
    expect(await expectDocumented(answer, path, [cookie])).toBe(404);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  // WHATWG URL §4.4 has read these before anybody could; there is one spelling left.
  test.each([
    "/auth/./session",
    "/x/../auth/session",
    "/auth/%2e/session",
    "/auth\\session",
    "/auth/session?x=1",
    "/auth/session#x",
  ])("%s is the session's own path", async (path) => {
    const answer = await send(path);
    expect(await expectDocumented(answer, path, [cookie])).toBe(200);
    expect(((await answer.json()) as { session: { user: { id: string } } }).session.user.id).toBe(person.id);
  });

  test.each([
    { id: "%", status: 400 },
    { id: "%E0%A4%A", status: 400 },
    { id: "%00", status: 400 },
    { id: "..%2F..%2Fsignout", status: 404 },
    { id: "' OR 1=1 --", status: 404 },
    { id: "__proto__", status: 404 },
    { id: "%F0%9F%94%91", status: 404 },
    { id: "x".repeat(10_000), status: 404 },
  ])("DELETE /sessions/$id answers $status", async ({ id, status }) => {
    expect(await expectDocumented(await send(`/auth/sessions/${id}`, { method: "DELETE" }), id, [cookie])).toBe(status);
    expect(await app.isSignedIn(cookie)).toBe(true);
  });
});

describe("methods", () => {
  const routes = [...MUTATIONS, "/session", "/sessions", "/sessions/some-id", "/nothing"];
  test.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "get-session", "__proto__"])(
    "R-C12: %s changes nothing, wherever it is sent",
    async (method) => {
      for (const route of routes) {
        const status = await expectDocumented(await send(`/auth${route}`, { method }), `${method} ${route}`, [cookie]);
        const reads = (method === "GET" || method === "HEAD") && (route === "/session" || route === "/sessions");
        expect(reads ? [200] : [404, 405], `${method} ${route}`).toContain(status);
      }
      expect(await app.isSignedIn(cookie)).toBe(true);
    },
  );
});

describe("bodies", () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  const bodies: { what: string; body: string | Uint8Array<ArrayBuffer>; status: readonly number[] }[] = [
    { what: "no JSON", body: "{", status: [400] },
    { what: "a text", body: '"text"', status: [400] },
    { what: "a number", body: "42", status: [400] },
    { what: "null", body: "null", status: [400] },
    { what: "an array", body: '[{"email":"a@example.com"}]', status: [400] },
    { what: "32,000 open brackets", body: "[".repeat(32_000), status: [400] },
    { what: "no UTF-8", body: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), status: [400] },
    { what: "UTF-16", body: new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), status: [400] },
    { what: "a byte more than 64 KB", body: JSON.stringify({ a: "x".repeat(65_536 - 7) }), status: [413] },
    { what: "1 MB", body: "x".repeat(1_048_576), status: [413] },
    { what: "__proto__", body: '{"__proto__":{"email":"a@example.com","password":"x"}}', status: [200, 400, 401] },
    { what: "constructor.prototype", body: '{"constructor":{"prototype":{"polluted":1}}}', status: [200, 400, 401] },
    { what: "depth 10,000", body: `{"email":${nested(10_000)}}`, status: [200, 400, 401] },
    { what: "operators", body: '{"email":{"$ne":""},"password":{"$gt":""}}', status: [200, 400, 401] },
    { what: "arrays for fields", body: '{"email":["a@example.com"],"password":[]}', status: [200, 400, 401] },
    {
      what: "control characters",
      body: JSON.stringify({ email: "a\u0000@example.com\r\nBcc: b", password: "\u0000" }),
      status: [200, 400, 401],
    },
    {
      what: "a lone surrogate",
      body: '{"email":"a@example.com","password":"\\ud800aaaaaaaa"}',
      status: [200, 400, 401],
    },
    { what: "an empty object", body: "{}", status: [200, 400, 401] },
  ];

  test.each(bodies)("R-L1: $what", async ({ what, body, status }) => {
    for (const route of MUTATIONS.filter((path) => path !== "/signout")) {
      const headers = { "content-type": "application/json" };
      const answer = await send(`/auth${route}`, { method: "POST", headers, body });
      expect(status, `${route}: ${what}`).toContain(await expectDocumented(answer, `${route}: ${what}`, [cookie]));
    }
    expect(await app.isSignedIn(cookie)).toBe(true);
    expect("polluted" in {}).toBe(false);
  });

  test("64 KB exactly are read", async () => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ a: "x".repeat(65_536 - 8) });
    expect(body).toHaveLength(65_536);
    expect((await send("/auth/session/refresh", { method: "POST", headers, body })).status).toBe(200);
  });

  test.each([
    "text/plain",
    "text/html",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/jsonx",
    "application/json, text/plain",
    "json",
    "application/x-www-form-urlencoded-but-not",
    "",
  ])("R-C12: the media type %j is refused with a body, before the body is used", async (type) => {
    for (const route of MUTATIONS) {
      const body = new TextEncoder().encode(JSON.stringify({ email: person.email, password: PASSWORD }));
      const headers = new Headers(type === "" ? {} : { "content-type": type });
      const answer = await send(`/auth${route}`, { method: "POST", headers, body });
      expect(await expectDocumented(answer, `${route} ${type}`, [cookie])).toBe(415);
    }
    expect(await app.isSignedIn(cookie)).toBe(true);
  });

  test("R-C12: a form is refused where none is expected", async () => {
    const answer = await app.ask("POST /session/refresh", { cookie, form: { a: "b" } });
    expect(await outcomeOf(answer)).toBe("415 media_type_unsupported");
  });
});
