/** Sign-ins that end in another request: their cookies, by a provider of a few lines that sends the browser elsewhere and takes it back. */
import { type AuthConfig, AuthError, createAuth, type Provider, type ProviderStep } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test } from "vitest";

const SECRET = "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2";
const START = Date.UTC(2026, 0, 1);
/** The id of an attempt: what the elsewhere of this provider sends back. */
const IN_URL = /attempt=([\w-]+)/;

function elsewhere(options: { content?: Record<string, unknown> } = {}): Provider {
  const complete = async ({ request, input, attempts, navigation }: ProviderStep) => {
    const id = String(new URL(request.url).searchParams.get("attempt") ?? input.attempt);
    const kept = await attempts.read(id);
    if (kept === null || !(await attempts.use(id))) throw new AuthError("sign_in_expired");
    attempts.end(id);
    navigation.callbackUrl = "/dashboard";
    const identity = { provider: "elsewhere", providerAccountId: String(kept.name) };
    return { kind: "identity", identity, isNewUser: false } as const;
  };
  return {
    id: "elsewhere",
    type: "oauth",
    needsAdapter: false,
    routes: {
      async "GET /signin/elsewhere"({ attempts }) {
        const id = attempts.createId();
        await attempts.start(id, { name: "john", ...options.content });
        return { kind: "redirect", url: `https://elsewhere.example/?attempt=${id}` };
      },
      "GET /callback/elsewhere": complete,
      "POST /callback/elsewhere": complete,
    },
    callbackPath: "/back",
  };
}

function openApp(config: Partial<AuthConfig> = {}, provider = elsewhere()) {
  const clock = { now: START };
  const auth = createAuth({
    secret: SECRET,
    baseUrl: "https://app.example",
    provider,
    adapter: memoryAdapter(),
    clock: () => clock.now,
    ...config,
  });
  const get = (path: string, cookie = "", headers: Record<string, string> = {}) =>
    auth.handler(new Request(`https://app.example${path}`, { headers: { cookie, ...headers } }));
  async function begin(cookie = "") {
    const answer = await get("/auth/signin/elsewhere", cookie);
    const [, id = ""] = IN_URL.exec(answer.headers.get("location") ?? "") ?? [];
    const lines = answer.headers.getSetCookie();
    const own = lines.find((line) => line.includes(id)) ?? "";
    return { answer, id, lines, setCookie: own, cookie: own.split(";")[0] ?? "" };
  }
  const complete = async (id: string, cookie: string) =>
    outcomeOf(await get(`/auth/callback/elsewhere?attempt=${id}`, cookie));
  return { auth, clock, get, begin, complete };
}

function outcomeOf(answer: Response): string {
  const signedIn = answer.headers.getSetCookie().some((line) => /^(__Host-)?auth-session=[^;]/.test(line));
  return `${answer.status} ${answer.headers.get("location")}${signedIn ? " signed in" : ""}`;
}

describe("R-O1: the cookie of an attempt", () => {
  test("is sealed, HttpOnly, Lax and __Host-, for ten minutes", async () => {
    const { begin } = openApp();
    const { answer, setCookie } = await begin();
    expect(answer.status).toBe(303);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(setCookie).toMatch(/^__Host-auth-attempt-[\w-]+=[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+; /);
    expect(setCookie.split("; ").slice(1).sort()).toEqual(
      ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax", "Secure"].sort(),
    );
    expect(setCookie).not.toContain("john");
  });

  test("has neither Secure nor a prefix on this machine's plain http", async () => {
    const { begin } = openApp({ baseUrl: "http://localhost:3000" });
    expect((await begin()).setCookie).toMatch(/^auth-attempt-/);
    expect((await begin()).setCookie).not.toMatch(/Secure/);
  });

  test("leads back to the callbackUrl, once", async () => {
    const { begin, complete } = openApp();
    const { id, cookie } = await begin();
    expect(await complete(id, cookie)).toBe("303 /dashboard signed in");
    expect(await complete(id, cookie)).toBe("303 /login?error=sign_in_expired");
  });

  test("is good to the last second of its ten minutes, by the app's clock", async () => {
    const { begin, complete, clock } = openApp();
    const [first, second] = [await begin(), await begin()];
    clock.now += 599_000;
    expect(await complete(first.id, first.cookie)).toMatch(/signed in$/);
    clock.now += 1000;
    expect(await complete(second.id, second.cookie)).toBe("303 /login?error=sign_in_expired");
  });

  test("is of no use under the name of another attempt, with another secret, or in place of a session", async () => {
    const { begin, complete, auth } = openApp();
    const [first, second] = [await begin(), await begin()];
    const swapped = `${second.cookie.split("=")[0]}=${first.cookie.split("=")[1]}`;
    expect(await complete(second.id, swapped)).toBe("303 /login?error=sign_in_expired");
    const stranger = openApp({ secret: "Wq3Zp8Tn5Lx1Vb6Ky0Rj4Mc9Sd2Hf7Gu" });
    expect(await stranger.complete(first.id, first.cookie)).toBe("303 /login?error=sign_in_expired");
    const asSession = new Request("https://app.example/", {
      headers: { cookie: `auth-session=${first.cookie.split("=")[1]}` },
    });
    expect(await auth.getSession(asSession)).toBeNull();
  });

  test("R-S15: twice with different values it is nobody's", async () => {
    const { begin, complete } = openApp();
    const { id, cookie } = await begin();
    expect(await complete(id, `${cookie}; ${cookie}x`)).toBe("303 /login?error=sign_in_expired");
  });
});

describe("F-18: many attempts in one browser", () => {
  test("eight run side by side and end in any order; a ninth takes the place of the oldest", async () => {
    const { begin, complete, clock } = openApp();
    const jar = new Map<string, string>();
    const cookies = () => [...jar].map((pair) => pair.join("=")).join("; ");
    const ids: string[] = [];
    for (let count = 1; count <= 9; count++) {
      clock.now += 1000;
      const { id, lines } = await begin(cookies());
      for (const line of lines) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") jar.delete(name);
        else jar.set(name, value);
      }
      ids.push(id);
    }
    expect(jar.size).toBe(8);
    const [oldest = "", ...others] = ids;
    expect(await complete(oldest, cookies())).toBe("303 /login?error=sign_in_expired");
    for (const id of others.reverse()) expect(await complete(id, cookies())).toMatch(/signed in$/);
  });

  test("large ones leave the oldest out sooner: all together have at most 6,000 characters", async () => {
    const { begin, clock } = openApp({}, elsewhere({ content: { page: "p".repeat(1500) } }));
    let cookie = "";
    for (let count = 1; count <= 4; count++) {
      clock.now += 1000;
      const { lines, cookie: own } = await begin(cookie);
      const cleared = lines.filter((line) => /=;/.test(line)).map((line) => line.split("=")[0]);
      const kept = cookie.split("; ").filter((pair) => pair !== "" && !cleared.includes(pair.split("=")[0]));
      cookie = [...kept, own].join("; ");
    }
    expect(cookie.split("; ")).toHaveLength(2);
  });

  test("one that no cookie could hold is refused, and nothing is set", async () => {
    const { begin } = openApp({}, elsewhere({ content: { page: "p".repeat(3000) } }));
    const { answer, lines } = await begin();
    expect(outcomeOf(answer)).toBe("303 /login?error=request_invalid");
    expect(lines).toEqual([]);
  });
});

describe("R-S15: only what the user does begins or ends a sign-in", () => {
  test.each([
    // headers                                                                              begins  why
    [{}, true], // a browser of old, or none
    [{ "sec-fetch-site": "same-origin", "sec-fetch-dest": "document" }, true], // our own page
    [{ "sec-fetch-site": "none", "sec-fetch-user": "?1", "sec-fetch-dest": "document" }, true], // a bookmark
    [{ "sec-fetch-site": "cross-site", "sec-fetch-user": "?1", "sec-fetch-dest": "document" }, true], // a link that was clicked
    [{ "sec-fetch-site": "cross-site", "sec-fetch-dest": "document" }, false], // a script that navigates
    [{ "sec-fetch-site": "cross-site", "sec-fetch-user": "?1", "sec-fetch-dest": "iframe" }, false], // a frame
    [{ "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" }, false], // an image
  ])("a sign-in asked for with %j: %s", async (headers, begins) => {
    const answer = await openApp().get("/auth/signin/elsewhere", "", headers as Record<string, string>);
    expect(answer.headers.get("location")).toMatch(
      begins ? /^https:\/\/elsewhere/ : /^\/login\?error=origin_not_allowed$/,
    );
    expect(answer.headers.getSetCookie()).toHaveLength(begins ? 1 : 0);
  });

  test("HEAD neither begins nor ends one", async () => {
    const { auth, begin } = openApp();
    const { id, cookie } = await begin();
    for (const path of ["/auth/signin/elsewhere", `/auth/callback/elsewhere?attempt=${id}`]) {
      const answer = await auth.handler(
        new Request(`https://app.example${path}`, { method: "HEAD", headers: { cookie } }),
      );
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([405, []]);
    }
  });
});

describe("the callback", () => {
  test("R-O9: may be posted by the other side's page, goes on with 303, and that page's words on where to go count for nothing", async () => {
    const { auth, begin } = openApp();
    const { id, cookie } = await begin();
    const body = new URLSearchParams({ attempt: id, callbackUrl: "/evil", errorUrl: "/evil" });
    const headers = { cookie, origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" };
    const post = () =>
      auth.handler(new Request("https://app.example/auth/callback/elsewhere", { method: "POST", body, headers }));
    expect(outcomeOf(await post())).toBe("303 /dashboard signed in");
    expect(outcomeOf(await post())).toBe("303 /login?error=sign_in_expired");
  });

  test("is also found under the path that the app registered elsewhere", async () => {
    const { begin, get, auth } = openApp();
    const { id, cookie } = await begin();
    expect(auth.callbackPaths).toEqual(["/back"]);
    expect(outcomeOf(await get(`/back?attempt=${id}`, cookie))).toBe("303 /dashboard signed in");
    expect((await get("/back/more")).status).toBe(404);
  });

  test("S0.10: authenticate drives it as a function: redirectUrl and cookies, then session and cookies", async () => {
    const { auth } = openApp();
    const begun = await auth.authenticate(new Request("https://app.example/auth/signin/elsewhere"));
    expect(begun).toEqual({ redirectUrl: expect.stringMatching(IN_URL), cookies: [expect.any(String)] });
    const [, id = ""] = IN_URL.exec(begun.redirectUrl ?? "") ?? [];
    const headers = { cookie: begun.cookies?.[0]?.split(";")[0] ?? "" };
    const back = () => new Request(`https://app.example/back?attempt=${id}`, { headers });
    const done = await auth.authenticate(back());
    expect(done).toMatchObject({ session: { type: "oauth" }, redirectUrl: "/dashboard" });
    expect(done.cookies).toHaveLength(2);
    expect(await auth.authenticate(back())).toEqual({ error: "sign_in_expired" });
  });

  test("without a database the attempt is as bound to its browser", async () => {
    const config = { secret: SECRET, baseUrl: "https://app.example", provider: elsewhere() };
    const auth = createAuth(config);
    const begun = await auth.authenticate(new Request("https://app.example/auth/signin/elsewhere"));
    const [, id = ""] = IN_URL.exec(begun.redirectUrl ?? "") ?? [];
    const url = `https://app.example/auth/callback/elsewhere?attempt=${id}`;
    expect(await auth.authenticate(new Request(url))).toEqual({ error: "sign_in_expired" });
    const headers = { cookie: begun.cookies?.[0]?.split(";")[0] ?? "" };
    expect(await auth.authenticate(new Request(url, { headers }))).toMatchObject({ session: { user: { id: "john" } } });
  });
});

describe("R-O8: the sign-in page is told where the browser wanted to go", () => {
  const refusing: Provider = {
    id: "refusing",
    type: "oauth",
    needsAdapter: false,
    routes: {
      async "POST /signin/refusing"() {
        throw new AuthError("invalid_credentials");
      },
    },
  };

  test.each([
    // callbackUrl                          what the page is told
    ["/next?a=1", "&callbackUrl=%2Fnext%3Fa%3D1"],
    ["https://app.example/next", "&callbackUrl=%2Fnext"], // our own origin, by its name
    ["https://evil.example/", ""],
    ["//evil.example", ""],
    ["javascript:alert(1)", ""],
    [`/${"a".repeat(20_000)}`, ""], // a Location that proxies refuse
  ])("unless it may not go there: %.40s", async (callbackUrl, told) => {
    const { auth } = openApp({}, refusing);
    const body = new URLSearchParams({ callbackUrl });
    const headers = { origin: "https://app.example" };
    const answer = await auth.handler(
      new Request("https://app.example/auth/signin/refusing", { method: "POST", body, headers }),
    );
    expect(outcomeOf(answer)).toBe(`303 /login?error=invalid_credentials${told}`);
  });
});
