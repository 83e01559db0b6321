/** The types carry the app's claims and fit Express 5; `consumer.test.ts` has the same for Express 4. */
import { type AuthConfig, createAuth, type Session } from "@latchkey/core";
import { type AuthState, latchkey, registerAuthRoutes, requireAuth, sessionMiddleware } from "@latchkey/express";
import express, { type Request, type Response } from "express";
import { expectTypeOf, test } from "vitest";

const auth = createAuth({ secret: "x", callbacks: { jwt: () => ({ role: "admin" as "admin" | "member" }) } });

test("the middlewares go wherever Express takes one", () => {
  const app = express();
  app.use(latchkey(auth), sessionMiddleware(auth));
  app.use("/auth", latchkey(auth));
  app.use("/auth", express.Router().use(latchkey(auth)));
  app.get("/me", requireAuth(auth), (req, res) => void res.json(req.auth?.user));
  app.get("/users/:id", requireAuth(auth, { signInPage: null }), (req) => {
    expectTypeOf(req.params.id).toEqualTypeOf<string>();
  });
  registerAuthRoutes(app, {} as AuthConfig, { basePath: "/x" });
  registerAuthRoutes(express.Router(), {} as AuthConfig);
});

test("req.auth is typed on every request, without the claims of one auth", () => {
  expectTypeOf<Request["auth"]>().toEqualTypeOf<AuthState | null | undefined>();
  expectTypeOf<AuthState["session"]>().toEqualTypeOf<Session>();
});

test("a guarded handler sees the claims of its auth, and Express's own request and response", () => {
  express().get(
    "/me/:id",
    requireAuth(auth, async (req, res, next) => {
      expectTypeOf(req.auth.session.role).toEqualTypeOf<"admin" | "member">();
      expectTypeOf(req.auth.user.id).toEqualTypeOf<string>();
      expectTypeOf(req.query).toEqualTypeOf<Request["query"]>();
      expectTypeOf(res).toEqualTypeOf<Response>();
      res.status(200).json(req.params.id);
      next();
    }),
  );
  // @ts-expect-error the config makes no such claim
  requireAuth(auth, (req) => req.auth.session.rank);
});

test("what is no auth is refused", () => {
  // @ts-expect-error a config is no auth
  latchkey({ secret: "x" });
  // @ts-expect-error a secret is no auth
  sessionMiddleware("secret");
  // @ts-expect-error no such option
  requireAuth(auth, { redirectTo: "/login" });
});
