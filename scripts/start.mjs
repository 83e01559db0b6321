/**
 * `pnpm start`: builds what the example needs, then runs it in place of this process, so that signals and `PORT` reach it
 * without anything in between. `pnpm start <example>` runs another one.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { pnpm, ROOT, readManifest } from "./workspace.mjs";

const DEFAULT_EXAMPLE = "express-sqlite";

const given = process.argv.slice(2);
const [example = DEFAULT_EXAMPLE, ...args] = given[0]?.startsWith("-") ? [DEFAULT_EXAMPLE, ...given] : given;
const folder = path.join(ROOT, "examples", example);
const { name, scripts = {} } = readManifest(folder);

const { code } = await pnpm(["exec", "turbo", "run", "build", `--filter=${name}...`, "--output-logs=errors-only"], {
  show: true,
});
if (code !== 0) process.exit(code);

const [command, script, ...rest] = (scripts.start ?? "").split(" ");
if (command !== "node" || script === undefined) throw new Error(`"start" of ${name} must be: node <file> [arguments]`);

process.chdir(folder);
process.argv = [process.argv[0] ?? "node", path.resolve(script), ...rest, ...args];
await import(pathToFileURL(path.resolve(script)).href);
