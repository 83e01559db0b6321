/** `sessionMiddleware` and `requireAuth`, where Express itself matters. */
import { createAuth, type Session } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { type AuthState, latchkey, registerAuthRoutes, requireAuth, sessionMiddleware } from "@latchkey/express";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { describe, expect, test } from "vitest";
import { appAnswer, recordingAuth, signIn, USER } from "./fixtures.js";
import { VERSIONS, withServer } from "./servers.js";

const PAGE = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

/** Answers with the message of what reached the error handlers of the app. */
const tellError: ErrorRequestHandler = (error, _req, res, _next) =>
  void res.status(500).json({ thrown: error.message });

describe.each(VERSIONS)("%s", (_name, express) => {
  test("S1.99: req.auth is { session, user }, or null for a stranger", async () => {
    const { auth } = recordingAuth();
    const app = express().use(sessionMiddleware(auth));
    app.get("/", (req, res) => void res.json({ auth: req.auth }));
    await withServer(app, async (origin) => {
      expect(await (await fetch(origin)).json()).toEqual({ auth: null });
      const known = await fetch(origin, { headers: { cookie: await signIn(auth) } });
      expect(await known.json()).toMatchObject({ auth: { session: { type: "custom" }, user: USER } });
    });
  });

  test("a session is read once, however many middlewares ask", async () => {
    let reads = 0;
    const { auth } = recordingAuth({ callbacks: { session: () => void reads++ } });
    const app = express().use(sessionMiddleware(auth), requireAuth(auth), sessionMiddleware(auth));
    app.get("/", requireAuth(auth), appAnswer);
    await withServer(app, async (origin) => {
      expect((await fetch(origin, { headers: { cookie: await signIn(auth) } })).status).toBe(200);
      expect(reads).toBe(1);
    });
  });

  test("what another package writes to req.auth opens no guard", async () => {
    const { auth } = recordingAuth();
    const forge: RequestHandler = (req, _res, next) => {
      req.auth = { session: { id: "x", type: "x", user: USER, expires: "2999-01-01T00:00:00Z" }, user: USER };
      next();
    };
    const app = express().use(forge);
    app.get("/alone", requireAuth(auth), appAnswer);
    app.get("/after", sessionMiddleware(auth), forge, requireAuth(auth), appAnswer);
    await withServer(app, async (origin) => {
      expect((await fetch(`${origin}/alone`)).status).toBe(401);
      expect((await fetch(`${origin}/after`)).status).toBe(401);
    });
  });

  test("a session of one auth is none of another", async () => {
    const staff = createAuth({ secret: "another secret, of the staff, that is long enough" });
    const { auth } = recordingAuth();
    const app = express().use(sessionMiddleware(auth));
    app.get("/", requireAuth(staff), appAnswer);
    await withServer(app, async (origin) => {
      expect((await fetch(origin, { headers: { cookie: await signIn(auth) } })).status).toBe(401);
    });
  });

  test.each([
    // method  accept                          status  why
    ["GET", "text/html", 302, "a browser"],
    ["HEAD", "text/html", 302, "a browser that asks ahead"],
    ["GET", "*/*", 401, "a program that takes anything"],
    ["GET", "application/json", 401, "an API client"],
    ["GET", "application/json, text/html;q=0.5", 401, "an API client that could show a page"],
    ["POST", "text/html", 401, "a form: its fields would be lost on the way"],
    ["GET", "nonsense;;;", 401, "nobody knows"],
  ])("%s with Accept: %s is %i: %s", async (method, accept, status) => {
    const app = express().use(requireAuth(recordingAuth().auth), appAnswer);
    await withServer(app, async (origin) => {
      const response = await fetch(origin, { method, headers: { accept }, redirect: "manual" });
      expect(response.status).toBe(status);
      expect(response.headers.get("cache-control")).toBe("no-store");
    });
  });

  test("S0.20: the way back is the whole path, under a mount, too", async () => {
    const app = express();
    app.use("/admin", express.Router().use("/users", requireAuth(recordingAuth().auth)));
    await withServer(app, async (origin) => {
      const response = await fetch(`${origin}/admin/users/1?tab=a%20b&x`, { headers: PAGE, redirect: "manual" });
      expect(response.headers.get("location")).toBe("/login?callbackUrl=%2Fadmin%2Fusers%2F1%3Ftab%3Da%2520b%26x");
    });
  });

  test.each(["//evil.example/x", "/\\evil.example", "///evil.example"])(
    "B40: the way back is never another host: %s",
    async (path) => {
      const app = express().use(requireAuth(recordingAuth().auth), appAnswer);
      await withServer(app, async (origin) => {
        const response = await fetch(origin + path, { headers: PAGE, redirect: "manual" });
        expect(response.status).toBe(302);
        const target = new URL(response.headers.get("location") ?? "", origin);
        const back = new URL(target.searchParams.get("callbackUrl") ?? "", origin);
        expect([target.origin, back.origin]).toEqual([origin, origin]);
      });
    },
  );

  test("the sign-in page is the config's, the option's, or none", async () => {
    const { auth } = recordingAuth({ errorRedirect: "/welcome?from=app" });
    const app = express();
    app.get("/a", requireAuth(auth));
    app.get("/b", requireAuth(auth, { signInPage: "/enter" }));
    app.get("/c", requireAuth(auth, { signInPage: null }));
    await withServer(app, async (origin) => {
      const ask = (path: string) => fetch(origin + path, { headers: PAGE, redirect: "manual" });
      expect((await ask("/a")).headers.get("location")).toBe("/welcome?from=app&callbackUrl=%2Fa");
      expect((await ask("/b")).headers.get("location")).toBe("/enter?callbackUrl=%2Fb");
      expect((await ask("/c")).status).toBe(401);
    });
  });

  test("a guarded sign-in page is 401, not a redirect to itself", async () => {
    const app = express().use(requireAuth(recordingAuth().auth));
    await withServer(app, async (origin) => {
      const response = await fetch(`${origin}/login?error=x`, { headers: PAGE, redirect: "manual" });
      expect(response.status).toBe(401);
    });
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("of the app");
      },
    ],
    ["rejects", () => Promise.reject(new Error("of the app"))],
  ])("R-L5: a guarded handler that %s reaches the error handlers of the app", async (_how, fail) => {
    const { auth } = recordingAuth();
    const app = express();
    app.get("/", requireAuth(auth, fail)).use(tellError);
    await withServer(app, async (origin) => {
      const response = await fetch(origin, { headers: { cookie: await signIn(auth) } });
      expect(await response.json()).toEqual({ thrown: "of the app" });
    });
  });

  test("a handler behind sessionMiddleware that throws is not asked twice", async () => {
    const { auth } = recordingAuth();
    let calls = 0;
    const app = express().use(sessionMiddleware(auth));
    app.get("/", () => {
      calls++;
      throw new Error("of the app");
    });
    app.use(tellError);
    await withServer(app, async (origin) => {
      const response = await fetch(origin, { headers: { cookie: await signIn(auth) } });
      expect([await response.json(), calls]).toEqual([{ thrown: "of the app" }, 1]);
    });
  });

  test("a callback that fails is 500, told to the app and nobody else", async () => {
    const told: string[] = [];
    const { auth } = recordingAuth({
      callbacks: {
        session: () => {
          throw new Error("a detail of the app");
        },
      },
      hooks: { onError: (error) => void told.push(error.code) },
    });
    const app = express().use(sessionMiddleware(auth), appAnswer);
    await withServer(app, async (origin) => {
      const response = await fetch(origin, { headers: { cookie: await signIn(auth) } });
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("a detail of the app");
      expect(told).toEqual(["callback_failed"]);
    });
  });

  test("R-S18: an answer with a renewed cookie is kept by no cache, whatever the app says of the page", async () => {
    let now = Date.UTC(2030, 0, 1);
    const { auth } = recordingAuth({ session: { expiresIn: "1h", renewEvery: "1m" }, clock: () => now });
    const app = express().use(sessionMiddleware(auth));
    app.get("/set", (_req, res) => {
      res.set({ "Cache-Control": "public, max-age=60", "CDN-Cache-Control": "max-age=60" }).send("page");
    });
    app.get("/write-head", (_req, res) => {
      res.writeHead(200, { "Cache-Control": "public, max-age=60", "CDN-Cache-Control": "max-age=60" }).end("page");
    });
    await withServer(app, async (origin) => {
      const headers = { cookie: await signIn(auth) };
      expect((await fetch(`${origin}/set`, { headers })).headers.get("cache-control")).toBe("public, max-age=60");
      now += 60_000;
      for (const path of ["/set", "/write-head"]) {
        const response = await fetch(origin + path, { headers });
        expect(response.headers.getSetCookie()).toHaveLength(1);
        expect(response.headers.get("cache-control")).toBe("no-store");
        expect(response.headers.get("cdn-cache-control")).toBe("no-store");
      }
    });
  });

  test("a guarded route may say itself that its user's browser keeps the answer", async () => {
    const { auth } = recordingAuth();
    const app = express();
    app.get("/", requireAuth(auth), (_req, res) => void res.set("Cache-Control", "private, max-age=60").send("mine"));
    await withServer(app, async (origin) => {
      const response = await fetch(origin, { headers: { cookie: await signIn(auth) } });
      expect(response.headers.get("cache-control")).toBe("private, max-age=60");
    });
  });

  test("R-L5: a client that goes away while the database thinks leaves the server standing", async () => {
    const adapter = memoryAdapter();
    let asked = () => {};
    let answerNow = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const mayAnswer = new Promise<void>((resolve) => {
      answerNow = resolve;
    });
    const getSession: typeof adapter.getSession = async (key) => {
      asked();
      await mayAnswer;
      return adapter.getSession(key);
    };
    const slow = new Proxy(adapter, {
      get: (target, name: keyof typeof adapter) => (name === "getSession" ? getSession : target[name].bind(target)),
    });
    const { auth } = recordingAuth({ adapter: slow });
    await adapter.createUser({ ...USER, createdAt: new Date(), updatedAt: new Date() });
    const closed: boolean[] = [];
    const app = express();
    app.use((_req, res, next) => {
      res.on("close", () => {
        closed.push(res.writableFinished);
        answerNow();
      });
      next();
    });
    app.use(latchkey(auth));
    await withServer(app, async (origin) => {
      const headers = { cookie: await signIn(auth) };
      const leaving = new AbortController();
      const left = fetch(`${origin}/auth/session`, { headers, signal: leaving.signal }).catch(() => "left");
      await isAsked;
      leaving.abort();
      expect(await left).toBe("left");
      await mayAnswer;
      expect(closed).toEqual([false]);
      expect((await fetch(`${origin}/auth/session`, { headers })).status).toBe(200);
    });
  });

  test("an app that has answered before the session was read is left alone", async () => {
    const { auth } = recordingAuth({ session: { expiresIn: "1h", renewEvery: "1m" } });
    const hasty: RequestHandler = (_req, res, next) => {
      res.send("early");
      next();
    };
    const app = express().use(hasty, latchkey(auth), sessionMiddleware(auth), requireAuth(auth), (_req, _res) => {});
    await withServer(app, async (origin) => {
      const headers = { cookie: await signIn(auth) };
      expect(await (await fetch(`${origin}/auth/session`, { headers })).text()).toBe("early");
      expect(await (await fetch(`${origin}/page`, { headers })).text()).toBe("early");
    });
  });

  test.each(["TRACE", "PROPFIND", "OPTIONS"])("the method %s is a client error under the base path", async (method) => {
    const app = express().use(latchkey(recordingAuth().auth));
    await withServer(app, async (origin) => {
      const { request } = await import("node:http");
      const status = await new Promise((resolve, reject) => {
        request(`${origin}/auth/session`, { method }, (res) => resolve(res.resume().statusCode))
          .on("error", reject)
          .end();
      });
      expect([400, 405]).toContain(status);
    });
  });

  test("S0.61: registerAuthRoutes mounts the routes and returns the guard", async () => {
    const app = express();
    const config = { secret: "a secret for tests that is long enough to sign with" };
    const { requireAuth: guard } = registerAuthRoutes(app, config, { basePath: "/api/auth", errorRedirect: "/enter" });
    app.get("/me", guard, (req, res) => void res.json((req.auth as AuthState<Session>).user));
    await withServer(app, async (origin) => {
      expect(await (await fetch(`${origin}/api/auth/session`)).json()).toEqual({ session: null });
      const stranger = await fetch(`${origin}/me`);
      expect([stranger.status, await stranger.json()]).toEqual([401, { error: "Unauthorized" }]);
      const page = await fetch(`${origin}/me`, { headers: PAGE, redirect: "manual" });
      expect(page.headers.get("location")).toBe("/enter?callbackUrl=%2Fme");
      const headers = { cookie: await signIn(createAuth(config)) };
      expect(await (await fetch(`${origin}/me`, { headers })).json()).toMatchObject(USER);
    });
  });
});
