/**
 * The defects of two earlier SDKs (CONTRACT C) that concern core: none of them may occur here. By their number; here
 * those of sessions, in `defects-requests` and `defects-tokens` the rest.
 *
 * Elsewhere: codes by phone and mail (B15–B20, B25, B27, B64–B66), password and reset (B21–B24, B34–B36, B44), OAuth's own part
 * (B31–B33, B60, B73), Next.js (B39, B40, B66, B68, B69), the browser client (B41, B70), Express and Node servers (B42, B79, B80),
 * Drizzle (B43), the command line (B46), agents (B56–B58, B81), second factors (B67), magic links (B74). B14's limits are tested
 * where something can be guessed: with `password()`.
 */
import { memoryAdapter } from "@latchkey/core/memory";
import { CookieJar } from "tough-cookie";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  ask,
  callback,
  cookiePair,
  DATABASE,
  DAY,
  google,
  HOUR,
  JOHN,
  JWT,
  JWT_WITH_ROW,
  maxAgeOf,
  ORIGIN,
  openApp,
  payloadOf,
  SETTINGS,
  START,
  STATEFUL,
  signIn,
  tokenOf,
} from "./app.js";

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

describe("Sessions", () => {
  test("B1: strategy jwt with an adapter authenticates", async () => {
    for (const setting of SETTINGS) {
      const { auth, signIn } = openApp(setting);
      expect(await auth.getSession(ask(await signIn())), setting.name).toMatchObject({ user: { email: JOHN.email } });
    }
  });

  test.each(STATEFUL)("B2: sign-out removes the row ($name)", async (setting) => {
    const { auth, adapter, signIn } = openApp(setting);
    const cookie = await signIn();
    const { id } = (await auth.getSession(ask(cookie))) ?? { id: "" };
    expect(await adapter.getSession({ id })).not.toBeNull();
    expect(await auth.signOut(ask(cookie))).toMatchObject({ revoked: true });
    expect(await adapter.getSession({ id })).toBeNull();
  });

  test.each(SETTINGS)("B3: the clearing cookie has Max-Age=0 and a past date ($name)", async (setting) => {
    const { auth } = openApp(setting);
    expect((await auth.signOut(ask())).cookies).toEqual([
      expect.stringMatching(/^[\w-]*auth-session=; Max-Age=0;.* Expires=Thu, 01 Jan 1970 00:00:00 GMT/),
    ]);
  });

  test.each([
    [{ domain: "app.example", sameSite: "strict", path: "/" }],
    [{ domain: "app.example", prefix: "secure" }],
    [{ prefix: "host" }],
    [{ path: "/app", partitioned: true }],
  ] as const)("B4: the clearing cookie has the attributes of the one that it clears: %j", async (cookieOptions) => {
    const { auth } = openApp(DATABASE, { session: { cookieOptions } });
    const [set = ""] = (await auth.handler(callback())).headers.getSetCookie();
    const [cleared = ""] = (await auth.signOut(ask(cookiePair(set)))).cookies;
    const jar = new CookieJar(undefined, { prefixSecurity: "strict" });
    await jar.setCookie(set, `${ORIGIN}/app/`);
    expect(await jar.getCookies(`${ORIGIN}/app/`)).toHaveLength(1);
    await jar.setCookie(cleared, `${ORIGIN}/app/`);
    expect(await jar.getCookies(`${ORIGIN}/app/`)).toHaveLength(0);
    const attributes = (text: string) => text.replace(/^([^=]+=)[^;]*/, "$1").replace(/; (Max-Age|Expires)=[^;]*/g, "");
    expect(attributes(cleared)).toBe(attributes(set));
  });

  test.each(SETTINGS)("B5: foreign and malformed cookies neither throw nor sign out ($name)", async (setting) => {
    const { auth, signIn } = openApp(setting);
    const cookie = await signIn();
    const foreign = [
      "a=%E0%A4%A",
      "a=%",
      "=x",
      ";;;",
      'q="; b"',
      "a=\u0080\u00ff",
      "__proto__=1",
      "auth-session-2=x",
      "a".repeat(9000),
    ];
    for (const other of foreign) {
      expect(await outcome(await auth.handler(ask(other, "/auth/session")))).toBe("200 ok");
      expect(await auth.getSession(ask(`${other}; ${cookie}`)), other).not.toBeNull();
      expect(await auth.getSession(ask(`${cookie}; ${other}`)), other).not.toBeNull();
    }
  });

  test.each(SETTINGS)(
    "B6: session cookies with different values are nobody's, in either order, with an event ($name)",
    async (setting) => {
      const events: string[] = [];
      const { auth, signIn } = openApp(setting, {
        hooks: { onCookieRejected: ({ reason }) => void events.push(reason) },
      });
      const [victim, attacker] = [await signIn(), await signIn()];
      expect(await auth.getSession(ask(`${victim}; ${attacker}`))).toBeNull();
      expect(await auth.getSession(ask(`${attacker}; ${victim}`))).toBeNull();
      expect(events).toEqual(["conflicting", "conflicting"]);
      expect(await auth.getSession(ask(`${victim}; ${victim}`))).not.toBeNull();
    },
  );

  test.each(SETTINGS)(
    "B7: expiresIn is kept: one hour is one hour, in cookie, session and row ($name)",
    async (setting) => {
      const { auth, adapter } = openApp(setting, { session: { expiresIn: "1h" } });
      const [setCookie = ""] = (await auth.handler(callback())).headers.getSetCookie();
      const session = await auth.getSession(ask(cookiePair(setCookie)));
      const end = new Date(START + HOUR * 1000);
      expect([maxAgeOf(setCookie), session?.expires]).toEqual([HOUR, end.toISOString()]);
      const row = await adapter.getSession({ id: session?.id ?? "" });
      if (setting.stateful) expect(row?.session.expires).toEqual(end);
    },
  );

  test("B8: 30 days are 2592000 seconds also where a clock change lies between", async () => {
    vi.stubEnv("TZ", "America/New_York");
    // The night of 10 March 2024 has an hour less there; the night of 3 November one more.
    for (const before of [START, Date.UTC(2024, 9, 20)]) {
      const { auth, clock } = openApp();
      clock.now = before;
      expect(new Date(before).getTimezoneOffset()).not.toBe(new Date(before + 30 * DAY * 1000).getTimezoneOffset());
      const [setCookie = ""] = (await auth.handler(callback())).headers.getSetCookie();
      const session = await auth.getSession(ask(cookiePair(setCookie)));
      expect([maxAgeOf(setCookie), Date.parse(session?.expires ?? "") - before]).toEqual([2_592_000, 2_592_000_000]);
    }
  });

  test("B9: the e-mail in the token is the user's", async () => {
    for (const setting of [JWT, JWT_WITH_ROW])
      expect(payloadOf(tokenOf(await openApp(setting).signIn())).user).toMatchObject({ email: JOHN.email });
  });

  test.each(STATEFUL)("B10: the adapter is never given a token ($name)", async (setting) => {
    const { auth, calls, signIn } = openApp(setting);
    const cookie = await signIn();
    await auth.getSession(ask(cookie));
    const refreshed = await auth.sessions.refreshSession(ask(cookie));
    await auth.sessions.rotateSession(ask(cookie));
    expect(calls.map(({ method }) => method)).toEqual(expect.arrayContaining(["createSession", "updateSession"]));
    for (const token of [tokenOf(cookie), tokenOf(refreshed?.cookie)])
      expect(JSON.stringify(calls)).not.toContain(token);
  });

  test.each(SETTINGS)("B11: no JSON answer holds the token ($name)", async (setting) => {
    const { auth } = openApp(setting);
    const signedIn = await auth.handler(callback());
    const cookie = cookiePair(signedIn.headers.getSetCookie()[0]);
    const refresh = await auth.handler(post(cookie, "/auth/session/refresh", "{}"));
    expect(await signedIn.text()).toBe("");
    const bodies = [await refresh.text(), await (await auth.handler(ask(cookie, "/auth/session"))).text()];
    for (const body of bodies) {
      expect(body).toContain(JOHN.email);
      expect(body).not.toContain(tokenOf(cookie));
      expect(body).not.toMatch(/"token|tokenHash/);
    }
  });

  test("B45: sessions are listed with a mark at this one; one, or all others, are revoked by id", async () => {
    for (const setting of STATEFUL) {
      const { auth } = openApp(setting);
      const [first, second, third] = [await signIn(auth), await signIn(auth), await signIn(auth)];
      const list = async () => (await (await auth.handler(ask(first, "/auth/sessions"))).json()).sessions;
      const idOf = async (cookie: string) => (await auth.getSession(ask(cookie)))?.id;
      expect((await list()).filter(({ current }: { current: boolean }) => current)).toMatchObject([
        { id: await idOf(first) },
      ]);

      const one = ask(first, `/auth/sessions/${await idOf(second)}`, { method: "DELETE" });
      expect(await outcome(await auth.handler(one))).toBe("200 ok");
      expect(await auth.getSession(ask(second))).toBeNull();
      const others = await auth.handler(post(first, "/auth/sessions/revoke-others", "{}"));
      expect(await others.json()).toEqual({ revoked: 1 });
      expect(await auth.getSession(ask(third))).toBeNull();
      expect(await list()).toHaveLength(1);
    }
  });

  test.each(STATEFUL)("B45: another user's session is not found, and stays ($name)", async (setting) => {
    const adapter = memoryAdapter();
    const john = openApp(setting, { adapter }).auth;
    const jane = openApp(setting, {
      adapter,
      provider: google({ providerAccountId: "jane", email: "jane@example.com" }),
    }).auth;
    const [johns, janes] = [await signIn(john), await signIn(jane)];
    const id = (await jane.getSession(ask(janes)))?.id;
    const answer = await john.handler(ask(johns, `/auth/sessions/${id}`, { method: "DELETE" }));
    expect(await outcome(answer)).toBe("404 not_found");
    expect(await jane.getSession(ask(janes))).not.toBeNull();
  });
});
