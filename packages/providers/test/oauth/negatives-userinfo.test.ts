/** UserInfo answers that cannot be believed (OpenID Connect Core §5.3). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HostileProvider, openProvider, type Respond, type Rows, send, sendJson } from "./hostile-provider.js";
import { assembled } from "./hostile-tokens.js";
import {
  type App,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  openApp,
  providerOf,
  START,
  signIn,
} from "./test-app.js";

let provider: HostileProvider;
let app: App;
const clock = { now: START };

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(() => {
  provider.reset();
  app = openApp(clock, [providerOf(provider)]);
});
afterEach(expectNoRejections);
afterAll(() => provider.stop());

describe("OpenID Connect Core §5.3: UserInfo is refused", () => {
  test.each<Rows[number]>([
    ["of another subject", () => ({ userInfo: (claims) => ({ ...claims, sub: "bob" }) })],
    ["of a subject in another case", () => ({ userInfo: (claims) => ({ ...claims, sub: "ANN" }) })],
    ["without a subject", () => ({ userInfo: ({ sub, ...claims }) => claims })],
    ["of a subject that is a list", () => ({ userInfo: (claims) => ({ ...claims, sub: ["ann"] }) })],
    ["of a subject that is null", () => ({ userInfo: (claims) => ({ ...claims, sub: null }) })],
    ["that is no JSON", () => ({ userInfo: () => "sub=ann" })],
    ["that is empty", () => ({ userInfo: () => "" })],
    ["that is a list", () => ({ userInfo: (claims) => [claims] })],
    ["that is null", () => ({ userInfo: () => null })],
    ["that is a text", () => ({ userInfo: () => '"ann"' })],
    ["of type text/html", () => ({ respond: { userinfo: (response) => send(response, 200, "text/html", "{}") } })],
    ["of type application/jwt, unsigned", () => ({ respond: { userinfo: unsignedUserInfo } })],
    ["401", () => ({ respond: { userinfo: (response) => sendJson(response, 401, {}) } })],
    ["403", () => ({ respond: { userinfo: (response) => sendJson(response, 403, {}) } })],
    ["204", () => ({ respond: { userinfo: (response) => void response.writeHead(204).end() } })],
  ])("%s", async (_why, behavior) => {
    provider.behave(await behavior());
    expectRefused(app, await signIn(app.browser(), provider), "provider_rejected");
    expect(provider.count("userinfo")).toBe(1);
  });
});

test("what the rows above change is accepted without the change", async () => {
  expectSignedIn(app, await signIn(app.browser(), provider));
  expect(provider.count("userinfo")).toBe(1);
});

const unsignedUserInfo: Respond = (response) =>
  send(response, 200, "application/jwt", assembled({ alg: "none" }, { sub: "ann" }));
