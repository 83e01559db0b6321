/** What every binding must do, tested over real HTTP. Third parties run it on theirs: `bindingSuite("name", listen)`. */
import { cookiePair, type Listen, type On, RENEW_EVERY, type SuiteStrategy, withApp } from "./binding-app.js";
import { hostileRequests } from "./binding-hostile.js";
import { describe, expect, test } from "./runner.js";

export type { BindingServer, Listen } from "./binding-app.js";

/** Registers the tests of a binding. @param listen Starts a server with the binding under test, see {@link Listen} */
export function bindingSuite(name: string, listen: Listen): void {
  describe(`binding ${name}`, () => {
    for (const strategy of ["jwt", "database"] as const) {
      const on: On = (run) => () => withApp(listen, strategy, run);
      describe(`strategy ${strategy}`, () => {
        describe("session routes", () => sessionRoutes(on, strategy));
        describe("sign-in routes", () => signInRoutes(on));
        describe("other routes", () => otherRoutes(on, strategy));
        describe("a guarded API", () => guardedApi(on));
        describe("a guarded page", () => guardedPage(on));
        describe("renewal", () => renewals(on));
        describe("hostile requests", () => hostileRequests(on));
      });
    }
    describe("a database that is down", () => outages((run) => () => withApp(listen, "database", run)));
  });
}

function sessionRoutes(on: On, strategy: SuiteStrategy): void {
  test(
    "GET /session answers null to a stranger and the session to its user, never to a cache (R-S18)",
    on(async ({ ask, signIn }) => {
      const anonymous = await ask("/auth/session");
      expect(anonymous.headers.get("content-type")).toContain("application/json");
      await expectJson(anonymous, 200, { session: null });

      const known = await ask("/auth/session", { headers: { cookie: await signIn() } });
      expect(known.headers.get("cache-control")).toContain("no-store");
      await expectJson(known, 200, { session: { user: { id: "user-1" } } });
    }),
  );

  test(
    "HEAD answers like GET, without a body",
    on(async ({ ask, signIn }) => {
      const response = await ask("/auth/session", { method: "HEAD", headers: { cookie: await signIn() } });
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toContain("no-store");
      expect(await response.text()).toBe("");
    }),
  );

  test(
    "POST /session/refresh sends one new cookie that works",
    on(async ({ ask, signIn }) => {
      const refreshed = await ask("/auth/session/refresh", { method: "POST", headers: { cookie: await signIn() } });
      expect(refreshed.status).toBe(200);
      expect(refreshed.headers.getSetCookie()).toHaveLength(1);
      const cookie = cookiePair(refreshed.headers.getSetCookie()[0] ?? "");
      expect((await ask("/me", { headers: { cookie } })).status).toBe(200);
    }),
  );

  test(
    "POST /signout from a page of the same origin sends the clearing cookie",
    on(async ({ ask, origin, signIn }) => {
      const cookie = await signIn();
      const response = await ask("/auth/signout", { method: "POST", headers: { cookie, origin } });
      expect(response.headers.getSetCookie().join()).toMatch(/^auth-session=;.*Max-Age=0/);
      await expectJson(response, 200, { success: true, revoked: strategy === "database" });
      if (strategy === "database") expect((await ask("/me", { headers: { cookie } })).status).toBe(401);
    }),
  );
}

function signInRoutes(on: On): void {
  test(
    "a sign-in hands over JSON and the address of the client, and starts a session",
    on(async ({ ask, steps }) => {
      const input = { name: "Ada", note: "ünïcödé & = +", list: [1, { a: null }] };
      const response = await ask("/auth/signin/test", json(input));
      await expectJson(response, 200, { session: { type: "test" } });
      expect(steps.map((step) => step.input)).toEqual([input]);
      expect(steps.map((step) => step.ipAddress)).toEqual(["127.0.0.1"]);
      const cookie = cookiePair(response.headers.getSetCookie()[0] ?? "");
      expect((await ask("/me", { headers: { cookie } })).status).toBe(200);
    }),
  );

  test(
    "a form post hands over its fields and answers with a redirect by GET",
    on(async ({ ask, steps }) => {
      const body = new URLSearchParams({ name: "ünïcödé & = +", callbackUrl: "/page?a=1&b=2" });
      const response = await ask("/auth/signin/test", { method: "POST", body });
      expect(response.status).toBe(303);
      expect(response.headers.get("location")).toBe("/page?a=1&b=2");
      expect(response.headers.getSetCookie()).toHaveLength(1);
      expect(steps.map((step) => step.input)).toEqual([Object.fromEntries(body)]);
    }),
  );
}

function otherRoutes(on: On, strategy: SuiteStrategy): void {
  test(
    "sessions are listed and revoked, where there are rows",
    on(async ({ ask, signIn }) => {
      const headers = { cookie: await signIn() };
      const other = { cookie: await signIn() };
      const listed = await ask("/auth/sessions", { headers });
      if (strategy === "jwt") return expectJson(listed, 501, { error: { code: "adapter_required" } });

      const { sessions } = (await listed.json()) as { sessions: { id: string; current: boolean }[] };
      expect(sessions).toHaveLength(2);
      const id = sessions.find(({ current }) => !current)?.id;
      expect((await ask(`/auth/sessions/${id}`, { method: "DELETE", headers })).status).toBe(200);
      expect((await ask("/me", { headers: other })).status).toBe(401);
      await expectJson(await ask("/auth/sessions/revoke-others", { method: "POST", headers }), 200, { revoked: 0 });
    }),
  );

  test(
    "an unknown path under the base path is 404 and a wrong method 405, in JSON",
    on(async ({ ask }) => {
      await expectJson(await ask("/auth/nothing-here"), 404, { error: { code: "not_found" } });
      await expectJson(await ask("/auth/signout"), 405, { error: { code: "method_not_allowed" } });
      await expectJson(await ask("/auth/session", { method: "PUT" }), 405, { error: { code: "method_not_allowed" } });
    }),
  );

  test(
    "B38: /authors is the app's, though it begins like the base path",
    on(async ({ ask }) => expect(await (await ask("/authors")).text()).toBe("authors")),
  );
}

function guardedApi(on: On): void {
  test(
    'S0.19: a guarded API answers a stranger 401 { "error": "Unauthorized" }, kept by no cache',
    on(async ({ ask }) => {
      const response = await ask("/me");
      expect(response.headers.get("cache-control")).toContain("no-store");
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({ error: "Unauthorized" });
    }),
  );

  test(
    "S1.88: a guarded API answers its user, kept by no cache (R-S18)",
    on(async ({ ask, signIn }) => {
      const response = await ask("/me", { headers: { cookie: await signIn() } });
      expect(response.headers.get("cache-control")).toContain("no-store");
      await expectJson(response, 200, { session: { user: { id: "user-1", email: "ada@example.com" } } });
    }),
  );

  test(
    "a guard leaves the body to the app",
    on(async ({ ask, signIn }) => {
      const body = "not JSON, \u0001 ünïcödé";
      const headers = { cookie: await signIn(), "content-type": "application/octet-stream" };
      expect(await (await ask("/echo", { method: "POST", body, headers })).text()).toBe(body);
      expect((await ask("/echo", { method: "POST", body })).status).toBe(401);
    }),
  );
}

function guardedPage(on: On): void {
  test(
    "S0.20: a guarded page sends a stranger's browser to sign in, and back to path and query",
    on(async ({ ask, origin }) => {
      const response = await ask("/page?a=1&b=%2F", { headers: { accept: "text/html,*/*;q=0.8" } });
      expect([302, 303, 307]).toContain(response.status);
      const target = new URL(response.headers.get("location") ?? "", origin);
      expect(target.origin + target.pathname).toBe(`${origin}/login`);
      expect(target.searchParams.get("callbackUrl")).toBe("/page?a=1&b=%2F");
      expect(response.headers.getSetCookie()).toEqual([]);
    }),
  );

  test(
    "F-21: what a stranger writes into the path of a page makes no header",
    on(async ({ ask, origin }) => {
      const path = "/page?next=https://evil.example/%0d%0aSet-Cookie:%20a=b";
      const response = await ask(path, { headers: { accept: "text/html" } });
      const target = new URL(response.headers.get("location") ?? "", origin);
      expect(target.origin).toBe(origin);
      expect(target.searchParams.get("callbackUrl")).toBe(path);
      expect(response.headers.getSetCookie()).toEqual([]);
    }),
  );

  test(
    "a guarded page opens to its user",
    on(async ({ ask, signIn }) => {
      const headers = { accept: "text/html", cookie: await signIn() };
      expect((await ask("/page", { headers })).status).toBe(200);
    }),
  );
}

function renewals(on: On): void {
  test(
    "the cookie is renewed once it is due, not before, and the new one works",
    on(async ({ ask, passSeconds, signIn }) => {
      const headers = { cookie: await signIn() };
      passSeconds(RENEW_EVERY - 1);
      expect((await ask("/me", { headers })).headers.getSetCookie()).toEqual([]);

      passSeconds(1);
      const due = await ask("/me", { headers });
      expect(due.status).toBe(200);
      const cookies = due.headers.getSetCookie();
      expect(cookies).toHaveLength(1);
      const renewed = { cookie: cookiePair(cookies[0] ?? "") };
      const after = await ask("/me", { headers: renewed });
      expect(after.status).toBe(200);
      expect(after.headers.getSetCookie()).toEqual([]);
    }),
  );

  test(
    "B79: a renewal leaves the app's own cookie as it is, each in its own header, kept by no cache (R-S18)",
    on(async ({ ask, passSeconds, signIn }) => {
      const headers = { cookie: await signIn() };
      expect((await ask("/public")).headers.getSetCookie().map(cookiePair)).toEqual(["app=1"]);

      passSeconds(RENEW_EVERY);
      const response = await ask("/public", { headers });
      const names = response.headers.getSetCookie().map((cookie) => cookiePair(cookie).split("=", 1)[0]);
      expect(names.sort()).toEqual(["app", "auth-session"]);
      expect(response.headers.get("cache-control")).toContain("no-store");
    }),
  );
}

function outages(on: On): void {
  test.each(["/me", "/page", "/auth/session", "/auth/sessions"])(
    "R-L4: %s with a session cookie is 503 with Retry-After, and no cookie is touched",
    (path) =>
      on(async ({ ask, database, signIn }) => {
        const headers = { cookie: await signIn(), accept: "text/html" };
        database.isDown = true;
        const response = await ask(path, { headers });
        expect(response.status).toBe(503);
        expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
        expect(response.headers.getSetCookie()).toEqual([]);

        database.isDown = false;
        expect((await ask(path, { headers })).status).toBe(200);
      })(),
  );

  test(
    "F-4: a stranger still sees public pages, and is still a stranger",
    on(async ({ ask, database }) => {
      database.isDown = true;
      expect((await ask("/public")).status).toBe(200);
      expect((await ask("/me")).status).toBe(401);
      await expectJson(await ask("/auth/session"), 200, { session: null });
    }),
  );

  test(
    "F-4: sign-out clears the cookie and says that the session could not be ended",
    on(async ({ ask, database, signIn }) => {
      const headers = { cookie: await signIn() };
      database.isDown = true;
      const response = await ask("/auth/signout", { method: "POST", headers });
      expect(response.status).toBe(503);
      expect(response.headers.getSetCookie().join()).toContain("Max-Age=0");
    }),
  );
}

/** A POST of JSON. */
function json(body: unknown): RequestInit {
  return { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}

/** The answer has this status and a JSON body that holds at least these members. */
async function expectJson(response: Response, status: number, body: object): Promise<void> {
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject(body);
}
