/** The server of `express.mjs`: `GET /me` without any auth, or with a JWT session read by the middleware. */
import { createAuth } from "@latchkey/core";
import { sessionMiddleware } from "@latchkey/express";
import express from "express";

const app = express();
if (process.argv[2] === "latchkey") app.use(sessionMiddleware(createAuth({ secret: process.argv[3] ?? "" })));
app.get("/me", (req, res) => {
  if (process.argv[2] === "latchkey" && req.auth === null) res.sendStatus(401);
  else res.json({ id: "user-123", email: "user@example.com", name: "John Doe" });
});
const server = app.listen(0, "127.0.0.1", () => process.send?.(server.address()));
process.on("disconnect", () => process.exit());
