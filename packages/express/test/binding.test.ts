/** The published suite on both versions of Express. */
import type { Auth } from "@latchkey/core";
import { bindingSuite } from "@latchkey/core/testkit";
import { latchkey, requireAuth, sessionMiddleware } from "@latchkey/express";
import type { Express } from "express";
import { serve, VERSIONS } from "./servers.js";

for (const [name, express] of VERSIONS) {
  bindingSuite(name, (auth) => serve(suiteApp(express(), auth)));
}

for (const [name, express] of VERSIONS) {
  bindingSuite(`${name}, behind body parsers`, (auth) => {
    const app = express();
    app.use("/auth", express.json(), express.urlencoded({ extended: true }));
    return serve(suiteApp(app, auth));
  });
}

/** The routes that the suite asks for; `req.auth` is read for all of them. */
function suiteApp(app: Express, auth: Auth): Express {
  app.use(latchkey(auth));
  app.use(sessionMiddleware(auth));
  app.get("/me", requireAuth(auth), (req, res) => void res.json({ session: req.auth?.session }));
  app.get("/page", requireAuth(auth), (_req, res) => void res.send("page"));
  app.get("/public", (_req, res) => void res.cookie("app", "1").send("public"));
  app.get("/authors", (_req, res) => void res.send("authors"));
  app.post("/echo", requireAuth(auth), (req, res) => void req.pipe(res));
  return app;
}
