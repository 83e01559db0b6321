/** `latchkey schema` */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createTablesSql, type Dialect } from "@latchkey/core/sql";
import { createTwoFilesPatch } from "diff";
import { type Args, type Command, OK, WRONG } from "../command.js";
import type { Paint, Terminal } from "../output.js";
import { UsageError } from "../problem.js";
import { drizzleSource } from "../schema/drizzle.js";
import { prismaModels } from "../schema/prisma.js";
import { dialectOf, mergePrisma } from "../schema/prisma-merge.js";

const DIALECTS = ["sqlite", "postgresql", "mysql"] as const satisfies readonly Dialect[];
const ORMS = ["prisma", "drizzle", "sql"] as const;
type Orm = (typeof ORMS)[number];

export const schema: Command = {
  name: "schema",
  summary: "print the tables for Prisma, Drizzle or plain SQL, or write them into a file",
  options: {
    orm: { value: "<orm>", help: ORMS.join(", ") },
    dialect: { value: "<dialect>", help: `${DIALECTS.join(", ")} (Prisma: default is that of the file's datasource)` },
    out: { value: "<file>", help: "write into this file, after showing what would change" },
    flavour: { value: "<orm>", help: "whose column types plain SQL has: drizzle (default) or prisma" },
    yes: { help: "write without asking" },
  },
  notes: [
    "An existing schema.prisma keeps every byte: missing models, fields and indexes are added, and what does not fit is named and left as it is.",
    "A file for Drizzle or SQL is written as a whole.",
  ].join("\n"),
  async run(args, terminal) {
    const orm = args.oneOf("orm", ORMS);
    if (orm === undefined) throw new UsageError(`which ORM? Pass --orm ${ORMS.join("|")}`);
    const out = args.value("out");
    if (out !== undefined) return writeOut(orm, path.resolve(terminal.cwd, out), args, terminal);
    const dialect = requireDialect(args);
    const text = sourceOf(orm, dialect, args);
    terminal.result({ orm, dialect, schema: text }, text.trimEnd());
    return OK;
  },
};

function requireDialect(args: Args, fallback: Dialect | null = null): Dialect {
  const dialect = args.oneOf("dialect", DIALECTS) ?? fallback;
  if (dialect === null) throw new UsageError(`which database? Pass --dialect ${DIALECTS.join("|")}`);
  return dialect;
}

function sourceOf(orm: Orm, dialect: Dialect, args: Args): string {
  if (orm === "prisma") return prismaModels(dialect);
  if (orm === "drizzle") return drizzleSource(dialect);
  return createTablesSql(dialect, args.oneOf("flavour", ["drizzle", "prisma"]))
    .map((statement) => `${statement};\n`)
    .join("\n");
}

async function writeOut(orm: Orm, file: string, args: Args, terminal: Terminal): Promise<number> {
  const before = existsSync(file) ? await readFile(file, "utf8") : "";
  const dialect = requireDialect(args, orm === "prisma" ? dialectOf(before) : null);
  const { schema: after, conflicts } =
    orm === "prisma" ? mergePrisma(before, dialect) : { schema: sourceOf(orm, dialect, args), conflicts: [] };

  const name = path.relative(terminal.cwd, file) || file;
  const diff = before === after ? "" : createTwoFilesPatch(name, name, before, after);
  if (diff !== "") terminal.say(paintDiff(diff, terminal.paint));
  for (const conflict of conflicts) terminal.say(`${terminal.paint.yellow("does not fit:")} ${conflict}`);

  const written = diff !== "" && (args.has("yes") || (await terminal.confirm(`Write ${name}?`, "--yes")));
  if (written) await writeFile(file, after);
  const text = written ? `${name} is written` : diff === "" ? `${name} has everything` : `${name} is as it was`;
  terminal.result({ orm, dialect, file, written, diff, conflicts }, text);
  return conflicts.length === 0 && (written || diff === "") ? OK : WRONG;
}

function paintDiff(diff: string, paint: Paint): string {
  return diff
    .slice(diff.indexOf("---"))
    .trimEnd()
    .split("\n")
    .map((line) => {
      if (line.startsWith("+++") || line.startsWith("---")) return paint.bold(line);
      if (line.startsWith("@@")) return paint.dim(line);
      return line.startsWith("+") ? paint.green(line) : line.startsWith("-") ? paint.red(line) : line;
    })
    .join("\n");
}
