/** Where things are in this repository, and how its scripts run commands. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * @typedef {object} Manifest What the scripts read of a package.json
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {unknown} [repository]
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string | { types: string, default: string }>} [exports]
 */
/** @typedef {{ name: string, folder: string, manifest: Manifest }} PublicPackage */
/** @typedef {{ code: number, output: string }} Outcome */

/** @param {string} folder @returns {Manifest} */
export function readManifest(folder) {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
}

/** The packages that are published, by name. @returns {PublicPackage[]} */
export function publicPackages() {
  return readdirSync(path.join(ROOT, "packages"))
    .map((name) => path.join(ROOT, "packages", name))
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest }));
}

/**
 * Runs a command to its end, without input.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, show?: boolean, env?: NodeJS.ProcessEnv }} [options] `show` prints the output as it comes
 * @returns {Promise<Outcome>} both streams as text, in the order in which they came
 */
export function run(command, args, { cwd = ROOT, show = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", ...env },
      // On Windows the tools are .cmd files, which only a shell starts.
      shell: process.platform === "win32",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (show) process.stdout.write(text);
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? 1, output: signal ? `${output}\n${signal}` : output }));
  });
}

/** Path of a tool that the repository installs. @param {string} name */
export function tool(name) {
  return path.join(ROOT, "node_modules", ".bin", name);
}

/**
 * Runs pnpm: the one on the path, else the same major version through npx.
 *
 * @param {string[]} args
 * @param {{ cwd?: string, show?: boolean }} [options]
 */
export async function pnpm(args, options) {
  try {
    return await run("pnpm", args, options);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return run("npx", ["-y", "pnpm@12", ...args], options);
  }
}
