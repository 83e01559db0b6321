/** `latchkey doctor` as its own process, on configs as apps write them. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { createSessionCookie } from "@latchkey/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Finding } from "../src/doctor/finding.js";
import { latchkey, newFolder, type Ran } from "./bin.js";
import { describeDatabases, type TestDatabase } from "./databases.js";

const SECRET = "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2";
const BEST =
  '{ secret: process.env.AUTH_SECRET, baseUrl: "https://app.example.com", session: { encrypt: true, cookieOptions: { prefix: "host" } } }';

const findings = (ran: Ran) => ran.json().findings as Finding[];
const stateOf = (ran: Ran, check: string) =>
  findings(ran)
    .filter((each) => each.check === check)
    .map(({ state }) => state);
const detailsOf = (ran: Ran, check: string) =>
  findings(ran)
    .filter((each) => each.check === check)
    .map(({ detail }) => detail)
    .join("\n");

async function examine(
  config: string,
  { args = [] as string[], file = "latchkey.config.mjs", env = {} } = {},
): Promise<Ran> {
  const cwd = await newFolder({ [file]: `export default ${config};\n` });
  return latchkey(["doctor", "--json", ...args], { cwd, env: { AUTH_SECRET: SECRET, ...env } });
}

test("a config as it is recommended has neither problems nor warnings, and shows no secret", async () => {
  const ran = await examine(BEST);
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(findings(ran).filter(({ state }) => state === "problem" || state === "warning")).toEqual([]);
  expect(ran.out).not.toContain(SECRET);
});

test("R-C1, R-C10: the prefix and the encryption are recommended where they are missing", async () => {
  const ran = await examine('{ secret: process.env.AUTH_SECRET, baseUrl: "https://app.example.com" }');
  expect(ran.code).toBe(0);
  expect(stateOf(ran, "cookie")).toEqual(["ok", "warning", "warning"]);
  expect(detailsOf(ran, "cookie")).toMatch(/prefix: "host".*\n.*encrypt: true/);
});

test("on this machine plain http asks for no prefix", async () => {
  const ran = await examine(
    '{ secret: process.env.AUTH_SECRET, baseUrl: "http://localhost:3000", session: { encrypt: true } }',
  );
  expect(stateOf(ran, "cookie")).toEqual(["ok"]);
});

test.each([
  // what is wrong                           check      what is said
  ["{ secret: 'short' }", "secret", "needs at least 32"],
  ["{ secret: undefined }", "secret", "missing"],
  ["{ secret: process.env.AUTH_SECRET, nope: 1 }", "config", "nope is not an option"],
  [
    "{ secret: process.env.AUTH_SECRET, baseUrl: 'https://a.example', session: { cookieOptions: { secure: false } } }",
    "cookie",
    "secure is false",
  ],
  [
    "{ secret: process.env.AUTH_SECRET, session: { cookieOptions: { httpOnly: false } } }",
    "cookie",
    "httpOnly is false",
  ],
  [
    "{ secret: process.env.AUTH_SECRET, baseUrl: 'http://a.example', session: { cookieOptions: { secure: false } } }",
    "cookie",
    "plain http",
  ],
  ["nowhere.at.all", "config", "nowhere is not defined"],
  ["42", "config", "exports neither"],
] as const)("%s is a problem", async (config, check, sentence) => {
  const ran = await examine(config);
  expect(ran.code).toBe(1);
  expect(findings(ran)).toContainEqual({ check, state: "problem", detail: expect.stringContaining(sentence) });
  expect(ran.out).not.toMatch(/\n\s+at .+:\d+/);
});

test("a cookie is explained: why it is refused, or until when it lives", async () => {
  const plain = "{ secret: process.env.AUTH_SECRET }";
  const [good] = createSessionCookie({ user: { id: "u1" }, expires: new Date(Date.now() + 60_000) }, SECRET).split(";");
  const accepted = await examine(plain, { args: ["--cookie", `Cookie: a=b; ${good}`] });
  expect(accepted.code).toBe(0);
  expect(detailsOf(accepted, "session")).toMatch(/^accepted: session \S+ lives until/);
  const other = await examine(plain, {
    args: ["--cookie", good ?? ""],
    env: { AUTH_SECRET: SECRET.split("").reverse().join("") },
  });
  expect(other.code).toBe(1);
  expect(detailsOf(other, "session")).toMatch(/^refused \(signature_wrong\)/);
  expect(other.out).not.toContain(good?.split("=")[1]);
});

test.each(["latchkey.config.ts", "auth.ts", "src/auth.ts", "lib/auth.ts", "src/lib/auth.mts", "auth.js"])(
  "%s is found",
  async (file) => {
    const ran = await examine(file.endsWith("ts") ? `${BEST} as object` : BEST, { file });
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.json().config).toMatch(new RegExp(`${file}$`));
  },
);

test("a module of a framework loads: an Auth by name, path aliases, server-only, and the environment of .env.local before .env", async () => {
  const cwd = await newFolder({
    "package.json": '{ "type": "module" }',
    "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
    ".env": `AUTH_SECRET=short\n`,
    ".env.local": `AUTH_SECRET=${SECRET}\n`,
    "src/secret.ts": "export const secret: string = process.env.AUTH_SECRET ?? '';\n",
    "src/lib/auth.ts": `import "server-only";\nimport { createAuth } from "@latchkey/core";\nimport { secret } from "@/secret";\nenum Kind { A }\nexport const kind = Kind.A;\nexport const auth = createAuth({ secret });\n`,
  });
  const ran = await latchkey(["doctor", "--json"], { cwd });
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(stateOf(ran, "config")).toEqual(["ok"]);
});

test("packages of different versions are a problem, and each is named", async () => {
  const cwd = await newFolder({ "auth.mjs": `export default ${BEST};\n` });
  for (const [name, version] of [
    ["core", "1.2.3"],
    ["express", "1.2.4"],
  ] as const) {
    await mkdir(path.join(cwd, "node_modules/@latchkey", name), { recursive: true });
    await writeFile(
      path.join(cwd, "node_modules/@latchkey", name, "package.json"),
      JSON.stringify({ name: `@latchkey/${name}`, version }),
    );
  }
  const ran = await latchkey(["doctor", "--json"], { cwd, env: { AUTH_SECRET: SECRET } });
  expect(ran.code).toBe(1);
  expect(detailsOf(ran, "versions")).toMatch(/@latchkey\/core 1\.2\.3, @latchkey\/express 1\.2\.4/);
});

test("for people each finding is one line", async () => {
  const cwd = await newFolder({ "auth.mjs": `export default ${BEST};\n` });
  const { out } = await latchkey(["doctor"], { cwd, env: { AUTH_SECRET: SECRET } });
  for (const line of out.trim().split("\n"))
    expect(line).toMatch(/^(ok|warning|problem|skipped) +(config|secret|cookie|schema|clock|versions) +\S/);
});

describeDatabases("doctor", ({ dialect, create }) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await create();
  });
  afterEach(() => database.drop());

  /** An app without an ORM: the drivers of this package are an adapter, too. */
  const app = () => `
import { openDatabase } from ${JSON.stringify(path.resolve(import.meta.dirname, "../dist/database/open.js"))};
import { parseAddress } from ${JSON.stringify(path.resolve(import.meta.dirname, "../dist/database/address.js"))};
const { adapter } = await openDatabase(parseAddress(${JSON.stringify(database.url)}, "."), ".");
export default { secret: ${JSON.stringify(SECRET)}, adapter };
`;

  test("F-27: names the columns that are missing, and finds nothing wrong where none is", async () => {
    const cwd = await newFolder({ "auth.mjs": app() });
    const doctor = () => latchkey(["doctor", "--json", "--url", database.url], { cwd });
    await latchkey(["migrate", "--url", database.url], { cwd });
    const well = await doctor();
    expect(well).toMatchObject({ code: 0, err: "" });
    expect(stateOf(well, "schema")).toEqual(["ok"]);
    expect(stateOf(well, "clock")).toEqual([dialect === "sqlite" ? "skipped" : "ok"]);

    await database.query("ALTER TABLE sessions DROP COLUMN scopes");
    await database.query("ALTER TABLE users DROP COLUMN picture");
    const ill = await doctor();
    expect(ill.code).toBe(1);
    expect(stateOf(ill, "schema")).toEqual(["problem", "problem"]);
    expect(detailsOf(ill, "schema")).toMatch(/picture.*\n.*scopes/);
  });
});
