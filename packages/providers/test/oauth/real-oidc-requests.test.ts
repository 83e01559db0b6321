/** What an app may ask a real OpenID provider for: `prompt`, `max_age`, and keys that turn. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { AppClock, MODES, registeredAt, sessionOf, signInAt } from "./oidc-app.js";
import { type OidcServer, type OidcServerOptions, openOidcServer } from "./oidc-server.js";
import { Visitor } from "./oidc-visitor.js";
import { type App, expectNoRejections, expectRefused, expectSignedIn, openApp } from "./test-app.js";

let server: OidcServer;
/** One that does not care about `max_age`. */
let careless: OidcServer;
beforeAll(async () => {
  server = await openOidcServer();
  careless = await openOidcServer({ ignoresMaxAge: true });
});
afterEach(expectNoRejections);
afterAll(() => Promise.all([server.stop(), careless.stop()]));

async function openServer(options: OidcServerOptions = {}): Promise<OidcServer> {
  const server = await openOidcServer(options);
  onTestFinished(() => server.stop());
  return server;
}

describe.each(MODES)("%s", (_name, config) => {
  const clock = new AppClock();
  let visitor: Visitor;
  beforeEach(() => {
    clock.ahead = 0;
    visitor = new Visitor(server);
  });

  function appWith(options: Parameters<typeof registeredAt>[1], at = server): App {
    return openApp(clock, [registeredAt(at, options)], config);
  }

  test("prompt=login asks again who it is, though the provider knows", async () => {
    const app = appWith({ authorizationParams: { prompt: "login" } });
    const browser = app.browser();
    await signInAt(browser, visitor);
    visitor.asked.length = 0;
    expectSignedIn(app, await signInAt(browser, visitor));
    expect(visitor.asked).toEqual(["login"]);
  });

  test("prompt=consent asks again whether the app may know", async () => {
    const app = appWith({ authorizationParams: { prompt: "consent" } });
    const browser = app.browser();
    await signInAt(browser, visitor);
    visitor.asked.length = 0;
    expectSignedIn(app, await signInAt(browser, visitor));
    expect(visitor.asked).toEqual(["consent"]);
  });

  test("prompt=none asks nothing: refused for whom the provider does not know, silent for whom it knows", async () => {
    const silent = appWith({ authorizationParams: { prompt: "none" } });
    const browser = silent.browser();
    expectRefused(silent, await signInAt(browser, visitor), "provider_rejected");
    expect(visitor.asked).toEqual([]);

    await signInAt(appWith({}).browser(), visitor);
    visitor.asked.length = 0;
    expectSignedIn(silent, await signInAt(browser, visitor));
    expect(visitor.asked).toEqual([]);
  });

  test("R-S19: with maxAge the provider asks again once its sign-in is older, and not before", async () => {
    const app = appWith({ maxAge: "10m" });
    const browser = app.browser();
    expectSignedIn(app, await signInAt(browser, visitor));
    server.ageSignIns(500);
    visitor.asked.length = 0;
    expectSignedIn(app, await signInAt(browser, visitor));
    expect(visitor.asked).toEqual([]);
    server.ageSignIns(101);
    expectSignedIn(app, await signInAt(browser, visitor));
    expect(visitor.asked).toEqual(["login"]);
  });

  test("R-S19: a provider that does not care about max_age is found out by auth_time, and refused", async () => {
    visitor = new Visitor(careless);
    const app = appWith({ maxAge: "10m" }, careless);
    const browser = app.browser();
    expectSignedIn(app, await signInAt(browser, visitor));
    const session = await sessionOf(browser);
    app.written.length = 0;
    // A minute more than ten: as much as clocks may differ.
    careless.ageSignIns(661);
    expectRefused(app, await signInAt(browser, visitor), "provider_rejected");
    expect(await sessionOf(browser)).toEqual(session);
  });

  test("R-S19: the app's own clock decides how old a sign-in is", async () => {
    visitor = new Visitor(careless);
    const app = appWith({ maxAge: "10m" }, careless);
    expectSignedIn(app, await signInAt(app.browser(), visitor));
    app.written.length = 0;
    clock.ahead = 700;
    expectRefused(app, await signInAt(app.browser(), visitor), "provider_rejected");
  });

  test("without maxAge nobody asks how old the sign-in at the provider is", async () => {
    const app = appWith({});
    await signInAt(app.browser(), visitor);
    server.ageSignIns(80_000);
    expectSignedIn(app, await signInAt(app.browser(), visitor));
  });
});

describe.each(["RS256", "ES256"] as const)("ID tokens signed with %s", (alg) => {
  const clock = new AppClock();

  test("R-O4: are accepted", async () => {
    const server = await openServer({ alg });
    const app = openApp(clock, [registeredAt(server)]);
    expectSignedIn(app, await signInAt(app.browser(), new Visitor(server)));
    const [{ id_token } = { id_token: "" }] = server.issued;
    expect(JSON.parse(atob(id_token.split(".")[0] ?? "")).alg).toBe(alg);
  });

  test("R-O11: the provider's new keys are good at once, and its keys are asked for once more, not for every sign-in", async () => {
    const server = await openServer({ alg });
    const [app, visitor] = [openApp(clock, [registeredAt(server)]), new Visitor(server)];
    const asked = () => server.requests.filter((request) => request === "GET /jwks").length;
    await signInAt(app.browser(), visitor);
    await signInAt(app.browser(), visitor);
    expect(asked()).toBe(1);

    await server.rotateKeys();
    expectSignedIn(app, await signInAt(app.browser(), visitor));
    expectSignedIn(app, await signInAt(app.browser(), visitor));
    expect(asked()).toBe(2);
  });

  test("R-O11: a sign-in that was begun before the keys were turned ends after it", async () => {
    const server = await openServer({ alg });
    const [app, visitor] = [openApp(clock, [registeredAt(server)]), new Visitor(server)];
    await signInAt(app.browser(), visitor);
    const browser = app.browser();
    const begun = await browser.get("/signin/oidc");
    const page = await visitor.open(begun.headers.get("location") ?? "");
    await server.rotateKeys();
    expectSignedIn(app, await browser.get(page.url));
  });
});
