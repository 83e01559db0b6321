/** The app's own config: where it is, and the `Auth` that it makes. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Auth, type AuthConfig, createAuth } from "@latchkey/core";
import { createJiti } from "jiti";
import { messageOf, Problem } from "../problem.js";

const EXTENSIONS = ["ts", "mts", "js", "mjs"] as const;
/** Where a config is looked for, the first one counts. */
const PLACES: readonly string[] = [
  ...EXTENSIONS.map((extension) => `latchkey.config.${extension}`),
  ...["auth", "src/auth", "lib/auth", "src/lib/auth"].flatMap((place) => EXTENSIONS.map((each) => `${place}.${each}`)),
];
const EXPORTS = ["default", "auth", "config"] as const;

/** Modules that frameworks forbid outside of their own bundles; a config may import them all the same. */
const EMPTY = fileURLToPath(new URL("./empty.js", import.meta.url));
const ALIASES = { "server-only": EMPTY, "client-only": EMPTY };

export interface LoadedConfig {
  readonly file: string;
  readonly auth: Auth;
}

/**
 * Finds the file.
 *
 * @param given `--config`; without it the usual places are looked at
 * @returns null where no place has one
 * @throws Problem when the given one is not there
 */
export function findConfig(given: string | undefined, cwd: string): string | null {
  const files = given === undefined ? PLACES : [given];
  const found = files.map((file) => path.resolve(cwd, file)).find((file) => existsSync(file));
  if (found === undefined && given !== undefined) throw new Problem(`there is no file ${given}`);
  return found ?? null;
}

/** Where a config was looked for, for people. */
export const CONFIG_PLACES =
  "latchkey.config.ts, auth.ts, src/auth.ts, lib/auth.ts, src/lib/auth.ts (also .mts, .js, .mjs)";

/**
 * Runs the file and takes the `Auth` or the config that it exports as `default`, `auth` or `config`.
 *
 * @throws Problem that says what the file threw; AuthError `config_invalid` for a config that is wrong
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const module = await importModule(file);
  const exported = EXPORTS.map((name) => module[name]);
  const auth = exported.find(isAuth);
  if (auth !== undefined) return { file, auth };
  const config = exported.find(isConfig);
  if (config !== undefined) return { file, auth: createAuth(config) };
  throw new Problem(
    `${file} exports neither what createAuth returned nor a config with a secret, as default, auth or config`,
  );
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    if (/\.m?js$/.test(file)) return await import(pathToFileURL(file).href);
    const jiti = createJiti(import.meta.url, { fsCache: false, alias: ALIASES, tsconfigPaths: true });
    return await jiti.import<Record<string, unknown>>(file);
  } catch (cause) {
    throw new Problem(`${file} cannot be loaded: ${messageOf(cause)}`);
  }
}

function isAuth(value: unknown): value is Auth {
  const { handler, sessions } = (value ?? {}) as Partial<Auth>;
  return typeof handler === "function" && typeof sessions === "object";
}

function isConfig(value: unknown): value is AuthConfig {
  return typeof value === "object" && value !== null && "secret" in value;
}
