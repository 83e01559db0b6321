/** Answers of one provider, or of one user, in the place of another's: R-O3, RFC 9207, RFC 9700 §4.4 and §4.5. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HostileProvider, openProvider } from "./hostile-provider.js";
import {
  type App,
  type Browser,
  begin,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  openApp,
  providerOf,
  START,
} from "./test-app.js";

const clock = { now: START };
let honest: HostileProvider;
let evil: HostileProvider;
let app: App;
let browser: Browser;

beforeAll(async () => {
  honest = await openProvider({ path: "/tenant", now: () => clock.now });
  evil = await openProvider({ now: () => clock.now });
});
beforeEach(() => {
  for (const provider of [honest, evil]) provider.reset();
  app = openApp(clock, [providerOf(honest, { id: "honest" }), providerOf(evil, { id: "evil" })]);
  browser = app.browser();
});
afterEach(expectNoRejections);
afterAll(async () => {
  await honest.stop();
  await evil.stop();
});

/** Whether the metadata promise `iss` in every answer (RFC 9207 §3). */
const PROMISES = [true, false, undefined] as const;

/** What stands for `iss` in the answer, and whether it is right; no value at all depends on the promise. */
const ISS: readonly (readonly [why: string, values: (issuer: string) => string[], isRight?: boolean])[] = [
  ["same", (issuer) => [issuer], true],
  ["missing", () => []],
  ["of another", () => [evil.issuer], false],
  ["with a slash more", (issuer) => [`${issuer}/`], false],
  ["with its path in another case", (issuer) => [issuer.replace("/tenant", "/Tenant")], false],
  ["with its scheme in another case", (issuer) => [issuer.replace("http", "HTTP")], false],
  ["percent-encoded", (issuer) => [issuer.replace("/tenant", "/%74enant")], false],
  ["percent-encoded altogether", (issuer) => [encodeURIComponent(issuer)], false],
  ["with dot segments", (issuer) => [issuer.replace("/tenant", "/x/../tenant")], false],
  ["with another name of the host", (issuer) => [issuer.replace("127.0.0.1", "localhost")], false],
  ["with a query", (issuer) => [`${issuer}?`], false],
  ["with a fragment", (issuer) => [`${issuer}#`], false],
  ["with a space", (issuer) => [` ${issuer}`], false],
  ["with NUL", (issuer) => [`${issuer}\0`], false],
  ["without its path", () => [honest.origin], false],
  ["empty", () => [""], false],
  ["twice the same", (issuer) => [issuer, issuer], false],
  ["twice, another first", (issuer) => [evil.issuer, issuer], false],
  ["twice, another last", (issuer) => [issuer, evil.issuer], false],
];
const TABLE = PROMISES.flatMap((promise) =>
  ISS.map(([why, values, isRight]) => [why, promise, values, isRight ?? promise !== true] as const),
);

describe("R-O3, RFC 9207 §2.4: iss", () => {
  beforeEach(() => app.browser());

  test.each(TABLE)("%s, where the metadata say %s, with a code", async (_why, promise, values, isRight) => {
    const target = await beginAtHonest(promise);
    const answer = await browser.get(withIss(honest.authorize(target), values(honest.issuer)));
    if (isRight) return expectSignedIn(app, answer);
    expectRefused(app, answer, "provider_rejected");
    expect(honest.count("token")).toBe(0);
  });

  test.each(TABLE)("%s, where the metadata say %s, with an error", async (_why, promise, values, isRight) => {
    const denied = honest.refuse(await beginAtHonest(promise), { error: "access_denied" });
    const answer = await browser.get(withIss(denied, values(honest.issuer)));
    expectRefused(app, answer, isRight ? "access_denied" : "provider_rejected");
  });
});

describe("RFC 9700 §4.4: mix-up of two providers", () => {
  test("a code of one at the callback of the other goes to neither", async () => {
    const target = await begin(browser, "honest");
    const code = honest.authorize(target).href.replace("/callback/honest", "/callback/evil");
    expectRefused(app, await browser.get(code), "sign_in_expired");
    expect([honest.count("token"), evil.count("token")]).toEqual([0, 0]);
  });

  test("a code of one with the state of the other's attempt goes to neither, at either callback", async () => {
    const evilTarget = await begin(browser, "evil");
    const callback = honest.authorize(await begin(browser, "honest"));
    callback.searchParams.set("state", new URL(evilTarget).searchParams.get("state") ?? "");
    expectRefused(app, await browser.get(callback.href), "sign_in_expired");
    expect([honest.count("token"), evil.count("token")]).toEqual([0, 0]);
  });

  test("a code of the honest one at the evil one's attempt: its iss gives it away before it is sent", async () => {
    const target = await begin(browser, "evil");
    const callback = withIss(honest.authorize(target), [honest.issuer]);
    expectRefused(app, await browser.get(callback), "provider_rejected");
    expect(evil.count("token")).toBe(0);
  });

  test("RFC 9700 §4.4.2: each provider has a redirect URI of its own", async () => {
    const targets = [await begin(browser, "honest"), await begin(browser, "evil")];
    const uris = targets.map((target) => new URL(target).searchParams.get("redirect_uri"));
    expect(new Set(uris).size).toBe(2);
  });

  test("R-O6: the same subject at two providers is two users", async () => {
    for (const [provider, id] of [
      [honest, "honest"],
      [evil, "evil"],
    ] as const) {
      provider.behave({ subject: "ann", userInfo: ({ sub }) => ({ sub }) });
      expectSignedIn(app, await browser.get(provider.authorize(await begin(browser, id)).href));
      browser.cookies.clear();
    }
    const accounts = await Promise.all([accountAt("honest", honest), accountAt("evil", evil)]);
    expect(accounts.every((account) => account !== null)).toBe(true);
    expect(accounts[0]?.userId).not.toBe(accounts[1]?.userId);
  });

  test("R-O5, R-O6: an evil provider whose discovery claims the honest issuer is refused", async () => {
    evil.behave({ discovery: (document) => ({ ...document, issuer: honest.issuer }) });
    expectRefused(app, await browser.get("/signin/evil"), "provider_rejected");
  });
});

describe("RFC 9700 §4.5: injection of another user's code", () => {
  async function injected(): Promise<string> {
    const stolen = honest.authorize(await begin(app.browser(), "honest"));
    const callback = honest.authorize(await begin(browser, "honest"));
    callback.searchParams.set("code", stolen.searchParams.get("code") ?? "");
    return callback.href;
  }

  test("R-O2: the provider sees by PKCE that another attempt asked for it", async () => {
    expectRefused(app, await browser.get(await injected()), "provider_rejected");
    expect(honest.count("token")).toBe(1);
  });

  test("R-O4: where the provider does not look, the nonce tells", async () => {
    honest.behave({ careless: true });
    expectRefused(app, await browser.get(await injected()), "provider_rejected");
    expect([honest.count("token"), honest.count("userinfo")]).toEqual([1, 0]);
  });
});

async function beginAtHonest(promise: boolean | undefined): Promise<string> {
  honest.behave({
    discovery: (document) => ({ ...document, authorization_response_iss_parameter_supported: promise }),
  });
  return begin(browser, "honest");
}

function withIss(callback: URL, values: readonly string[]): string {
  for (const value of values) callback.searchParams.append("iss", value);
  return callback.href;
}

/** By the issuer or by the provider's id: either keeps them apart. */
async function accountAt(id: string, { issuer }: HostileProvider) {
  const names = [id, issuer];
  const found = await Promise.all(
    names.map((provider) => app.adapter.getAccount({ provider, providerAccountId: "ann" })),
  );
  return found.find((account) => account !== null) ?? null;
}
