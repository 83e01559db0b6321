/** Profiles with hostile values: what is stored is clean, or the sign-in is refused; nothing breaks (F-21, R-O7). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { custom } from "../../src/oauth/index.js";
import { CLIENT, type HostileProvider, openProvider } from "./hostile-provider.js";
import type { Json } from "./hostile-tokens.js";
import {
  type App,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  openApp,
  providerOf,
  START,
  sessionCookies,
  signIn,
} from "./test-app.js";

const clock = { now: START };
const HUGE = 100_000;
/** Most characters of a name that anybody has any use for. */
const LONGEST_NAME = 1024;
const LONGEST_URL = 2048;

let provider: HostileProvider;
let app: App;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(() => {
  provider.reset();
  app = openApp(clock, [providerOf(provider)]);
});
afterEach(expectNoRejections);
afterAll(() => provider.stop());

interface Shown {
  id: string;
  email: string | null;
  name: string | null;
  picture: string | null;
}

/** Who is signed in with the cookie of this answer. */
async function shownBy(answer: Response): Promise<Shown> {
  const cookie = sessionCookies(answer)[0]?.split(";", 1)[0] ?? "";
  const session = await app.auth.getSession({ headers: new Headers({ cookie }) });
  expect(session).not.toBeNull();
  return session?.user as Shown;
}

function expectClean({ email, name, picture }: Shown): void {
  if (name !== null) {
    expect(typeof name).toBe("string");
    expect(name).not.toMatch(/\p{Cc}/u);
    expect(() => encodeURIComponent(name)).not.toThrow();
    expect(name.length).toBeLessThanOrEqual(LONGEST_NAME);
  }
  if (picture !== null) {
    expect(picture).toMatch(/^https:\/\/[^\p{Cc}\s]+$/u);
    expect(picture.length).toBeLessThanOrEqual(LONGEST_URL);
    expect(new URL(picture).username).toBe("");
  }
  if (email !== null) expect(email).toMatch(/^[^\s\p{Cc}@,;<>]+@[^\s\p{Cc}@,;<>]+$/u);
}

const VALUES: readonly (readonly [field: string, why: string, value: unknown])[] = [
  ["name", "100 kB", "n".repeat(HUGE)],
  ["name", "control characters", "Ann\r\nSet-Cookie: a=b\0\u001b[2J"],
  ["name", "nothing but control characters", "\0\r\n"],
  ["name", "script", "<script>alert(1)</script>"],
  ["name", "a lone surrogate", "Ann\ud800"],
  ["name", "cut within a character", `${"n".repeat(HUGE)}${"\u{1f600}".repeat(100)}`],
  ["name", "characters of two units each", "\u{1f600}".repeat(HUGE / 10)],
  ["name", "a number", 42],
  ["name", "an object", { toString: "Ann" }],
  ["name", "a list", ["Ann"]],
  ["name", "true", true],
  ["name", "null", null],
  ["name", "empty", ""],
  ["picture", "javascript:", "javascript:alert(1)"],
  ["picture", "JavaScript: with a tab", "java\tscript:alert(1)"],
  ["picture", "data:", "data:text/html,<script>alert(1)</script>"],
  ["picture", "file:", "file:///etc/passwd"],
  ["picture", "http:", "http://pictures.example/ann.png"],
  ["picture", "a path", "/ann.png"],
  ["picture", "another host without a scheme", "//evil.example/ann.png"],
  ["picture", "with a password", "https://user:password@evil.example/ann.png"],
  ["picture", "with line breaks", "https://pictures.example/\r\nX-Injected: 1"],
  ["picture", "100 kB", `https://pictures.example/${"p".repeat(HUGE)}`],
  ["picture", "an object", { data: { url: "https://pictures.example/" } }],
  ["picture", "https: and nothing", "https://"],
  ["email", "CRLF", "ann@example.com\r\nBcc: all@example.com"],
  ["email", "NUL", "ann@example.com\0"],
  ["email", "two", "ann@example.com,bob@example.com"],
  ["email", "with a name", "Ann <ann@example.com>"],
  ["email", "100 kB", `${"e".repeat(HUGE)}@example.com`],
  ["email", "no address", "ann"],
  ["email", "a list", ["ann@example.com"]],
  ["email", "an object", { $ne: "" }],
  ["email", "a number", 42],
  ["email", "null", null],
  ["email", "empty", ""],
  ["__proto__", "an object", { admin: true, id: "admin" }],
  ["constructor", "a text", "x"],
  ["toString", "a text", "x"],
  ["id", "another user's", "admin"],
  ["userId", "another user's", "admin"],
];

describe("F-21: UserInfo with a hostile value", () => {
  test.each(VALUES)("%s: %s", async (field, _why, value) => {
    provider.behave({ userInfo: (claims) => Object.fromEntries([...Object.entries(claims), [field, value]]) });
    const answer = await signIn(app.browser(), provider);
    if (sessionCookies(answer).length === 0) return expectRefused(app, answer, "provider_rejected");
    expectSignedIn(app, answer);
    const shown = await shownBy(answer);
    expectClean(shown);
    const stored = await app.adapter.getUser(shown.id);
    expect(stored).not.toBeNull();
    expectClean(stored as Shown);
    expect(shown.id).not.toBe("admin");
  });

  test.each(VALUES)("in a token, without a database: %s, %s", async (field, _why, value) => {
    app = openApp(clock, [providerOf(provider)], { adapter: undefined });
    provider.behave({ userInfo: (claims) => Object.fromEntries([...Object.entries(claims), [field, value]]) });
    const answer = await signIn(app.browser(), provider);
    if (sessionCookies(answer).length === 0) return expectRefused(app, answer, "provider_rejected");
    expectSignedIn(app, answer);
    expectClean(await shownBy(answer));
  });

  test("everything long at once: the session still fits into its cookie, or the sign-in is refused", async () => {
    app = openApp(clock, [providerOf(provider)], { adapter: undefined });
    const long = { name: "\u{1f600}".repeat(2000), picture: `https://pictures.example/${"p".repeat(2000)}` };
    const email = `${"e".repeat(64)}@${"d.".repeat(90)}example`;
    provider.behave({ userInfo: (claims) => ({ ...claims, ...long, email }) });
    const answer = await signIn(app.browser(), provider);
    if (sessionCookies(answer).length === 0) return expectRefused(app, answer, "provider_rejected");
    expectSignedIn(app, answer);
  });
});

describe("R-O7: an address is verified when email_verified is the boolean true, and never otherwise", () => {
  async function storedBy(value: unknown, trustEmail: boolean) {
    app = openApp(clock, [providerOf(provider, { trustEmail })]);
    provider.behave({ userInfo: (claims) => ({ ...claims, email_verified: value }) });
    const answer = await signIn(app.browser(), provider);
    expectSignedIn(app, answer);
    return app.adapter.getUser((await shownBy(answer)).id);
  }

  test.each([["true"], ["false"], [1], ["1"], ["yes"], [{}], [[true]], [null], [undefined], [false]])(
    "%j from a trusted provider",
    async (value) => {
      expect(await storedBy(value, true)).toMatchObject({ emailVerified: false });
      // An address that nobody proved is its owner's to sign up with.
      expect(await app.adapter.getUserByEmail("ann@example.com")).toBeNull();
    },
  );

  test("true, from a provider that the app trusts for it and from one that it does not", async () => {
    expect(await storedBy(true, true)).toMatchObject({ emailVerified: true, email: "ann@example.com" });
    expect(await storedBy(true, false)).toMatchObject({ emailVerified: false });
  });
});

describe("a profile of plain OAuth 2, where the subject is what identity() makes of it", () => {
  /** A provider without ID tokens, whose profile API answers whatever the test says. */
  function plain(identity: (profile: Readonly<Json>) => { subject: unknown; name?: unknown }) {
    const { issuer } = provider;
    return custom({
      ...CLIENT,
      id: "plain",
      authorizationEndpoint: `${issuer}/authorize`,
      tokenEndpoint: `${issuer}/token`,
      userInfoEndpoint: `${issuer}/userinfo`,
      scope: "profile",
      identity,
    });
  }
  const withoutIdToken = ({ id_token, ...body }: Json) => body;

  test.each<[why: string, subject: unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["empty", ""],
    ["NaN", Number.NaN],
    ["no whole number", 1.5],
    ["a number beyond what is exact", 2 ** 53],
    ["true", true],
    ["a list", ["ann"]],
    ["an object", { id: "ann" }],
    ["with NUL", "ann\0"],
    ["100 kB", "a".repeat(HUGE)],
  ])("a subject that is none is refused: %s", async (_why, subject) => {
    app = openApp(clock, [plain(() => ({ subject }))]);
    provider.behave({ tokenResponse: withoutIdToken });
    expectRefused(app, await signIn(app.browser(), provider, "plain"), "provider_rejected");
  });

  test("an identity() that throws on what it did not expect is the provider's fault, not ours", async () => {
    app = openApp(clock, [plain(({ data }) => ({ subject: (data as { id: string }).id }))]);
    provider.behave({ tokenResponse: withoutIdToken });
    expectRefused(app, await signIn(app.browser(), provider, "plain"), "provider_rejected");
  });

  test("a whole number is a subject", async () => {
    app = openApp(clock, [plain(() => ({ subject: 42 }))]);
    provider.behave({ tokenResponse: withoutIdToken });
    expectSignedIn(app, await signIn(app.browser(), provider, "plain"));
  });
});
