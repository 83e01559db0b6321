/** The command line as its users meet it: help, exit codes, JSON, colours, and what is never printed. */
import { createSessionCookie } from "@latchkey/core";
import { expect, test } from "vitest";
import { latchkey, newFolder, run } from "./bin.js";

const COMMANDS = ["secret", "schema", "migrate", "doctor", "sessions"] as const;

test("R-T10: a secret is new each time, has 32 bytes or more, and signs sessions", async () => {
  const cwd = await newFolder();
  const secrets = await Promise.all([latchkey(["secret"], { cwd }), latchkey(["secret", "--bytes", "64"], { cwd })]);
  const [short, long] = secrets.map(({ out }) => out.trim());
  expect(short).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(long).toMatch(/^[A-Za-z0-9_-]{86}$/);
  const session = { user: { id: "u1" }, expires: new Date(Date.now() + 60_000) };
  for (const secret of [short, long]) expect(createSessionCookie(session, secret ?? "")).toContain("auth-session=");
});

test("the overview names every command, and each has a help of its own with its options", async () => {
  const cwd = await newFolder();
  const overview = await latchkey(["--help"], { cwd });
  expect(overview.code).toBe(0);
  for (const name of COMMANDS) expect(overview.out).toMatch(new RegExp(`^  ${name} +\\w`, "m"));
  for (const name of COMMANDS) {
    const { code, out, err } = await latchkey([name, "--help"], { cwd });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(new RegExp(`Usage: latchkey ${name}.*\\n\\nOptions:\\n`));
    expect(out).toContain("--json");
  }
});

test("the version is the package's", async () => {
  const { out } = await latchkey(["--version"], { cwd: await newFolder() });
  expect(out).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
});

test.each([
  // arguments                                     exit code and what is said
  [[], 2, ""],
  [["nope"], 2, "there is no command"],
  [["secret", "--nope"], 2, "--nope"],
  [["secret", "extra"], 2, "only options"],
  [["secret", "--bytes", "31"], 2, "32"],
  [["secret", "--bytes", "x"], 2, "whole number"],
  [["schema"], 2, "--orm"],
  [["schema", "--orm", "typeorm"], 2, "prisma, drizzle, sql"],
  [["schema", "--orm", "sql"], 2, "--dialect"],
  [["migrate"], 2, "DATABASE_URL"],
  [["migrate", "--url", "oracle://u:hunter2@h/d"], 1, "postgres:"],
  [["migrate", "--url", "postgres://u:hunter2@127.0.0.1:1/d"], 1, "ECONNREFUSED"],
  [["migrate", "--url", "postgres://u:hunter2@127.0.0.1:1"], 1, "names no database"],
  [["migrate", "--url", "mysql://u:hunter2@127.0.0.1:1/d"], 1, "ECONNREFUSED"],
  [["doctor"], 2, "no config found"],
  [["doctor", "--config", "nowhere.ts"], 1, "nowhere.ts"],
  [["sessions"], 2, "list"],
  [["sessions", "toString"], 2, "list"],
  [["sessions", "list"], 2, "--user"],
  [["sessions", "revoke"], 2, "id"],
  [["sessions", "revoke-all"], 2, "--everyone"],
  [["sessions", "revoke-all", "--everyone", "--user", "u1"], 2, "either"],
  [["sessions", "cleanup"], 2, "--url"],
  [["sessions", "cleanup", "--url", "file:nowhere.db"], 1, "nowhere.db"],
] as const)("latchkey %j ends with %i and a sentence", async (args, code, sentence) => {
  const cwd = await newFolder();
  const ran = await latchkey(args, { cwd });
  expect(ran.code).toBe(code);
  expect(ran.err + ran.out).toContain(sentence);
  expect(ran.err + ran.out).not.toMatch(/hunter2|\n\s+at .+:\d+/);
  if (args.length === 0) return;

  const json = await latchkey([...args, "--json"], { cwd });
  expect(json.code).toBe(code);
  expect(json.json().error).toContain(sentence);
});

test("a password with every kind of sign in it is not shown, whatever goes wrong", async () => {
  const cwd = await newFolder();
  for (const url of [
    "postgres://u:p@ss/w:rd@127.0.0.1:1/d",
    "mysql://u:p%40ssw@127.0.0.1:1/d",
    "libsql://h.invalid?authToken=p@ss",
  ]) {
    const ran = await latchkey(["migrate", "--url", url], { cwd });
    expect(ran.code).toBe(1);
    expect(ran.err).not.toMatch(/p@ss|p%40ssw|w:rd/);
  }
});

test("output has no colours in a pipe; on a terminal it has, but not under NO_COLOR", async () => {
  const cwd = await newFolder({ "schema.prisma": "// mine\n" });
  const command = `"${process.execPath}" "${(await import("./bin.js")).BIN}" schema --orm prisma --dialect sqlite --out schema.prisma`;
  const piped = await run("sh", ["-c", command], { cwd });
  expect(piped.out).toContain("+model User {");
  expect(piped.out).not.toContain("\x1b");
  const onTerminal = await run("script", ["-qec", command, "/dev/null"], { cwd, env: { TERM: "xterm" }, input: "n\n" });
  expect(onTerminal.out).toContain("\x1b[32m+model User {");
  const plain = await run("script", ["-qec", command, "/dev/null"], {
    cwd,
    env: { TERM: "xterm", NO_COLOR: "1" },
    input: "n\n",
  });
  expect(plain.out).toContain("+model User {");
  expect(plain.out).not.toContain("\x1b[32m");
});

test("a driver that the app has not installed is named, with what to type", async () => {
  const { cp, symlink } = await import("node:fs/promises");
  const path = await import("node:path");
  const { PACKAGE } = await import("./bin.js");
  const { mkdtemp, rm, mkdir } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  // Outside of the repository, whose drivers would be found.
  const cwd = await mkdtemp(path.join(tmpdir(), "latchkey-cli-"));
  const own = path.join(cwd, "node_modules/@latchkey/cli");
  await mkdir(own, { recursive: true });
  for (const part of ["dist", "migrations", "package.json"])
    await cp(path.join(PACKAGE, part), path.join(own, part), { recursive: true });
  for (const name of ["@latchkey/core", "diff", "jiti"])
    await symlink(path.join(PACKAGE, "node_modules", name), path.join(cwd, "node_modules", name));
  try {
    for (const [url, name] of [
      ["postgres://u@127.0.0.1:1/d", "pg"],
      ["mysql://u@127.0.0.1:1/d", "mysql2"],
      ["file:a.db", "@libsql/client"],
    ] as const) {
      const { code, err } = await latchkey(["migrate", "--url", url], { cwd, bin: path.join(own, "dist/main.js") });
      expect([code, err]).toEqual([
        1,
        `latchkey: this needs the package ${name}: install it with npm install ${name}\n`,
      ]);
    }
  } finally {
    await rm(cwd, { recursive: true });
  }
});
