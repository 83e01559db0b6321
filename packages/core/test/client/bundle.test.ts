/** What a page loads: how much, and what of it runs by itself. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";
import { expect, test } from "vitest";

const ENTRY = new URL("../../src/client/index.ts", import.meta.url).pathname;

async function bundled(options: BuildOptions): Promise<{ code: string; inputs: string[] }> {
  const result = await build({ bundle: true, write: false, metafile: true, platform: "browser", ...options });
  const inputs = Object.keys(result.metafile?.inputs ?? {}).map((input) => input.replace(/^.*src\//, ""));
  return { code: result.outputFiles?.[0]?.text ?? "", inputs };
}

test("the client is at most 3 kB gzip and brings nothing of the engine but the defaults", async () => {
  const { code, inputs } = await bundled({ entryPoints: [ENTRY], format: "esm", minify: true });
  expect(gzipSync(code).byteLength).toBeLessThanOrEqual(3 * 1024);
  expect(inputs.filter((input) => !input.startsWith("client/"))).toEqual(["defaults.ts"]);
});

test("B62: import and creation touch no global, so that a server renders with it", async () => {
  const { code } = await bundled({ entryPoints: [ENTRY], format: "iife", globalName: "latchkey" });
  // A context that has the language and nothing of a browser or of Node.
  const context = vm.createContext({});
  vm.runInContext(code, context);
  const snapshot = vm.runInContext("latchkey.createAuthClient().getSnapshot()", context);
  expect({ ...snapshot }).toEqual({ session: null, status: "loading", error: null });
});

/** Runs a script with a client in a process of its own, which has to end by itself. */
async function runToEnd(script: string): Promise<string> {
  const stdin = { contents: `import { createAuthClient } from ${JSON.stringify(ENTRY)};\n${script}`, resolveDir: "/" };
  const { code } = await bundled({ stdin, format: "esm" });
  const node = promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], { timeout: 20_000 });
  return (await node).stdout;
}

test.each([
  ["was never watched", "createAuthClient()"],
  ["is watched and forgotten", "createAuthClient({ initialSession: null }).subscribe(() => {})"],
  [
    "was closed before its session ended",
    `const session = { id: "s", type: "t", user: { id: "u" }, expires: new Date(Date.now() + 3600e3).toISOString() };
     const client = createAuthClient({ initialSession: session });
     client.subscribe(() => {});
     client.close();`,
  ],
])("a client that %s lets its process end", async (_name, script) => {
  expect(await runToEnd(`${script};\nconsole.log("ran");`)).toBe("ran\n");
});
