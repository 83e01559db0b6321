/** Migrations: those that come with this package, then the app's own `.sql` files. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Dialect, Flavour } from "@latchkey/core/sql";
import { Problem } from "../problem.js";
import { type StatementText, splitStatements } from "./statements.js";

export interface Migration {
  /** What it is recorded under: `"latchkey/0001_tables"`, or the name of the app's file without `.sql`. */
  readonly id: string;
  readonly sql: string;
  /** SHA-256 in hex of the text, whichever way its lines end. */
  readonly checksum: string;
  readonly statements: readonly StatementText[];
}

const PACKAGED = fileURLToPath(new URL("../../migrations/", import.meta.url));
/** Stands before the ids of what comes with this package, so that the app's files may have any number. */
export const PACKAGED_PREFIX = "latchkey/";
const FILE_NAME = /^(\d+)[-_].*\.sql$/;
/** The runner opens and ends transactions itself; `DELIMITER` is a command of a client program. */
const REFUSED =
  /^(?:BEGIN|COMMIT|ROLLBACK|ABORT|END|START\s+TRANSACTION|PREPARE\s+TRANSACTION|DELIMITER|SAVEPOINT|RELEASE|LOCK\s+TABLES?\s|UNLOCK|USE\b|SET\s+(?:\w+\s+|@@\w*\.?)?autocommit)\b/i;

/**
 * All migrations of a dialect in their order.
 *
 * @param flavour Whose column types the packaged ones have
 * @param folder The app's own; it need not exist
 * @throws Problem for a file whose name has no number, for two of one number, and for statements that cannot be part of one
 */
export async function readMigrations(dialect: Dialect, flavour: Flavour, folder: string): Promise<Migration[]> {
  const packaged = await readFolder(path.join(PACKAGED, flavour, dialect), PACKAGED_PREFIX, dialect);
  return [...packaged, ...(existsSync(folder) ? await readFolder(folder, "", dialect) : [])];
}

async function readFolder(folder: string, prefix: string, dialect: Dialect): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql"));
  const numbered = names.map((name) => [numberOf(name, folder), name] as const).sort(([a], [b]) => a - b);
  for (const [index, [number, name]] of numbered.entries())
    if (numbered[index + 1]?.[0] === number)
      throw new Problem(`${name} and ${numbered[index + 1]?.[1]} have one number: which is first?`);
  return Promise.all(
    numbered.map(async ([, name]) => {
      const text = await readFile(path.join(folder, name), "utf8");
      return parseMigration(prefix + path.basename(name, ".sql"), text, dialect);
    }),
  );
}

function numberOf(name: string, folder: string): number {
  const number = FILE_NAME.exec(name)?.[1];
  if (number === undefined)
    throw new Problem(`${path.join(folder, name)} has no number: call it such as 0002_${name.replace(/^[\d_-]+/, "")}`);
  return Number(number);
}

/** @throws Problem for a statement that cannot be part of a migration */
function parseMigration(id: string, text: string, dialect: Dialect): Migration {
  const sql = text.replaceAll("\r\n", "\n");
  const statements = splitStatements(sql, dialect);
  const refused = statements.find((statement) => REFUSED.test(statement.text));
  if (refused !== undefined)
    throw new Problem(
      `${id}, line ${refused.line}: ${refused.text.split(/\s/, 1)[0]} cannot stand in a migration: each file is one transaction, and bodies between BEGIN and END are kept whole`,
    );
  return { id, sql, statements, checksum: createHash("sha256").update(sql).digest("hex") };
}
