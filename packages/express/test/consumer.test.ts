/** An app that uses this package compiles with the types of Express 5 and of Express 4, every declaration file checked. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const TSC = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

const APP = `
import { createAuth } from "@latchkey/core";
import { latchkey, requireAuth, sessionMiddleware } from "@latchkey/express";
import express from "express";

const auth = createAuth({ secret: "x", callbacks: { jwt: () => ({ role: "admin" }) } });
const app = express();
app.use(latchkey(auth), sessionMiddleware(auth));
app.use("/auth", express.Router().use(latchkey(auth)));
app.get("/a", requireAuth(auth), (req, res) => { res.json(req.auth?.session.id); });
app.get("/b/:id", requireAuth(auth, (req, res) => { res.json(req.auth.session.role.length); }));
`;

/** Compiles the app. @param expressTypes Folder of the types that `express` stands for. @returns what the compiler has to say */
async function compile(app: string, expressTypes: string): Promise<string> {
  const folder = await mkdtemp(join(PACKAGE, "test/.consumer-"));
  try {
    const paths = { express: [join(PACKAGE, "node_modules", expressTypes)] };
    const options = { module: "NodeNext", strict: true, skipLibCheck: false, noEmit: true, types: ["node"], paths };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["app.ts"] }));
    await writeFile(join(folder, "app.ts"), app);
    const run = promisify(execFile)(process.execPath, [TSC, "-p", folder, "--pretty", "false"]);
    return (await run.catch((failure: { stdout: string }) => failure)).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test.each(["@types/express", "@types/express4"])("with %s", async (types) => {
  expect(await compile(APP, types)).toBe("");
});

test.each(["@types/express", "@types/express4"])(
  "with %s a claim that nobody makes does not compile",
  async (types) => {
    expect(await compile(APP.replace("session.role", "session.rank"), types)).toContain("'rank' does not exist");
  },
);
