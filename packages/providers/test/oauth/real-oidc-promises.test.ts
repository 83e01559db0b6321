/** `providerSuite` for `oidc()` against a real provider. */
import { memoryAdapter } from "@latchkey/core/memory";
import { providerSuite, type TestBrowser } from "@latchkey/core/testkit";
import { afterAll, beforeAll } from "vitest";
import { registeredAt } from "./oidc-app.js";
import { CLIENT, type OidcServer, openOidcServer } from "./oidc-server.js";
import { type Answers, Visitor } from "./oidc-visitor.js";
import { locationOf } from "./test-app.js";

let server: OidcServer;
beforeAll(async () => {
  server = await openOidcServer();
});
afterAll(() => server.stop());

providerSuite("oidc, a real provider", async () => {
  const visitor = new Visitor(server);
  const secrets: string[] = [CLIENT.clientSecret];
  /** From the app's page to the answer of the callback; what came back in its address is nobody's to repeat. */
  const visit = async (browser: TestBrowser, answers: Answers = {}) => {
    const callback = await visitor.authorize(locationOf(await browser.get("/signin/oidc")), answers);
    const { code, state } = Object.fromEntries(new URL(callback).searchParams);
    secrets.push(...[code, state].filter((value) => value !== undefined));
    return browser.get(callback);
  };
  return {
    provider: registeredAt(server),
    adapter: memoryAdapter(),
    inputs: { "GET /callback/oidc": { code: "SplxlOBeZQQYbYS6WxSbIA", state: "tfx3k2-abc.def", iss: server.issuer } },
    secrets,
    signIn: (browser) => visit(browser),
    failSignIn: (browser) => visit(browser, { consents: false }),
  };
});
