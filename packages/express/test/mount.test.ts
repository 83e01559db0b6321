/** Where `latchkey(auth)` may stand, and which requests it takes there. */
import { latchkey } from "@latchkey/express";
import type { Express } from "express";
import { describe, expect, test } from "vitest";
import { appAnswer, recordingAuth, signIn, USER } from "./fixtures.js";
import { VERSIONS, withServer } from "./servers.js";

const TAKEN = "latchkey";
const APP = "app";

describe.each(VERSIONS)("%s", (_name, express) => {
  type Mount = (app: Express, basePath: string) => void;
  const at =
    (path: string): Mount =>
    (app, basePath) =>
      app.use(path, latchkey(recordingAuth({ basePath }).auth));
  const inRouter =
    (outer: string, inner: string): Mount =>
    (app, basePath) =>
      app.use(outer, express.Router().use(inner, latchkey(recordingAuth({ basePath }).auth)));

  test.each([
    // where                    mount                        base path     request               whose
    ["the root", at("/"), "/auth", "/auth/session", TAKEN],
    ["the root", at("/"), "/auth", "/auth/session?x=/y", TAKEN],
    ["the root", at("/"), "/auth", "/authors", APP],
    ["the root", at("/"), "/auth", "/auth", APP],
    ["the root", at("/"), "/auth", "/x/auth/session", APP],
    ["the root", at("/"), "/auth", "/x?/auth/session", APP],
    ["the root", at("/"), "/api/auth", "/api/auth/session", TAKEN],
    ["the root", at("/"), "/api/auth", "/api/authors", APP],
    ["the base path", at("/auth"), "/auth", "/auth/session", TAKEN],
    ["the base path", at("/auth"), "/auth", "/authors", APP],
    ["the base path, spelled otherwise", at("/auth"), "/auth", "/AUTH/session", TAKEN],
    ["a path of its own", at("/api/auth"), "/auth", "/api/auth/session", TAKEN],
    ["a path of its own", at("/api/auth"), "/auth", "/api/authors", APP],
    ["a mount that has nothing of the base path", at("/accounts"), "/auth", "/accounts/session", APP],
    ["a router for an API", inRouter("/v1", "/"), "/auth", "/v1/users", APP],
    ["a router for an API", inRouter("/v1", "/"), "/auth", "/v1/session", APP],
    ["a router for an API", inRouter("/v1", "/"), "/auth", "/v1/auth/session", TAKEN],
    ["a mount in other letters", at("/api"), "/api/auth", "/API/items", APP],
    ["a path of its own, base path at the root", at("/accounts"), "/", "/accounts/session", TAKEN],
    ["a mount on the way to the base path", at("/api"), "/api/auth", "/api/auth/session", TAKEN],
    ["a mount on the way to the base path", at("/api"), "/api/auth", "/api/me", APP],
    ["a router at the root", inRouter("/", "/"), "/auth", "/auth/session", TAKEN],
    ["a router at the root", inRouter("/", "/"), "/auth", "/authors", APP],
    ["the base path of a router", inRouter("/api", "/auth"), "/api/auth", "/api/auth/session", TAKEN],
    ["the base path of a router elsewhere", inRouter("/api", "/auth"), "/auth", "/api/auth/session", TAKEN],
    ["a router on the way to the base path", inRouter("/api", "/"), "/api/auth", "/api/auth/session", TAKEN],
    ["a router on the way to the base path", inRouter("/api", "/"), "/api/auth", "/api/me", APP],
    ["a router that has the base path in it", inRouter("/api", "/"), "/auth", "/api/auth/session", TAKEN],
  ] as const)(
    "B38: at %s (%o, base path %s) the request %s is for: %s",
    async (_where, mount, basePath, path, whose) => {
      const app = express();
      mount(app, basePath);
      app.use(appAnswer);
      await withServer(app, async (origin) => {
        const expected = whose === TAKEN ? { session: null } : { app: path };
        expect(await (await fetch(origin + path)).json()).toEqual(expected);
      });
    },
  );

  test("B79: under a mount the routes with an id are found, too", async () => {
    const { auth, steps } = recordingAuth();
    const app = express();
    app.use("/api/auth", latchkey(auth));
    await withServer(app, async (origin) => {
      const headers = { cookie: await signIn(auth) };
      const deleted = await fetch(`${origin}/api/auth/sessions/abc`, { method: "DELETE", headers });
      expect(await deleted.json()).toMatchObject({ error: { code: "adapter_required" } });
      await fetch(`${origin}/api/auth/signin/test?from=x`, { method: "POST" });
      expect(steps.map(({ request }) => request.url)).toEqual([`${origin}/auth/signin/test?from=x`]);
    });
  });

  test("two auths in one app keep to themselves", async () => {
    const [staff, customers] = [recordingAuth({ basePath: "/staff/auth" }), recordingAuth({ basePath: "/auth" })];
    const app = express();
    app.use(latchkey(staff.auth), latchkey(customers.auth));
    await withServer(app, async (origin) => {
      await fetch(`${origin}/staff/auth/signin/test`, { method: "POST" });
      expect([staff.steps.length, customers.steps.length]).toEqual([1, 0]);
      const answer = await fetch(`${origin}/auth/signin/test`, { method: "POST" });
      expect(await answer.json()).toMatchObject({ session: { user: { id: USER.id } } });
      expect([staff.steps.length, customers.steps.length]).toEqual([1, 1]);
    });
  });
});
