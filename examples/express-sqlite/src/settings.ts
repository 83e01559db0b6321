/** What the environment and the command line decide. Nothing has to be set. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export interface Settings {
  /** TCP port on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** How the cookie holds a session. Either way each session has a row, and ends with it. */
  strategy: Strategy;
  /** Whether an OpenID provider runs beside the app, to sign in with. */
  oidc: boolean;
  /** `postgres://` address of a database to use in place of the file; null for the file. */
  databaseUrl: string | null;
  /** The secret is kept beside it. */
  databaseFile: string;
}

export type Strategy = "jwt" | "database";

/** A setting that cannot be used; the message says which, and what it may be. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const DEFAULTS = {
  PORT: "3000",
  LATCHKEY_STRATEGY: "database",
  LATCHKEY_OIDC: "0",
  DATABASE_FILE: fileURLToPath(new URL("../.latchkey/app.db", import.meta.url)),
};

/** @throws SettingsError */
export function readSettings(args: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const setting = (name: keyof typeof DEFAULTS) => env[name] || DEFAULTS[name];
  const flags = flagsOf(args);
  return {
    port: parsePort(setting("PORT")),
    strategy: parseStrategy(flags.strategy ?? setting("LATCHKEY_STRATEGY")),
    oidc: flags.oidc ?? parseSwitch(setting("LATCHKEY_OIDC")),
    databaseUrl: parseUrl(env.DATABASE_URL || null),
    databaseFile: path.resolve(setting("DATABASE_FILE")),
  };
}

function flagsOf(args: readonly string[]): { strategy?: string; oidc?: boolean } {
  try {
    return parseArgs({ args: [...args], options: { strategy: { type: "string" }, oidc: { type: "boolean" } } }).values;
  } catch (cause) {
    throw new SettingsError("The options are --strategy jwt, --strategy database and --oidc.", { cause });
  }
}

function parseSwitch(text: string): boolean {
  if (text === "1" || text === "0") return text === "1";
  throw new SettingsError(`LATCHKEY_OIDC is 1 or 0, not ${JSON.stringify(text)}.`);
}

function parseStrategy(text: string): Strategy {
  if (text === "jwt" || text === "database") return text;
  throw new SettingsError(`The strategy is jwt or database, not ${JSON.stringify(text)}.`);
}

/** The address may hold a password, so that no message repeats it. */
function parseUrl(text: string | null): string | null {
  if (text === null || /^postgres(ql)?:\/\//.test(text)) return text;
  throw new SettingsError("DATABASE_URL must begin with postgres://; without it the example keeps its data in a file.");
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new SettingsError(`PORT is a number from 0 to 65535, not ${JSON.stringify(text)}.`);
}
