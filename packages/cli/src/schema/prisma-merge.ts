/** Adds the models to an existing `schema.prisma`. Only ever inserts: what stands there keeps every byte. */
import type { Dialect } from "@latchkey/core/sql";
import { fieldLines, indexLine, modelText, type PrismaField, type PrismaModel, prismaModelList } from "./prisma.js";
import { type Block, type Entry, parseBlocks } from "./prisma-document.js";
import { isCovered, isUnique, listEnd, owningEnd, whyNotFilled, whyNotSame } from "./prisma-fields.js";

export interface Merge {
  /** The whole file with the additions. */
  readonly schema: string;
  /** What is there already and does not fit, one sentence each. It was left as it is. */
  readonly conflicts: readonly string[];
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

interface Addition {
  readonly insertions: readonly Insertion[];
  readonly conflicts: readonly string[];
}

/** @param schema The text of the file, in whichever style */
export function mergePrisma(schema: string, dialect: Dialect): Merge {
  const blocks = parseBlocks(schema);
  const models = prismaModelList(dialect);
  const additions = models.map((model) => addModel(model, blocks, schema));
  const fresh = models.filter(({ name }) => !blocks.some((block) => isNamed(block, name)));
  const insertions = additions.flatMap((addition) => addition.insertions);
  return {
    schema: insertAll(schema, [...insertions, ...appendModels(fresh, blocks, schema)]),
    conflicts: [...whyNotDialect(blocks, dialect), ...additions.flatMap((addition) => addition.conflicts)],
  };
}

/** The dialect that a schema's datasource names. @returns null where it has none, or one that is not supported */
export function dialectOf(schema: string): Dialect | null {
  const provider = settingOf(parseBlocks(schema), "provider")?.replace(/^= /, "");
  const dialects: Record<string, Dialect> = {
    '"sqlite"': "sqlite",
    '"postgresql"': "postgresql",
    '"postgres"': "postgresql",
    '"mysql"': "mysql",
  };
  return dialects[provider ?? ""] ?? null;
}

function whyNotDialect(blocks: readonly Block[], dialect: Dialect): string[] {
  const provider = settingOf(blocks, "provider");
  const names = dialect === "postgresql" ? ["postgresql", "postgres"] : [dialect];
  if (provider === undefined || names.some((name) => provider === `= "${name}"`)) return [];
  return [`the datasource's provider is ${provider.replace(/^= /, "")}, and the models are for ${dialect}`];
}

function settingOf(blocks: readonly Block[], name: string): string | undefined {
  const datasource = blocks.find(({ keyword }) => keyword === "datasource");
  return datasource?.entries.find((entry) => entry.name === name)?.rest;
}

function isNamed({ keyword, name }: Block, wanted: string): boolean {
  return name === wanted && keyword !== "datasource" && keyword !== "generator";
}

/** At one place in the order in which they are given. */
function insertAll(schema: string, insertions: readonly Insertion[]): string {
  const sorted = [...insertions].sort((a, b) => a.at - b.at);
  const parts = sorted.map(({ at, text }, index) => schema.slice(sorted[index - 1]?.at ?? 0, at) + text);
  return parts.join("") + schema.slice(sorted.at(-1)?.at ?? 0);
}

/** What a model that is there lacks. */
function addModel(model: PrismaModel, blocks: readonly Block[], schema: string): Addition {
  const block = blocks.find((each) => isNamed(each, model.name));
  if (block === undefined) return { insertions: [], conflicts: [] };
  if (block.keyword !== "model") {
    const conflict = `${model.name} is ${block.keyword === "enum" ? "an" : "a"} ${block.keyword} here: Latchkey needs a model of that name`;
    return { insertions: [], conflicts: [conflict] };
  }
  const missing = model.fields.filter((field) => !isThere(field, block, model.name, blocks));
  const { attributes, conflicts } = compare(model, block, missing);
  return {
    insertions: [...addFields(missing, block, blocks, schema), ...addAttributes(attributes, block, missing, schema)],
    conflicts,
  };
}

/** A relation is there under any name; a column under its own. */
function isThere(field: PrismaField, block: Block, model: string, blocks: readonly Block[]): boolean {
  if (field.relation === undefined) return entryOf(block, field.name) !== undefined;
  const isList = field.type.endsWith("[]");
  const end = isList ? listEnd(blocks, model, field.relation) : owningEnd(block, field.relation);
  return end !== undefined;
}

function entryOf(block: Block, name: string): Entry | undefined {
  return block.entries.find((entry) => entry.name === name);
}

/** Block attributes that are missing, and fields that do not fit. */
function compare(model: PrismaModel, block: Block, missing: readonly PrismaField[]) {
  const present = model.fields.filter((field) => !missing.includes(field));
  // A column that is there gets its index by a line of its own: its own line stays as it is.
  const singles = present.filter(({ attributes, name }) => attributes.includes("@unique") && !isUnique(block, [name]));
  const unique = model.unique.filter((fields) => !isUnique(block, fields));
  const indexes = model.indexes.filter((fields) => !isCovered(block, fields));
  return {
    attributes: [
      ...singles.map(({ name }) => `@@unique([${name}])`),
      ...unique.map((fields) => `@@unique([${fields.join(", ")}])`),
      ...indexes.map(indexLine),
    ],
    conflicts: [
      ...present.flatMap((field) => whyNotSame(field, block)),
      ...missing.flatMap((field) => whyNotAddable(field, block)),
      ...whyNotFilled(model, block),
    ],
  };
}

/** A relation whose name something else has, and an id where the model has another one. */
function whyNotAddable(field: PrismaField, block: Block): string[] {
  const entry = entryOf(block, field.name);
  if (entry !== undefined)
    return [
      `${block.name}.${field.name} is ${entry.type}: Latchkey needs a relation ${field.type}, under any other name`,
    ];
  if (!isSecondId(field, block)) return [];
  return [`${block.name} has another @id: Latchkey needs the field id, which is a String`];
}

function isSecondId({ attributes }: PrismaField, block: Block): boolean {
  return attributes.includes("@id") && block.entries.some(({ name, rest }) => name === "@@id" || /@id\b/.test(rest));
}

function addFields(
  missing: readonly PrismaField[],
  block: Block,
  blocks: readonly Block[],
  schema: string,
): Insertion[] {
  const addable = missing.filter((field) => whyNotAddable(field, block).length === 0);
  const named = addable.map((field) => withRelationName(field, block, blocks));
  const lastField = block.entries.filter(({ name }) => !name.startsWith("@@")).at(-1);
  return insertLines(fieldLines(named), lastField, block, schema);
}

/** The other end of a relation that has a name needs the same. */
function withRelationName(field: PrismaField, block: Block, blocks: readonly Block[]): PrismaField {
  if (field.relation === undefined || !field.type.endsWith("[]")) return field;
  const other = blocks.find((each) => each.keyword === "model" && each.name === field.relation);
  const name = other && owningEnd(other, block.name)?.relationName;
  return name === undefined ? field : { ...field, attributes: [`@relation(${name})`] };
}

function addAttributes(
  lines: readonly string[],
  block: Block,
  missing: readonly PrismaField[],
  schema: string,
): Insertion[] {
  if (lines.length === 0) return [];
  const last = block.entries.at(-1);
  const needsBlank = !block.entries.some(({ name }) => name.startsWith("@@"));
  const hasFields = block.entries.length > 0 || missing.length > 0;
  return insertLines(needsBlank && hasFields ? ["", ...lines] : lines, last, block, schema);
}

/** Puts lines after an entry, or at the top of a block that has none. */
function insertLines(lines: readonly string[], after: Entry | undefined, block: Block, schema: string): Insertion[] {
  if (lines.length === 0) return [];
  const newline = newlineOf(schema);
  const indent = indentOf(block, schema);
  const text = lines.map((line) => newline + (line === "" ? "" : indent + line)).join("");
  const at = after === undefined ? block.openLineEnd : after.lineEnd;
  // A closing brace on the same line has to move to a line of its own.
  return [at === null ? { at: block.bodyEnd, text: text + newline } : { at, text }];
}

function indentOf(block: Block, schema: string): string {
  const first = block.entries[0];
  if (first === undefined) return "  ";
  const lineStart = schema.lastIndexOf("\n", first.start) + 1;
  return /^[ \t]+$/.exec(schema.slice(lineStart, first.start))?.[0] ?? "  ";
}

function newlineOf(schema: string): string {
  return /\r\n/.test(schema) ? "\r\n" : "\n";
}

function appendModels(models: readonly PrismaModel[], blocks: readonly Block[], schema: string): Insertion[] {
  if (models.length === 0) return [];
  const newline = newlineOf(schema);
  const schemas = settingOf(blocks, "schemas")?.match(/"([^"]*)"/g) ?? [];
  const database = schemas.find((name) => name === '"public"') ?? schemas[0];
  const attributes = database === undefined ? [] : [`@@schema(${database})`];
  const text = models.map((model) => modelText(model, ...attributes)).join("\n\n");
  return [{ at: schema.length, text: gapAfter(schema, newline) + `${text}\n`.replaceAll("\n", newline) }];
}

/** What is missing of the blank line before what is appended. */
function gapAfter(schema: string, newline: string): string {
  if (schema.trim() === "" || /\n\r?\n$/.test(schema)) return "";
  return schema.endsWith("\n") ? newline : newline + newline;
}
