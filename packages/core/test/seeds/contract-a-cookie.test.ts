/** CONTRACT A, lines 24–33: the cookie, by their number. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createAuth } from "@latchkey/core";
import { CookieJar } from "tough-cookie";
import { describe, expect, test } from "vitest";
import { ask, callback, JWT, ORIGIN, openApp, SECRET, SETTINGS } from "./app.js";

describe("Cookie defaults", () => {
  test.each([
    ["S0.24", "key", "auth-session"],
    ["S0.25", "httpOnly", true],
    ["S0.26", "secure", true],
    ["S0.27", "sameSite", "lax"],
    ["S0.28", "maxAge", 60 * 60 * 24 * 30],
    ["S0.29", "path", "/"],
  ] as const)("%s: %s is %j", async (_line, attribute, value) => {
    const [setCookie = ""] = (await openApp().auth.handler(callback())).headers.getSetCookie();
    expect((await new CookieJar().setCookie(setCookie, ORIGIN))?.[attribute]).toBe(value);
  });

  test.each(SETTINGS)("S0.30: a script does not see the cookie ($name)", async (setting) => {
    const jar = await jarAfterSignIn(openApp(setting).auth);
    expect(await jar.getCookies(ORIGIN)).toHaveLength(1);
    expect(await jar.getCookies(ORIGIN, { http: false })).toHaveLength(0);
  });

  test.each(SETTINGS)("S0.31: another site's post has no cookie, and is refused with one ($name)", async (setting) => {
    const { auth, signIn } = openApp(setting);
    const jar = await jarAfterSignIn(auth);
    expect(await jar.getCookies(ORIGIN, { sameSiteContext: "none" })).toHaveLength(0);

    const cookie = await signIn();
    const headers = { origin: "https://evil.example" };
    const answer = await auth.handler(ask(cookie, "/auth/signout", { method: "POST", headers }));
    expect([answer.status, await answer.json()]).toMatchObject([403, { error: { code: "origin_not_allowed" } }]);
    expect(await auth.getSession(ask(cookie))).not.toBeNull();
  });

  test("S0.32: the domain is configurable", async () => {
    const { auth } = openApp(JWT, { session: { cookieOptions: { domain: "app.example" } } });
    const jar = await jarAfterSignIn(auth);
    expect(await jar.getCookies("https://www.app.example")).toHaveLength(1);
    expect(await (await jarAfterSignIn(openApp().auth)).getCookies("https://www.app.example")).toHaveLength(0);
  });

  test("S0.33: a Secure cookie for plain http is refused at start, with what to do", () => {
    const start = (baseUrl: string) => () => createAuth({ secret: SECRET, baseUrl });
    expect(start("http://app.example")).toThrow(/http:\/\/app\.example.*https.*secure/);
    expect(start("https://app.example")).not.toThrow();
    expect(start("http://localhost:3000")).not.toThrow();
  });

  test("S0.33: NODE_ENV does not decide about Secure", async () => {
    const script = `import { clearSessionCookie } from "@latchkey/core"; console.log(clearSessionCookie());`;
    for (const NODE_ENV of ["production", "development", "test", ""]) {
      const options = { cwd: import.meta.dirname, env: { NODE_ENV } };
      const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], options);
      expect((await run).stdout).toContain("; Secure");
    }
  });
});

async function jarAfterSignIn(auth: ReturnType<typeof openApp>["auth"]): Promise<CookieJar> {
  const jar = new CookieJar();
  for (const cookie of (await auth.handler(callback())).headers.getSetCookie()) await jar.setCookie(cookie, ORIGIN);
  return jar;
}
