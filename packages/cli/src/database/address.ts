/** The address of a database: which dialect it speaks, and how it is shown without its password. */
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Dialect } from "@latchkey/core/sql";
import { Problem, UsageError } from "../problem.js";

export interface Address {
  readonly dialect: Dialect;
  /** As drivers take it. Holds the password: never shown. */
  readonly url: string;
  /** For people. */
  readonly shown: string;
  /** The file of a local SQLite database. */
  readonly file: string | null;
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  "postgres:": "postgresql",
  "postgresql:": "postgresql",
  "mysql:": "mysql",
  "mariadb:": "mysql",
  "file:": "sqlite",
  "sqlite:": "sqlite",
  "libsql:": "sqlite",
  "http:": "sqlite",
  "https:": "sqlite",
  "ws:": "sqlite",
  "wss:": "sqlite",
};

/**
 * Reads an address such as `postgres://user:password@host:5432/name`, `mysql://…`, `file:data/app.db` or `libsql://…`.
 *
 * @param cwd Folder that a relative `file:` begins at
 * @throws Problem without the password that the address may hold
 */
export function parseAddress(text: string, cwd: string): Address {
  const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(text)?.[1]?.toLowerCase() ?? "";
  const dialect = DIALECTS[scheme];
  if (dialect === undefined)
    throw new Problem(
      `the address of the database must begin with postgres:, mysql:, mariadb:, file: or libsql:, not with "${scheme || "nothing of that kind"}"`,
    );
  if (scheme === "file:" || scheme === "sqlite:") return fileAddress(text.slice(scheme.length), cwd);
  if (!URL.canParse(text))
    throw new Problem("the address of the database cannot be read: write user, password and name percent-encoded");
  const url = new URL(text);
  if (dialect === "mysql") return serverAddress(dialect, new URL(text.replace(/^mariadb:/i, "mysql:")));
  return dialect === "sqlite" ? { dialect, url: text, shown: url.host, file: null } : serverAddress(dialect, url);
}

/** `--url`, else `DATABASE_URL`. @throws UsageError where there is neither */
export function requireAddress(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
) {
  const text = given ?? env.DATABASE_URL;
  if (text === undefined || text === "") throw new UsageError("which database? Pass --url or set DATABASE_URL");
  return parseAddress(text, cwd);
}

function serverAddress(dialect: Dialect, url: URL): Address {
  const name = url.pathname.slice(1);
  if (name === "") throw new Problem("the address names no database: it ends with /name");
  return { dialect, url: url.href, shown: `${decodeURIComponent(name)} on ${url.host}`, file: null };
}

function fileAddress(rest: string, cwd: string): Address {
  if (/^(\/\/)?:memory:/.test(rest)) throw new Problem("a database in memory is gone when this command ends");
  const file = rest.startsWith("//") ? fileURLToPath(`file:${rest}`) : path.resolve(cwd, rest.replace(/\?.*$/s, ""));
  return { dialect: "sqlite", url: pathToFileURL(file).href, shown: file, file };
}
