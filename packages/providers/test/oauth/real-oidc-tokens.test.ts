/** The tokens of a real OpenID provider: unreadable at rest (R-O10), renewed once and stored before use (R-O13). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createTables, DrizzleAdapter } from "@latchkey/adapter-drizzle";
import type { Adapter, AuthConfig } from "@latchkey/core";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { AppClock, codeOf, KEPT_MODES, registeredAt, sessionOf, signInAt } from "./oidc-app.js";
import { ACCESS_TOKEN_LIFE, type OidcServer, openOidcServer } from "./oidc-server.js";
import { Visitor } from "./oidc-visitor.js";
import { expectNoRejections, openApp } from "./test-app.js";

/** A refresh token is given to who asks for offline access and for consent (OpenID Connect Core §11). */
const OFFLINE = { scope: "openid email profile offline_access", authorizationParams: { prompt: "consent" } };

const clock = new AppClock();
let server: OidcServer;
beforeAll(async () => {
  server = await openOidcServer();
});
beforeEach(() => {
  clock.ahead = 0;
  server.issued.length = 0;
  server.broken.clear();
});
afterEach(async () => {
  expect(server.failures).toEqual([]);
  await expectNoRejections();
});
afterAll(() => server.stop());

/** A database in a file, and everything that stands in it. */
async function openDatabase() {
  const folder = mkdtempSync(path.join(tmpdir(), "latchkey-tokens-"));
  const client = createClient({ url: `file:${path.join(folder, "test.db")}`, timeout: 10_000 });
  onTestFinished(() => {
    client.close();
    rmSync(folder, { recursive: true });
  });
  const db = drizzle(client);
  await createTables(db);
  return {
    adapter: DrizzleAdapter(db),
    async contents(): Promise<string> {
      const tables = ["users", "accounts", "sessions", "verifications"];
      const answers = await Promise.all(tables.map((table) => client.execute(`SELECT * FROM ${table}`)));
      return JSON.stringify(answers.map(({ rows }) => rows));
    },
  };
}

/** Somebody who has signed in and whose access token is good for five minutes from now. */
async function signedIn(config: Partial<AuthConfig>, options: object = OFFLINE) {
  const provider = registeredAt(server, options);
  const app = openApp(clock, [provider], config);
  const browser = app.browser();
  await signInAt(browser, new Visitor(server));
  const userId = (await sessionOf(browser))?.user.id ?? "";
  app.written.length = 0;
  return {
    app,
    userId,
    account: async () => (await app.adapter.listAccounts(userId))[0],
    accessToken: () => app.auth.accounts.accessToken(userId, "oidc"),
    /** What the provider has given last. */
    given: () => server.issued.at(-1) ?? { access_token: "", id_token: "", refresh_token: "" },
  };
}

/** Asks the provider whose token it is. */
async function subjectOf(accessToken: string): Promise<unknown> {
  const answer = await fetch(`${server.issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  return answer.status === 200 ? ((await answer.json()) as { sub: unknown }).sub : answer.status;
}

describe.each(KEPT_MODES)("%s", (_name, config) => {
  test("R-O10: no column holds a token of the provider's that can be read, also after a renewal", async () => {
    const { adapter, contents } = await openDatabase();
    const { accessToken } = await signedIn({ ...config, adapter });
    clock.ahead = ACCESS_TOKEN_LIFE;
    await accessToken();
    expect(server.issued).toHaveLength(2);
    const stored = await contents();
    for (const { access_token, id_token, refresh_token = "" } of server.issued) {
      const [, claims = ""] = id_token.split(".");
      for (const token of [access_token, refresh_token, claims]) {
        expect(token.length).toBeGreaterThan(20);
        for (const encoding of ["base64", "base64url", "hex"] as const)
          expect(stored).not.toContain(Buffer.from(token).toString(encoding).slice(0, -4));
        expect(stored).not.toContain(token);
      }
    }
    expect(stored).toContain("alice@example.com");
  });

  test("an access token that is still good for a minute is handed out as it is", async () => {
    const { accessToken, given, app } = await signedIn(config);
    const asked = server.requests.length;
    for (const ahead of [0, ACCESS_TOKEN_LIFE - 120]) {
      clock.ahead = ahead;
      expect(await accessToken()).toBe(given().access_token);
    }
    expect([server.requests.length, app.written]).toEqual([asked, []]);
    expect(await subjectOf(given().access_token)).toBe("alice");
  });

  test("R-O13: one that is over is renewed, and what came is stored before anybody uses it", async () => {
    const { accessToken, given, app, account } = await signedIn(config);
    const [first, before] = [given(), await account()];
    clock.ahead = ACCESS_TOKEN_LIFE;
    const renewed = await accessToken();
    expect(app.written).toEqual(["updateAccount"]);
    expect(renewed).not.toBe(first.access_token);
    expect(renewed).toBe(given().access_token);
    expect(await subjectOf(renewed)).toBe("alice");
    expect(given().refresh_token).not.toBe(first.refresh_token);

    const after = await account();
    expect(after?.refreshToken).not.toBe(before?.refreshToken);
    expect(Number(after?.accessTokenExpires) - Number(before?.accessTokenExpires)).toBeGreaterThanOrEqual(
      ACCESS_TOKEN_LIFE * 1000,
    );
    // The provider ends all tokens where a rotated one is used again: the stored one is the new one.
    clock.ahead = 2 * ACCESS_TOKEN_LIFE;
    expect(await subjectOf(await accessToken())).toBe("alice");
  });

  test("R-O13: many calls at once come to one request and one token", async () => {
    const { accessToken, given, app } = await signedIn(config);
    clock.ahead = ACCESS_TOKEN_LIFE;
    const tokens = await Promise.all(Array.from({ length: 50 }, accessToken));
    expect(new Set(tokens)).toEqual(new Set([given().access_token]));
    expect(server.issued).toHaveLength(2);
    expect(app.written).toEqual(["updateAccount"]);
  });

  test("R-O13: two processes that ask at once come to one request, too", async () => {
    const { accessToken, given, app, userId } = await signedIn(config);
    const other = openApp(clock, [registeredAt(server)], { ...config, adapter: app.adapter });
    clock.ahead = ACCESS_TOKEN_LIFE;
    const calls = Array.from({ length: 10 }, () => [
      accessToken(),
      other.auth.accounts.accessToken(userId, "oidc"),
    ]).flat();
    expect(new Set(await Promise.all(calls))).toEqual(new Set([given().access_token]));
    expect(server.issued).toHaveLength(2);
  });

  test("R-O13: where it cannot be stored nobody gets it", async () => {
    let isDown = false;
    const { adapter } = await openDatabase();
    const { accessToken } = await signedIn({ ...config, adapter: failingUpdates(adapter, () => isDown) });
    clock.ahead = ACCESS_TOKEN_LIFE;
    isDown = true;
    expect(await codeOf(accessToken())).toBe("unavailable");
  });

  test("R-O13: a provider that cannot be reached changes nothing; later the same tokens are renewed", async () => {
    const { accessToken, account, app, given } = await signedIn(config);
    const before = await account();
    clock.ahead = ACCESS_TOKEN_LIFE;
    await server.stop();
    for (let call = 0; call < 2; call++) expect(await codeOf(accessToken())).toBe("provider_unavailable");
    await server.start();
    server.broken.add("/token");
    expect(await codeOf(accessToken())).toBe("provider_unavailable");
    expect([app.written, await account()]).toEqual([[], before]);
    server.broken.clear();
    expect(await accessToken()).toBe(given().access_token);
  });

  test("R-O13: a refresh token that is good no more: provider_rejected, and nothing is lost", async () => {
    const { accessToken, account, app, userId } = await signedIn(config);
    const before = await account();
    clock.ahead = ACCESS_TOKEN_LIFE;
    server.store.forget("RefreshToken");
    for (let call = 0; call < 2; call++) expect(await codeOf(accessToken())).toBe("provider_rejected");
    expect([app.written, await account()]).toEqual([[], before]);
    expect(await app.auth.sessions.listSessions(userId)).toHaveLength(1);
  });

  test("a sign-in brings tokens that take the place of those that were good no more", async () => {
    const { accessToken, app, given } = await signedIn(config);
    clock.ahead = ACCESS_TOKEN_LIFE;
    server.store.forget("RefreshToken");
    expect(await codeOf(accessToken())).toBe("provider_rejected");
    await signInAt(app.browser(), new Visitor(server));
    expect(await accessToken()).toBe(given().access_token);
    clock.ahead = 2 * ACCESS_TOKEN_LIFE;
    expect(await subjectOf(await accessToken())).toBe("alice");
  });

  test("without a refresh token an access token that is over says so: sign in again", async () => {
    const { accessToken, given, userId, app } = await signedIn(config, {});
    expect(given().refresh_token).toBe(undefined);
    expect(await accessToken()).toBe(given().access_token);
    clock.ahead = ACCESS_TOKEN_LIFE;
    expect(await codeOf(accessToken())).toBe("provider_rejected");
    expect(await codeOf(app.auth.accounts.accessToken(userId, "second"))).toBe("not_found");
  });
});

/** The adapter, where no account can be changed while `isDown` says so. */
function failingUpdates(adapter: Adapter, isDown: () => boolean): Adapter {
  const update: Adapter["updateAccount"] = (...args) =>
    isDown() ? Promise.reject(new Error("connection lost")) : adapter.updateAccount(...args);
  return new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (name === "updateAccount") return update;
      return typeof method === "function" ? method.bind(target) : method;
    },
  });
}
