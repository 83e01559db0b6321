/** What an edge function pays for sessions: the size of the bundle, and a proof that it runs where there is no Node. */
import path from "node:path";
import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { createSessionCookie, getSession } from "../packages/core/dist/index.js";
import { isBuiltin } from "./imports.js";
import { packages } from "./packages.js";

/** Bytes after gzip. */
const LIMIT = 15_000;
const SECRET = "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2";
const EDGE_FUNCTIONS = 'export { getSession, createSessionCookie, clearSessionCookie, signOut } from "@latchkey/core";';
/** Web APIs that every edge runtime has (WinterTC minimum common API); nothing of Node. */
const EDGE_GLOBALS = {
  URL,
  TextEncoder,
  TextDecoder,
  atob,
  btoa,
  crypto,
  AbortSignal,
  setTimeout,
  clearTimeout,
  Headers,
};

/** No condition `node`: what bundlers for edge runtimes choose. Neutral: a Node built-in does not resolve and fails the build. */
const EDGE_BUILD = {
  stdin: { contents: EDGE_FUNCTIONS, resolveDir: packages.find(({ name }) => name === "@latchkey/core")?.folder ?? "" },
  platform: "neutral",
  conditions: ["worker", "browser"],
  mainFields: ["browser", "module", "main"],
  target: "es2022",
  bundle: true,
  minify: true,
  treeShaking: true,
  write: false,
  metafile: true,
  outdir: path.resolve("dist"),
} as const satisfies BuildOptions;

/** The entry and what it imports statically, with the bytes after gzip; a chunk that loads when used does not count. */
async function measure(contents = EDGE_FUNCTIONS) {
  const stdin = { ...EDGE_BUILD.stdin, contents };
  const { metafile, outputFiles } = await build({ ...EDGE_BUILD, stdin, format: "esm", splitting: true });
  const entry = Object.keys(metafile.outputs).find((file) => metafile.outputs[file]?.entryPoint !== undefined) ?? "";
  const eager = new Set([entry]);
  for (const file of eager) {
    const statics = metafile.outputs[file]?.imports.filter(({ kind }) => kind === "import-statement") ?? [];
    for (const { path: imported } of statics) eager.add(imported);
  }
  const chunks = outputFiles.filter((file) => eager.has(path.relative(process.cwd(), file.path)));
  return {
    bytes: chunks.reduce((sum, chunk) => sum + gzipSync(chunk.contents, { level: 9 }).length, 0),
    eagerInputs: [...eager].flatMap((file) => Object.keys(metafile.outputs[file]?.inputs ?? {})),
    imports: Object.values(metafile.inputs).flatMap((input) => input.imports.map((each) => each.path)),
  };
}

describe("the bundle of the session functions for an edge runtime", () => {
  let measured: Awaited<ReturnType<typeof measure>>;
  beforeAll(async () => {
    measured = await measure();
  });

  test(`has at most ${LIMIT} bytes after gzip`, () => {
    console.log(`edge bundle: ${measured.bytes} bytes after gzip (limit ${LIMIT})`);
    expect(measured.bytes).toBeLessThanOrEqual(LIMIT);
  });
  test("holds the engine: the figure is not that of an empty file", () => {
    expect(measured.eagerInputs.join()).toMatch(/token\/crypto-web\.js/);
    expect(measured.eagerInputs.join()).toMatch(/core\/dist\/bundled\//);
    expect(measured.bytes).toBeGreaterThan(LIMIT / 2);
  });
  test("B82: holds no built-in of Node", () => expect(measured.imports.filter(isBuiltin)).toEqual([]));
  test("loads jose only when it is used", () => {
    expect(measured.imports.join()).toMatch(/jose/);
    expect(measured.eagerInputs.filter((file) => file.includes("/jose/"))).toEqual([]);
  });
  test("counts what is imported statically: jose by name would be over the limit", async () => {
    const { bytes } = await measure(`${EDGE_FUNCTIONS}\nexport * from "jose";`);
    expect(bytes).toBeGreaterThan(LIMIT);
  });
});

describe("B82: where there is no Node", () => {
  let edge: typeof import("../packages/core/dist/index.js");
  beforeAll(async () => {
    const { outputFiles } = await build({ ...EDGE_BUILD, format: "iife", globalName: "edge" });
    const context = vm.createContext({ ...EDGE_GLOBALS });
    vm.runInContext(outputFiles[0]?.text ?? "", context);
    edge = context.edge;
  });

  const session = { user: { id: "1", email: "a@example.com" }, expires: new Date(Date.now() + 60_000), role: "admin" };
  const requestWith = (setCookie: string) => ({ headers: new Headers({ cookie: setCookie.split(";")[0] ?? "" }) });

  test("a cookie made on Node is read", async () => {
    const read = await edge.getSession(requestWith(createSessionCookie(session, SECRET)), SECRET);
    expect(read).toMatchObject({ user: session.user, role: "admin" });
  });
  test("a cookie made there is read on Node", async () => {
    const read = await getSession(requestWith(edge.createSessionCookie(session, SECRET)), SECRET);
    expect(read).toMatchObject({ user: session.user, role: "admin" });
  });
  test("a cookie signed with another secret is refused", async () => {
    const foreign = createSessionCookie(session, [...SECRET].reverse().join(""));
    expect(await edge.getSession(requestWith(foreign), SECRET)).toBeNull();
  });
});
