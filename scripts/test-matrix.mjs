/**
 * `pnpm test:matrix [version…] [file…]`: the test suite, or those files of it, on other runtimes: Node 22, 24 and 26, or those
 * that are named; `bun` is one, too. Each comes from npm into `.cache/runtimes`, outside of the workspace: in it, its `node` would be every script's.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { pnpm, ROOT, run } from "./workspace.mjs";

const DEFAULT_RUNTIMES = ["22", "24", "26"];
const VITEST = path.join(ROOT, "node_modules", "vitest", "vitest.mjs");

const isRuntime = (/** @type {string} */ argument) => /^(\d+|bun)$/.test(argument);
const named = process.argv.slice(2).filter(isRuntime);
const files = process.argv.slice(2).filter((argument) => !isRuntime(argument));
const { code } = await pnpm(["run", "build"], { show: true });
const failed = code === 0 ? [] : ["build"];
for (const runtime of code === 0 ? (named.length > 0 ? named : DEFAULT_RUNTIMES) : []) {
  console.log(`\n== ${runtime === "bun" ? "Bun" : `Node ${runtime}`}`);
  if (!(await passesOn(runtime))) failed.push(runtime);
}
console.log(failed.length === 0 ? "\nAll runtimes pass." : `\nFailed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** @param {string} runtime */
async function passesOn(runtime) {
  const home = path.join(ROOT, ".cache", "runtimes", runtime);
  const [dependency, binary, flags] =
    runtime === "bun"
      ? ["bun@1.4.5", "bun/bin/bun.exe", ["--bun"]]
      : [
          `node-${process.platform}-${process.arch}@${runtime}`,
          `node-${process.platform}-${process.arch}/bin/node`,
          [],
        ];
  const executable = path.join(home, "node_modules", binary);
  if (!existsSync(executable)) {
    const installed = await run("npm", [
      "install",
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--prefix",
      home,
      dependency,
    ]);
    if (installed.code !== 0) throw new Error(`${dependency} does not install:\n${installed.output}`);
  }
  // Tests that start a `node` of their own find this one first.
  const env = { PATH: `${path.dirname(executable)}${path.delimiter}${process.env.PATH}` };
  const outcome = await run(executable, [...flags, VITEST, "run", ...files], { show: true, env });
  return outcome.code === 0;
}
