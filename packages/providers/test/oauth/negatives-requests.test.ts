/** How often a provider is asked, and how much of its answers is read: R-O11, F-25. */
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answering, type HostileProvider, openProvider } from "./hostile-provider.js";
import { signingKey } from "./hostile-tokens.js";
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
  signIn,
} from "./test-app.js";

const clock = { now: START };
const HOUR_MS = 3_600_000;
const ENDPOINTS = ["discovery", "token", "jwks", "userinfo"] as const;

let provider: HostileProvider;
let app: App;
let browser: Browser;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(() => {
  clock.now = START;
  provider.reset();
  app = openApp(clock, [providerOf(provider)]);
  browser = app.browser();
});
afterEach(expectNoRejections);
afterAll(() => provider.stop());

describe("R-O11: no answer is read beyond its cap", () => {
  test.each(ENDPOINTS)("an endless answer of %s", async (endpoint) => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024, " ");
    provider.behave(
      answering(endpoint, (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const more = () => {
          while (!response.destroyed) {
            sent += chunk.length;
            if (!response.write(chunk)) return void response.once("drain", more);
          }
        };
        more();
      }),
    );
    expectRefused(app, await signIn(browser, provider), "provider_rejected");
    // What the reader left in the buffers of both ends is sent, too.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  test.each(ENDPOINTS)("a small answer of %s that unpacks to a large one", async (endpoint) => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, " "));
    provider.behave(
      answering(endpoint, (response) => {
        response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb);
      }),
    );
    expectRefused(app, await signIn(browser, provider), "provider_rejected");
  });
});

describe("F-25: keys that change", () => {
  test("a new key works in the same process, with one fetch more", async () => {
    expectSignedIn(app, await signIn(browser, provider));
    const next = await signingKey("next");
    provider.behave({ key: next, jwks: (keys) => ({ keys: [...keys, next.publicJwk] }) });
    clock.now += HOUR_MS;
    expectSignedIn(app, await signIn(app.browser(), provider));
    expectSignedIn(app, await signIn(app.browser(), provider));
    expect(provider.count("jwks")).toBe(2);
  });

  test("keys may change again ten minutes later, by the app's clock", async () => {
    expectSignedIn(app, await signIn(browser, provider));
    for (const kid of ["next", "after-next"]) {
      const next = await signingKey(kid);
      provider.behave({ key: next, jwks: (keys) => ({ keys: [...keys, next.publicJwk] }) });
      clock.now += 600_000;
      expectSignedIn(app, await signIn(app.browser(), provider));
    }
    expect(provider.count("jwks")).toBe(3);
  });

  test("50 sign-ins that meet the new key at the same moment all work, with one fetch more", async () => {
    expectSignedIn(app, await signIn(browser, provider));
    const next = await signingKey("next");
    const moment = meeting(50);
    provider.behave({
      key: next,
      jwks: (keys) => ({ keys: [...keys, next.publicJwk] }),
      tokenResponse: (body) => moment().then(() => body),
    });
    clock.now += 600_000;
    const answers = await Promise.all(Array.from({ length: 50 }, () => signIn(app.browser(), provider)));
    for (const answer of answers) expectSignedIn(app, answer);
    expect(provider.count("jwks")).toBe(2);
  });

  test("a key that was withdrawn is not believed any more, once the keys were fetched again", async () => {
    expectSignedIn(app, await signIn(browser, provider));
    const next = await signingKey("next");
    provider.behave({ key: next, jwks: () => ({ keys: [next.publicJwk] }) });
    clock.now += HOUR_MS;
    expectSignedIn(app, await signIn(app.browser(), provider));
    app.written.length = 0;
    provider.behave({ jwks: () => ({ keys: [next.publicJwk] }) });
    expectRefused(app, await signIn(app.browser(), provider), "provider_rejected");
  });
});

describe("R-O11: one request for all who wait for the same", () => {
  test("50 sign-ins at once ask for the metadata once and for the keys once", async () => {
    const browsers = Array.from({ length: 50 }, () => app.browser());
    const targets = await Promise.all(browsers.map((one) => begin(one)));
    expect(provider.count("discovery")).toBe(1);
    const answers = await Promise.all(
      browsers.map((one, index) => {
        provider.behave({ subject: `user-${index}` });
        return one.get(provider.authorize(targets[index] ?? "").href);
      }),
    );
    for (const answer of answers) expectSignedIn(app, answer);
    expect([provider.count("discovery"), provider.count("jwks")]).toEqual([1, 1]);
  });

  test("50 sign-ins at once at a provider that is down all hear so, and the next one works", async () => {
    const answers = await provider.whileDown(() =>
      Promise.all(Array.from({ length: 50 }, () => app.browser().get("/signin/oidc"))),
    );
    for (const answer of answers) expectRefused(app, answer, "provider_unavailable");
    expectSignedIn(app, await signIn(browser, provider));
  });
});

/** @returns a promise for each who comes, kept once so many have come */
function meeting(size: number): () => Promise<void> {
  let come = 0;
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    if (++come === size) open();
    return opened;
  };
}
