/** The house rules of imports (DESIGN: "imports go one way"), and a proof that each check can fail. */
import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import {
  builtinFaults,
  cycles,
  importsOf,
  type Layers,
  layerFaults,
  mutableState,
  packageOf,
  sharedPackages,
  sourcesIn,
} from "./imports.js";
import { entryPoints, packages } from "./packages.js";

/** Core from the bottom up. A file imports its own layer and those before it, never one after it. */
const CORE_LAYERS: Layers = [
  ["errors.ts", "model.ts", "defaults.ts", "schema.ts", "device.ts"],
  ["token/", "cookie.ts", "lifetime.ts", "ip.ts", "email.ts", "client/"],
  ["contracts/"],
  ["strategies/", "memory/", "sql/"],
  [
    "session-claims.ts",
    "session-reader.ts",
    "session-renewal.ts",
    "session-manager.ts",
    "provider-tokens.ts",
    "resolve-user.ts",
    "token-renewal.ts",
    "account-manager.ts",
    "sign-in-attempts.ts",
    "origin.ts",
  ],
  ["routes/"],
  ["handler.ts"],
  ["auth.ts", "functions.ts", "authenticate.ts"],
  ["doctor.ts", "doctor/"],
  ["index.ts"],
  ["testkit/"],
];
const CORE_ALIASES = { "#crypto": ["token/crypto-node.ts", "token/crypto-web.ts"] };

/** Which packages of the scope a package may import, where it is not core alone. */
const SCOPE_IMPORTS: Readonly<Record<string, readonly string[]>> = { "@latchkey/core": [] };

/** Module state that is a memo of a pure function: its loss changes nothing but speed. */
const MEMOS = [
  "functions.ts: engineBySecret",
  "functions.ts: engineByConfig",
  "authenticate.ts: authByConfig",
  "lifetime.ts: dayTexts",
  "strategies/token-session.ts: signInTimes",
];

const core = sourcesIn(path.join(packageNamed("@latchkey/core").folder, "src"));

describe("core", () => {
  test("has sources to check", () => expect(core.length).toBeGreaterThan(30));
  test("every file has a layer and none imports upward", () =>
    expect(layerFaults(core, CORE_LAYERS, CORE_ALIASES)).toEqual([]));
  test("no file imports itself by a circle", () => expect(cycles(core, CORE_ALIASES)).toEqual([]));
  test("Node's own modules are imported by token/crypto-node.ts alone, and by the test kit's raw HTTP client", () =>
    expect(builtinFaults(core, ["token/crypto-node.ts", "testkit/raw-http.ts"])).toEqual([]));
  test("B62: no module keeps state that can change, apart from memos of pure functions", () =>
    expect(mutableState(core).filter((name) => !MEMOS.includes(name))).toEqual([]));
  test("depends on jose and @noble/hashes alone: cookie is in the bundle", () => {
    const { dependencies = {} } = packageNamed("@latchkey/core").manifest;
    expect(Object.keys(dependencies).sort()).toEqual(["@noble/hashes", "jose"]);
  });
});

describe.each(packages.map((each) => [each.name, each] as const))("%s", (name, { folder, manifest }) => {
  const files = sourcesIn(path.join(folder, "src"));

  test("imports no package of the scope but core: bindings, adapters and providers do not know each other", () => {
    const allowed = SCOPE_IMPORTS[name] ?? ["@latchkey/core"];
    const imported = files.flatMap((file) => importsOf(file.text).map(packageOf));
    const foreign = imported.filter((other) => other?.startsWith("@latchkey/") && !allowed.includes(other));
    expect(foreign).toEqual([]);
  });

  test("imports a third-party package in one file only, unless the package is about it (a peer dependency)", () =>
    expect(sharedPackages(files, Object.keys(manifest.peerDependencies ?? {}))).toEqual([]));

  test("no file imports itself by a circle", () => expect(cycles(files, CORE_ALIASES)).toEqual([]));
});

/**
 * Imports a module in a process of its own and reports what that left behind. Bare `node`: no loader, no test runner.
 */
const IMPORT_PROBE = `
  const started = [];
  const nextTurn = globalThis.setImmediate;
  for (const name of ["setTimeout", "setInterval", "setImmediate"]) {
    const original = globalThis[name];
    globalThis[name] = (...args) => (started.push(name), original(...args));
  }
  const globals = new Set(Reflect.ownKeys(globalThis));
  await import(process.argv[1]);
  const added = Reflect.ownKeys(globalThis).filter((key) => !globals.has(key)).map(String);
  // Reading the module files themselves ends a turn later.
  await new Promise((resolve) => nextTurn(resolve));
  const resources = process.getActiveResourcesInfo().filter((name) => name !== "Immediate");
  console.log(JSON.stringify({ started, added, resources }));
`;

async function probe(url: string): Promise<unknown> {
  // No process.exit in the probe: a timer or socket that stays open makes this time out.
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", IMPORT_PROBE, url], {
    timeout: 20_000,
  });
  return JSON.parse(stdout);
}

/** The test kit loads vitest, which only lives inside of a test run. */
const importable = entryPoints.filter((entry) => entry.name !== "@latchkey/core/testkit");

test.each(importable.map((entry) => [entry.name, entry.script] as const))(
  "B62: importing %s starts no timer, adds no global and lets the process end",
  async (_name, script) => {
    expect(await probe(pathToFileURL(script).href)).toEqual({ started: [], added: [], resources: [] });
  },
);

describe("the checks can fail", () => {
  const file = (name: string, ...lines: string[]) => ({ path: name, text: lines.join("\n") });
  const layers: Layers = [["low.ts"], ["high/"]];

  test.each([
    ['import { a } from "./x.js";', ["./x.js"]],
    ['import type {\n  A,\n  B,\n} from "./x.js";', ["./x.js"]],
    ['export * from "./x.js";\nexport type { A } from "./y.js";', ["./x.js", "./y.js"]],
    ['import "./x.js";', ["./x.js"]],
    ['const { a } = await import("jose");', ["jose"]],
    ['type A = import("./x.js").A;', ["./x.js"]],
    ['/* import { a } from "./x.js"; */\n// import "./y.js"\nconst url = "http://host"; // import("z")', []],
    ['export const from = 1;\nconst text = "import";', []],
  ] as const)("imports are read: %s", (text, expected) => expect(importsOf(text)).toEqual(expected));

  test("an upward import is found", () =>
    expect(layerFaults([file("low.ts", 'import type { A } from "./high/a.js";')], layers)).toEqual([
      "low.ts imports high/a.ts, which is above it",
    ]));
  test("a downward import is no fault", () =>
    expect(layerFaults([file("high/a.ts", 'import { a } from "../low.js";')], layers)).toEqual([]));
  test("an upward import by an alias is found", () =>
    expect(layerFaults([file("low.ts", 'import { a } from "#a";')], layers, { "#a": ["high/a.ts"] })).toHaveLength(1));
  test("a file without a layer is found", () =>
    expect(layerFaults([file("new.ts")], layers)).toEqual(["new.ts has no layer"]));

  test("a circle is found, a diamond is none", () => {
    const to = (...names: string[]) => names.map((name) => `import { a } from "./${name}.js";`);
    expect(cycles([file("a.ts", ...to("b")), file("b.ts", ...to("c")), file("c.ts", ...to("b"))])).toEqual([
      "b.ts → c.ts → b.ts",
    ]);
    expect(
      cycles([file("a.ts", ...to("b", "c")), file("b.ts", ...to("d")), file("c.ts", ...to("d")), file("d.ts")]),
    ).toEqual([]);
  });

  test("a package that two files import is found, by any of its paths", () => {
    const files = [file("a.ts", 'import { a } from "@x/y/one.js";'), file("b.ts", 'import { b } from "@x/y/two.js";')];
    expect(sharedPackages(files, [])).toEqual(["@x/y is imported by a.ts, b.ts"]);
    expect(sharedPackages(files, ["@x/y"])).toEqual([]);
  });

  test.each(["node:crypto", "crypto", "fs/promises"])("the built-in %s is found", (name) =>
    expect(builtinFaults([file("a.ts", `import { a } from "${name}";`)], [])).toEqual([`a.ts imports ${name}`]),
  );

  test.each([
    "let count = 0;",
    "export let current: string | null = null;",
    "const cache = new Map<string, number>();",
    "const seen: Set<string> = new Set();",
    "const list: string[] = [];",
    "export const registry = {};",
  ])("module state is found: %s", (line) => expect(mutableState([file("a.ts", line)])).toHaveLength(1));
  test.each(['const NAMES = new Set(["a"]);', "function f() {\n  let a = 0;\n}", "// let a = 0;"])(
    "no module state: %s",
    (line) => expect(mutableState([file("a.ts", line)])).toEqual([]),
  );

  test.each([
    ["setInterval(() => {}, 50).unref();", { started: ["setInterval"] }],
    ["globalThis.latchkey = 1;", { added: ["latchkey"] }],
    [
      'import net from "node:net"; const s = net.createServer(); await new Promise((r) => s.listen(0, "127.0.0.1", r)); setTimeout(() => s.close(), 500);',
      { resources: expect.arrayContaining([expect.stringContaining("TCP")]) },
    ],
  ])("what an import leaves behind is found: %s", async (code, expected) =>
    expect(await probe(`data:text/javascript,${encodeURIComponent(code)}`)).toMatchObject(expected),
  );
});

function packageNamed(name: string) {
  const found = packages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no package ${name}`);
  return found;
}
