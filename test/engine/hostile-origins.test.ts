/** Requests from other sites, and redirects that would lead to them. */
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test } from "vitest";
import {
  type AppOptions,
  addPerson,
  NEW_PASSWORD,
  ORIGIN,
  openApp,
  outcomeOf,
  PASSWORD,
  requestFor,
  weakPassword,
} from "./app.js";

const provider = weakPassword();
const FRIEND = "https://friend.test";
const BROWSER = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" };

const SETTINGS: { name: string; config: AppOptions["config"] & object }[] = [
  { name: "without baseUrl", config: { trustedOrigins: [FRIEND] } },
  { name: "with baseUrl", config: { trustedOrigins: [FRIEND], baseUrl: ORIGIN } },
];

const REFUSED: readonly Record<string, string>[] = [
  { origin: "https://evil.test" },
  { origin: "https://evil.test", "sec-fetch-site": "cross-site" },
  { origin: "https://evil.test", "sec-fetch-site": "same-origin" },
  { origin: "https://app.test.evil.test" },
  { origin: "https://evilapp.test" },
  { origin: "https://app.test@evil.test" },
  { origin: "https://sub.app.test", "sec-fetch-site": "same-site" },
  { origin: "https://app.test:8443" },
  { origin: "https://friend.test.evil.test" },
  { origin: "http://friend.test" },
  { origin: "HTTPS://FRIEND.TEST" },
  { origin: "null" },
  { origin: "null", "sec-fetch-site": "cross-site" },
  { origin: "null", "sec-fetch-site": "none" },
  { origin: "null", "sec-fetch-site": "same-site" },
  { origin: "" },
  { origin: "app.test" },
  { origin: "//app.test" },
  { origin: "ftp://app.test" },
  { origin: "javascript://app.test" },
  { origin: "https://app.test, https://evil.test" },
  { origin: "https://evil.test https://app.test" },
  { origin: "file://" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "" },
  { "sec-fetch-site": "Same-Origin" },
  { "sec-fetch-site": "nonsense" },
  { ...BROWSER },
  { ...BROWSER, referer: `${ORIGIN}/page` },
  { origin: "https://evil.test", host: "evil.test", "x-forwarded-host": "evil.test" },
];
const ALLOWED: readonly Record<string, string>[] = [
  { origin: ORIGIN },
  { origin: ORIGIN, "sec-fetch-site": "same-origin", ...BROWSER },
  { origin: FRIEND, "sec-fetch-site": "cross-site" },
  { origin: "null", "sec-fetch-site": "same-origin" },
  { "sec-fetch-site": "same-origin", ...BROWSER },
  { "sec-fetch-site": "none", ...BROWSER },
  {},
  { "user-agent": "curl/8" },
];

describe.each(SETTINGS)("R-C12, $name", ({ config }) => {
  test.each(REFUSED)("%j: no mutation is done", async (headers) => {
    const app = openApp({ adapter: memoryAdapter(), provider, config });
    const person = await addPerson(app.adapter);
    const [cookie, other] = [await app.start(person), await app.start(person)];
    const otherId = (await app.auth.getSession(requestFor("GET /session", { cookie: other })))?.id;
    const credentials = { email: person.email, password: PASSWORD };
    const before = await app.adapter.listSessions(person.id, new Date(0));

    for (const [route, sent] of [
      ["POST /signout", {}],
      ["POST /signout", { form: { callbackUrl: "/" } }],
      ["POST /session/refresh", {}],
      [`DELETE /sessions/${otherId}`, {}],
      ["POST /sessions/revoke-others", {}],
      ["POST /sessions/revoke-others", { form: {} }],
      ["POST /signin/password", { json: credentials }],
      ["POST /signin/password", { form: credentials }],
      ["POST /signup", { json: { ...credentials, email: "new@example.com" } }],
      ["POST /password/change", { json: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD } }],
    ] as const) {
      const answer = await app.ask(route, { cookie, headers, ...sent });
      expect(await outcomeOf(answer), route).toBe("403 origin_not_allowed");
      expect(answer.headers.getSetCookie(), route).toEqual([]);
      // R-C13: no other origin may read an answer either.
      expect(answer.headers.get("access-control-allow-origin"), route).toBeNull();
    }
    expect(await app.adapter.listSessions(person.id, new Date(0))).toEqual(before);
    expect(await app.adapter.getUserByEmail("new@example.com")).toBeNull();
  });

  test.each(ALLOWED)("%j: may ask", async (headers) => {
    const app = openApp({ adapter: memoryAdapter(), provider, config });
    const cookie = await app.start(await addPerson(app.adapter));
    expect((await app.ask("POST /session/refresh", { cookie, headers })).status).toBe(200);
    expect((await app.ask("POST /signout", { cookie, headers, form: {} })).status).toBe(303);
    expect(await app.isSignedIn(cookie)).toBe(false);
  });
});

describe("R-O8: callbackUrl", () => {
  const hosts = [
    "evil.test",
    "evil.test/path",
    "app.test.evil.test",
    "app.test@evil.test",
    "evil.test#@app.test",
    "[::1]",
    "2130706433",
  ];
  const openings = [
    "//",
    "///",
    "////",
    "/\\",
    "\\/",
    "\\\\",
    "https://",
    "https:/",
    "https:",
    "http://",
    "HTTPS://",
    "https:\\\\",
  ];
  const disguises = [
    " //",
    "\t//",
    "/\t/",
    "/\n/",
    "/\r\n/",
    "/\u00a0/",
    "/./\\",
    "/.//",
    "/x/..//",
    "/%2e%2e//",
    "/%09/",
    "\u2028//",
    "\ufeff//",
    "\u0000//",
  ];
  const schemes = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "javascript://app.test/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://app.test/x",
    "file:///etc/passwd",
    "ftp://evil.test",
    "ws://evil.test",
    "intent://evil.test",
    "mailto:a@evil.test",
    "about:blank",
    "@evil.test",
    ".evil.test",
    "evil.test",
    "?//evil.test",
    "https://friend.test@evil.test",
    "https://user:pass@friend.test",
    "https://friend.test.evil.test",
    "http://friend.test",
    "https://friend.test:444",
    "/\r\nSet-Cookie: a=b",
    "/\r\nLocation: https://evil.test",
    "",
    " ",
    "/\ud800",
    "𝕙𝕥𝕥𝕡𝕤://evil.test",
    "／／evil.test",
    "/／evil.test",
    "https：//evil.test",
    `//${"a".repeat(5000)}.test`,
  ];
  const corpus = [...openings, ...disguises].flatMap((opening) => hosts.map((host) => opening + host)).concat(schemes);

  test("has at least 120 hostile values", () => expect(new Set(corpus).size).toBeGreaterThanOrEqual(120));

  const app = openApp({
    adapter: memoryAdapter(),
    provider,
    config: { trustedOrigins: [FRIEND], rateLimit: { perIp: 1_000_000 } },
  });

  /** As a browser follows it. */
  function expectHere(answer: Response, value: string): void {
    const location = answer.headers.get("location") ?? "";
    expect(answer.status, value).toBe(303);
    expect(new URL(location, `${ORIGIN}/auth/signout`).origin, JSON.stringify({ value, location })).toBe(ORIGIN);
    // Nor by a client that resolves a path in a simpler way.
    expect(location, value).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
  }

  test("stays on this origin after a sign-out", async () => {
    for (const value of corpus) expectHere(await app.ask("POST /signout", { form: { callbackUrl: value } }), value);
  });

  test("stays on this origin after a sign-in", async () => {
    const { email } = await addPerson(app.adapter);
    for (const value of corpus.filter((_value, index) => index % 4 === 0 || index >= corpus.length - schemes.length)) {
      const form = { email, password: PASSWORD, callbackUrl: value, errorUrl: value };
      expectHere(await app.ask("POST /signin/password", { form }), value);
    }
  });

  test("errorUrl stays on this origin after a sign-in that failed", async () => {
    for (const value of corpus) {
      const form = { email: "nobody", password: "", callbackUrl: value, errorUrl: value };
      const answer = await app.ask("POST /signin/password", { form });
      expectHere(answer, value);
      expect(new URL(answer.headers.get("location") ?? "", ORIGIN).searchParams.get("error")).toBe("request_invalid");
    }
  });

  test("reaches paths of the app, and origins that are trusted", async () => {
    for (const target of ["/", "/a/b?c=d#e", "/%2F%2Fevil.test", "https://friend.test/x", "/?next=https://evil.test"]) {
      const answer = await app.ask("POST /signout", { form: { callbackUrl: target } });
      expect(answer.headers.get("location")).toBe(target);
    }
  });
});
