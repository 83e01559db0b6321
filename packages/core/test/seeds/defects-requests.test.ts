/** The defects of CONTRACT C that concern requests, identities and the runtime, by their number. What is elsewhere: see `defects.test.ts`. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import vm from "node:vm";
import { type AuthConfig, AuthError, type Session } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { build } from "esbuild";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  ask,
  callback,
  cookiePair,
  DATABASE,
  google,
  JOHN,
  JWT,
  ORIGIN,
  openApp,
  PROFILE,
  provider,
  SECRET,
  START,
  STATEFUL,
  signIn,
} from "./app.js";

const DIST = path.dirname(new URL(import.meta.resolve("@latchkey/core")).pathname);

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What the handler made of a request: status and, where there is one, the code of the error. */
async function outcome(answer: Response): Promise<string> {
  const body = await answer.json();
  return `${answer.status} ${body.error?.code ?? body.error ?? "ok"}`;
}

function post(cookie: string | undefined, to: string, body: string, headers: Record<string, string> = {}): Request {
  return ask(cookie, to, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
}

describe("Requests", () => {
  test.each([
    [0, "6.6.6.6, 1.1.1.1", "192.0.2.7", "nobody is trusted: the connection counts"],
    [1, "6.6.6.6, 1.1.1.1", "1.1.1.1", "one proxy: what it wrote, and nothing before"],
    [["192.0.2.0/24"], "6.6.6.6, 1.1.1.1", "1.1.1.1", "a network of proxies"],
    [["198.51.100.0/24"], "6.6.6.6", "192.0.2.7", "the connection is no proxy of ours"],
    [1, "not an address", null, "what is no address is none"],
  ])(
    "B12, B75: with trustedProxies %j, X-Forwarded-For %j is %j (%s)",
    async (trustedProxies, forwarded, expected, _why) => {
      const { auth, adapter } = openApp(DATABASE, { trustedProxies });
      const answer = await auth.handler(callback({ "x-forwarded-for": forwarded }), { ipAddress: "192.0.2.7" });
      const session = await auth.getSession(ask(cookiePair(answer.headers.getSetCookie()[0])));
      expect((await adapter.getSession({ id: session?.id ?? "" }))?.session.ipAddress).toBe(expected);
    },
  );

  test.each([
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "https://app.example.evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "user-agent": "Mozilla/5.0 Firefox/140.0" }, 403],
    [{ origin: "https://partner.example" }, 200],
    [{ origin: ORIGIN }, 200],
    [{ "sec-fetch-site": "same-origin" }, 200],
    [{ "user-agent": "curl/8" }, 200],
  ])("B13: a sign-out with %j is answered with %i", async (headers, status) => {
    const { auth, signIn } = openApp(DATABASE, { trustedOrigins: ["https://partner.example"], baseUrl: ORIGIN });
    const cookie = await signIn();
    expect((await auth.handler(post(cookie, "/auth/signout", "{}", headers as Record<string, string>))).status).toBe(
      status,
    );
    expect((await auth.getSession(ask(cookie))) === null).toBe(status === 200);
  });

  test.each([
    ["{", "400 request_invalid"],
    ["[]", "400 request_invalid"],
    ["null", "400 request_invalid"],
    ["\u0000", "400 request_invalid"],
    [`{"a":"${"x".repeat(70_000)}"}`, "413 payload_too_large"],
  ])("B37: the body %.20s is %s, never 500, and nothing is logged", async (body, expected) => {
    const log = vi.spyOn(console, "error");
    const { auth, signIn } = openApp(DATABASE);
    expect(await outcome(await auth.handler(post(await signIn(), "/auth/signout", body)))).toBe(expected);
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  test.each([
    "/x/auth/session",
    "/authentic",
    "/auth",
    "/authors/session",
    "/AUTH/session",
    "/auth//session",
    "/auth/session/",
  ])("B38: %s is no route", async (elsewhere) => {
    expect(await outcome(await openApp().auth.handler(ask(undefined, elsewhere)))).toBe("404 not_found");
  });

  test("B38: the base path is an option", async () => {
    const { auth } = openApp(JWT, { basePath: "/api/sign-in" });
    expect(await outcome(await auth.handler(ask(undefined, "/api/sign-in/session")))).toBe("200 ok");
    expect(await outcome(await auth.handler(ask(undefined, "/auth/session")))).toBe("404 not_found");
  });

  test("B76: what a provider says of its failure reaches no redirect and no body", async () => {
    const says = "<script>alert(1)</script> token=abc";
    const failing = (error: Error) => ({ ...google(), routes: { "POST /signin/google": () => Promise.reject(error) } });
    for (const error of [new Error(says), new AuthError("invalid_credentials", says)]) {
      const { auth } = openApp(JWT, { provider: failing(error), hooks: { onError: () => {} } });
      const json = await auth.handler(post(undefined, "/auth/signin/google", "{}"));
      const body = new URLSearchParams({ email: "a" });
      const form = await auth.handler(ask(undefined, "/auth/signin/google", { method: "POST", body }));
      expect(form.status).toBe(303);
      expect(form.headers.get("location")).toMatch(/^\/login\?error=(internal|invalid_credentials)$/);
      expect((await json.text()) + JSON.stringify([...json.headers])).not.toMatch(/script|abc/);
    }
  });

  test.each([
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "/\u0009/evil.example",
    "https:evil.example",
  ])("B30: a form's callbackUrl %j does not leave the app", async (callbackUrl) => {
    const { auth } = openApp(DATABASE, { baseUrl: ORIGIN });
    const body = new URLSearchParams({ callbackUrl });
    const answer = await auth.handler(
      ask(undefined, "/auth/signout", { method: "POST", body, headers: { origin: ORIGIN } }),
    );
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/"]);
  });
});

describe("Identity", () => {
  test.each(STATEFUL)(
    "B26: hooks see a sign-in with a real session, and a sign-out; who refuses is heard ($name)",
    async (setting) => {
      const told: unknown[] = [];
      const hooks: AuthConfig["hooks"] = {
        onSignIn: async ({ session }) =>
          void told.push(["in", session.id, (await app.adapter.getSession({ id: session.id })) !== null]),
        onSignOut: ({ sessionId }) => void told.push(["out", sessionId]),
      };
      const app = openApp(setting, { hooks });
      const cookie = await app.signIn();
      const id = (await app.auth.getSession(ask(cookie)))?.id;
      await app.auth.signOut(ask(cookie));
      expect(told).toEqual([
        ["in", id, true],
        ["out", id],
      ]);
    },
  );

  test.each(STATEFUL)(
    "B29: an identity is its account at the provider, whatever its address becomes ($name)",
    async (setting) => {
      const adapter = memoryAdapter();
      const appWith = (email: string) => openApp(setting, { adapter, provider: google({ email }) }).auth;
      const before = appWith("old@example.com");
      const { user } = (await before.getSession(ask(await signIn(before)))) ?? {};
      const after = appWith("new@example.com");
      expect((await after.getSession(ask(await signIn(after))))?.user.id).toBe(user?.id);
    },
  );

  test.each([true, false])("B28, B72: an address opens nobody's account; emailVerified %s", async (emailVerified) => {
    const { auth, adapter } = openApp(DATABASE, { provider: google({ emailVerified }) });
    const dates = { createdAt: new Date(START), updatedAt: new Date(START) };
    await adapter.createUser({ ...dates, id: "victim", email: JOHN.email, emailVerified: true });
    const answer = await auth.handler(callback());
    const session = await auth.getSession(ask(cookiePair(answer.headers.getSetCookie()[0])));
    expect(answer.headers.get("location")).toBe("/login?error=account_link_required");
    expect(session?.user.id).not.toBe("victim");
    expect(await adapter.listSessions("victim", new Date(START))).toEqual([]);
    expect(await adapter.listAccounts("victim")).toEqual([]);
  });

  test("B54: every way in writes a row, and links its account", async () => {
    for (const type of ["oauth", "email", "otp"]) {
      const { auth, adapter } = openApp(DATABASE, { provider: provider("way-in", type) });
      const session = await auth.getSession(ask(await signIn(auth, {}, "way-in")));
      expect(await adapter.getSession({ id: session?.id ?? "" })).toMatchObject({ session: { type } });
      const account = await adapter.getAccount({ provider: "way-in", providerAccountId: PROFILE.providerAccountId });
      expect(account?.userId).toBe(session?.user.id);
    }
  });
});

describe("Runtime", () => {
  const sources = () =>
    readdirSync(DIST, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js") && !file.startsWith("testkit"))
      .map((file) => [file, readFileSync(path.join(DIST, file), "utf8")] as const);

  test.each(STATEFUL)(
    "B61: nothing lives in one process: a session works, renews and ends at another ($name)",
    async (setting) => {
      const adapter = memoryAdapter();
      const [one, two] = [openApp(setting, { adapter }), openApp(setting, { adapter })];
      const cookie = await one.signIn();
      expect(await two.auth.getSession(ask(cookie))).toEqual(await one.auth.getSession(ask(cookie)));
      const renewed = await two.auth.sessions.refreshSession(ask(cookie));
      expect(await one.auth.getSession(ask(cookiePair(renewed?.cookie)))).not.toBeNull();
      await one.auth.signOut(ask(cookie));
      expect(await two.auth.getSession(ask(cookiePair(renewed?.cookie)))).toBeNull();
    },
  );

  test("B62: no timer at import or in the engine keeps a process alive", async () => {
    const script = `
      import { createAuth } from "@latchkey/core";
      import { memoryAdapter } from "@latchkey/core/memory";
      const auth = createAuth({ secret: "${SECRET}", adapter: memoryAdapter() });
      await auth.getSession(new Request("${ORIGIN}"));
      console.log(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      cwd: import.meta.dirname,
    });
    expect(stdout.trim()).toBe("0");
    for (const [file, code] of sources()) expect(code.includes("setInterval"), file).toBe(false);
  });

  test("B63: Math.random is nowhere in the built code", () => {
    const bytes = sources().reduce((sum, [, code]) => sum + code.length, 0);
    expect(bytes).toBeGreaterThan(50_000);
    for (const [file, code] of sources()) expect(code.includes("Math.random"), file).toBe(false);
  });

  test("B82: sign-in, read and sign-out run where there is no Node", async () => {
    const script = `
      import { createAuth } from "@latchkey/core";
      globalThis.run = async (provider) => {
        const auth = createAuth({ secret: "${SECRET}", provider });
        const answer = await auth.handler(new Request("${ORIGIN}/auth/callback/google?code=right"));
        const cookie = answer.headers.getSetCookie()[0].split(";")[0];
        const request = new Request("${ORIGIN}/", { headers: { cookie } });
        return { session: await auth.getSession(request), signedOut: await auth.signOut(request) };
      };`;
    const { outputFiles } = await build({
      stdin: { contents: script, resolveDir: import.meta.dirname },
      bundle: true,
      platform: "neutral",
      conditions: ["worker"],
      mainFields: ["module", "main"],
      format: "iife",
      write: false,
    });
    const web = {
      Request,
      Response,
      Headers,
      URL,
      URLSearchParams,
      TextEncoder,
      TextDecoder,
      atob,
      btoa,
      crypto,
      setTimeout,
      clearTimeout,
    };
    const context = vm.createContext({ ...web, console });
    vm.runInContext(outputFiles[0]?.text ?? "", context);
    const { session, signedOut }: { session: Session; signedOut: object } = await context.run(google());
    expect(session).toMatchObject({ type: "oauth", user: { email: JOHN.email } });
    expect(signedOut).toMatchObject({ revoked: false, cookies: [expect.stringContaining("Max-Age=0")] });
  });
});
