/** `latchkey migrate` */
import { existsSync } from "node:fs";
import path from "node:path";
import { type Command, OK } from "../command.js";
import { type Address, requireAddress } from "../database/address.js";
import type { MigrationConnection } from "../migrations/connection.js";
import { connectMysql } from "../migrations/connection-mysql.js";
import { connectPostgresql } from "../migrations/connection-postgresql.js";
import { connectSqlite } from "../migrations/connection-sqlite.js";
import { type Migration, readMigrations } from "../migrations/files.js";
import { readLedger } from "../migrations/ledger.js";
import { applyMigrations, type Plan, planMigrations } from "../migrations/run.js";
import type { Terminal } from "../output.js";

const DEFAULT_FOLDER = "migrations";
const CONNECTORS = { postgresql: connectPostgresql, mysql: connectMysql, sqlite: connectSqlite } as const;

export const migrate: Command = {
  name: "migrate",
  summary: "make the tables of Latchkey, and apply your own SQL files after them",
  options: {
    url: { value: "<url>", help: "postgres:, mysql:, mariadb:, file: or libsql: (default: DATABASE_URL)" },
    dir: { value: "<folder>", help: `folder of your own files, such as 0002_notes.sql (default: ${DEFAULT_FOLDER})` },
    orm: {
      value: "<orm>",
      help: "whose column types the tables get: drizzle, also for plain drivers (default), or prisma",
    },
    "dry-run": { help: "print the SQL that would run, and change nothing" },
  },
  notes: [
    "Each file runs once: the table latchkey_migrations keeps its name, the SHA-256 of its text, and when it was applied.",
    "A file that was changed afterwards is refused. Processes that migrate at once wait for each other.",
    "On PostgreSQL and SQLite a file is applied wholly or not at all; MySQL keeps each change of a table at once.",
    "Tables that are there already are kept as they are; latchkey doctor names what differs.",
  ].join("\n"),
  async run(args, terminal) {
    const address = requireAddress(args.value("url"), terminal.env, terminal.cwd);
    const folder = path.resolve(terminal.cwd, args.value("dir") ?? DEFAULT_FOLDER);
    const flavour = args.oneOf("orm", ["drizzle", "prisma"]) ?? "drizzle";
    const migrations = await readMigrations(address.dialect, flavour, folder);
    return args.has("dry-run")
      ? showPlan(await planOnly(address, terminal.cwd, migrations), address, terminal)
      : applyAll(address, terminal, migrations);
  },
};

/** A file that is not there stays so: nobody opens it. */
async function planOnly(address: Address, cwd: string, migrations: readonly Migration[]): Promise<Plan> {
  if (address.file !== null && !existsSync(address.file)) return planMigrations(migrations, new Map());
  return withConnection(address, cwd, async (connection) =>
    planMigrations(migrations, await readLedger(connection, connection.query)),
  );
}

function showPlan({ pending, applied, missing }: Plan, { shown, dialect }: Address, terminal: Terminal): number {
  const sql = pending.map(({ id, statements }) => [`-- ${id}`, ...statements.map(({ text }) => `${text};`)].join("\n"));
  const text = pending.length === 0 ? `-- ${shown} has everything: nothing to do` : sql.join("\n\n");
  const steps = pending.map(({ id, statements }) => ({ id, statements: statements.map((each) => each.text) }));
  terminal.result({ dryRun: true, dialect, pending: steps, applied, missing }, text);
  return OK;
}

async function applyAll(address: Address, terminal: Terminal, migrations: readonly Migration[]) {
  const { shown, dialect } = address;
  const done: string[] = [];
  const plan = await withConnection(address, terminal.cwd, (connection) =>
    applyMigrations(
      connection,
      migrations,
      () => new Date(),
      (id) => {
        done.push(id);
        terminal.say(`${terminal.paint.green("applied")} ${id}`);
      },
    ),
  );
  for (const id of plan.missing) terminal.say(`${terminal.paint.yellow("no file")} ${id} was applied once`);
  const text = done.length === 0 ? `${shown} has everything: nothing to do` : `${shown} is up to date`;
  terminal.result({ dryRun: false, dialect, done, applied: plan.applied, missing: plan.missing }, text);
  return OK;
}

async function withConnection<T>(
  address: Address,
  cwd: string,
  work: (connection: MigrationConnection) => Promise<T>,
): Promise<T> {
  const connection = await CONNECTORS[address.dialect](address, cwd);
  try {
    return await work(connection);
  } finally {
    await connection.close().catch(() => undefined);
  }
}
