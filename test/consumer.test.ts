/** An app outside of the workspace installs the packed packages from npm's point of view, type-checks and runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packAll } from "../scripts/package-checks.mjs";
import { ROOT, run } from "../scripts/workspace.mjs";

/** Packing, and installing with a cold cache. */
const INSTALL_MS = 300_000;
const SECRET = "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2";
/** What an app installs beside the packages to type-check the example. */
const OTHER_PACKAGES = ["express@5", "@types/express@5", "drizzle-orm@0.45", "@libsql/client@0.18"];
/** As strict as an app can be: the declarations of every package are checked, too. */
const TSCONFIG = {
  compilerOptions: {
    module: "NodeNext",
    target: "ES2022",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    types: ["node"],
  },
  files: ["app.ts"],
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "latchkey-consumer-"));
  const tarballs = (await packAll(path.join(folder, "tarballs"))).map(({ tarball }) => tarball);
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
  await writeFile(path.join(folder, "app.ts"), await readmeExample());
  await install([...tarballs, ...OTHER_PACKAGES]);
}, INSTALL_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the README's Express example, installed from the tarballs", () => {
  test("type-checks and compiles: no error in the app or in the declarations of any of the packages", async () => {
    const tsc = path.join(ROOT, "node_modules", "typescript", "bin", "tsc");
    const { output } = await run(process.execPath, [tsc, "-p", "."], { cwd: folder });
    // The declarations of drizzle-orm itself do not pass this strict a check.
    const errors = output
      .split("\n")
      .filter((line) => /^\S.*error TS/.test(line) && !/^node_modules.drizzle-orm/.test(line));
    expect(errors).toEqual([]);
  });

  test("has typed declarations: a wrong use of each package is an error", async () => {
    const uses = ['createAuth({ secrte: "" })', "password({ pepper: 1 })", "DrizzleAdapter(1)", "requireAuth(1)"];
    const imports = (await readmeExample()).split("\n").filter((line) => line.startsWith("import"));
    await writeFile(path.join(folder, "wrong.ts"), [...imports, ...uses].join("\n"));
    const tsc = path.join(ROOT, "node_modules", "typescript", "bin", "tsc");
    const args = ["--noEmit", "--module", "NodeNext", "--strict", "--skipLibCheck", "--ignoreConfig", "wrong.ts"];
    const { output } = await run(process.execPath, [tsc, ...args], { cwd: folder });
    const lines = [...output.matchAll(/^wrong\.ts\((\d+),/gm)].map((match) => Number(match[1]) - imports.length);
    expect(lines).toEqual([1, 2, 3, 4]);
  });

  test("signs up, reads the session, signs out", async () => {
    await withApp(async (origin) => {
      const signUp = await post(`${origin}/auth/signup`, {
        email: "ada@example.com",
        password: "a long sentence of hers",
      });
      expect(signUp.status).toBe(201);
      const cookie = signUp.headers.getSetCookie()[0]?.split(";")[0] ?? "";

      const me = await fetch(`${origin}/me`, { headers: { cookie } });
      expect([me.status, await me.text()]).toEqual([200, expect.stringContaining("ada@example.com")]);

      expect((await fetch(`${origin}/me`, { headers: { accept: "application/json" } })).status).toBe(401);
      expect((await post(`${origin}/auth/signout`, {}, cookie)).status).toBe(200);
      expect((await fetch(`${origin}/me`, { headers: { cookie, accept: "application/json" } })).status).toBe(401);
    });
  });

  test("does not start without a secret, and says which option is missing", async () => {
    const { code, output } = await run(process.execPath, ["app.js"], { cwd: folder, env: { AUTH_SECRET: "" } });
    expect([code, output]).toEqual([1, expect.stringContaining("AUTH_SECRET")]);
  });
});

/** The first TypeScript block of the README. */
async function readmeExample(): Promise<string> {
  const readme = await readFile(path.join(ROOT, "README.md"), "utf8");
  const block = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  if (block === undefined) throw new Error("README.md has no TypeScript example");
  return block;
}

async function install(packages: string[]): Promise<void> {
  const { code, output } = await run("npm", ["install", "--no-audit", "--no-fund", ...packages], { cwd: folder });
  if (code !== 0) throw new Error(`npm install failed:\n${output}`);
}

/** Runs the app on a free port for as long as `use` takes. */
async function withApp(use: (origin: string) => Promise<void>): Promise<void> {
  const app = spawn(process.execPath, ["app.js"], {
    cwd: folder,
    env: { ...process.env, AUTH_SECRET: SECRET, PORT: "0", NODE_ENV: "test" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors = text(app.stderr);
  try {
    await use(`http://127.0.0.1:${await portOf(app, errors)}`);
  } finally {
    app.kill();
    if (app.exitCode === null && app.signalCode === null) await once(app, "exit");
  }
}

/** The port that the app prints once it listens. */
async function portOf(app: ChildProcess, errors: Promise<string>): Promise<string> {
  for await (const chunk of app.stdout ?? []) {
    const port = /port: (\d+)/.exec(String(chunk))?.[1];
    if (port !== undefined) return port;
  }
  throw new Error(`the app ended before it listened:\n${await errors}`);
}

function post(url: string, body: object, cookie = ""): Promise<Response> {
  const headers = { "content-type": "application/json", ...(cookie === "" ? {} : { cookie }) };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}
