/** Fields, relations and indexes of a model that is there, compared with those that Latchkey needs. */
import type { PrismaField, PrismaModel } from "./prisma.js";
import type { Block, Entry } from "./prisma-document.js";

/** One end of a relation. */
export interface RelationEnd {
  readonly entry: Entry;
  /** As it is written, in quotes; undefined for a relation without a name. */
  readonly relationName: string | undefined;
}

/** The end that holds the id, under whichever name: `owner User @relation(fields: [userId], …)`. */
export function owningEnd(block: Block, model: string): RelationEnd | undefined {
  const column = `${model.slice(0, 1).toLowerCase()}${model.slice(1)}Id`;
  const entry = block.entries.find(
    ({ type, rest }) => type.replace("?", "") === model && new RegExp(`fields ?: ?\\[ ?${column} ?\\]`).test(rest),
  );
  return entry && { entry, relationName: relationNameOf(entry) };
}

/** The list that faces {@link owningEnd}, under whichever name. */
export function listEnd(blocks: readonly Block[], model: string, other: string): RelationEnd | undefined {
  const [own, facing] = [model, other].map((name) =>
    blocks.find((each) => each.keyword === "model" && each.name === name),
  );
  const wanted = facing && owningEnd(facing, model)?.relationName;
  const entry = own?.entries.find((each) => each.type === `${other}[]` && relationNameOf(each) === wanted);
  return entry && { entry, relationName: wanted };
}

function relationNameOf({ rest }: Entry): string | undefined {
  return (
    /@relation ?\( ?(?:name ?: ?)?("[^"]*")/.exec(rest)?.[1] ?? /@relation ?\([^)]*name ?: ?("[^"]*")/.exec(rest)?.[1]
  );
}

/** What of a field that is there does not fit. */
export function whyNotSame(field: PrismaField, block: Block): string[] {
  if (field.relation !== undefined) return field.type.endsWith("[]") ? [] : whyNotCascading(field, block);
  const entry = block.entries.find(({ name }) => name === field.name);
  if (entry === undefined) return [];
  if (entry.type !== field.type) return [`${block.name}.${field.name} is ${entry.type}: Latchkey needs ${field.type}`];
  const native = TOO_NARROW.exec(entry.rest)?.[0].replaceAll(" ", "");
  if (native !== undefined) return [`${block.name}.${field.name} is ${native}, which cannot hold what Latchkey writes`];
  const isId = /@id\b/.test(entry.rest) || !field.attributes.includes("@id");
  return isId ? [] : [`${block.name}.${field.name} is not the @id of the model`];
}

/** Ids are 24 characters and no UUIDs; hashes are 43; instants have milliseconds. */
const TOO_NARROW =
  /@db\.(?:Uuid|Date\b(?!Time)|Time\b|Timetz|(?:Timestamp|Timestamptz|DateTime) \( [0-2] \)|(?:Char|VarChar) \( [1-4]?\d \)|TinyText)/;

/** The sessions of a user who is deleted must go, too (R-S9). */
function whyNotCascading(field: PrismaField, block: Block): string[] {
  const end = field.relation && owningEnd(block, field.relation);
  if (!end || /onDelete ?: ?Cascade/.test(end.entry.rest)) return [];
  return [
    `${block.name}.${end.entry.name} needs onDelete: Cascade in its @relation, so that a deleted user leaves nothing behind`,
  ];
}

/** Columns of the app's own that nobody fills when Latchkey adds a row. */
export function whyNotFilled(model: PrismaModel, block: Block): string[] {
  const own = block.entries.filter(
    ({ name }) => !name.startsWith("@@") && !model.fields.some((field) => field.name === name),
  );
  const unfilled = own.filter(
    ({ type, rest }) => !/[?\]]$/.test(type) && !/@default|@updatedAt|@relation|@ignore/.test(rest),
  );
  return unfilled.map(
    ({ name, type }) =>
      `${block.name}.${name} is a required ${type} without a default: rows that Latchkey adds lack it`,
  );
}

/** Field lists of the attributes of a block, with the attributes of single fields. */
function fieldLists(block: Block, attributes: readonly string[]): string[][] {
  return block.entries.flatMap(({ name, rest }) => {
    if (name.startsWith("@@")) return attributes.includes(name.slice(1)) ? [listIn(rest)] : [];
    return attributes.some((attribute) => new RegExp(`${attribute}\\b`).test(rest)) ? [[name]] : [];
  });
}

/** `( [ userId ( sort : Desc ) , expires ] , map : "x" )` → `["userId", "expires"]` */
function listIn(rest: string): string[] {
  const list = /\[([^\]]*)\]/.exec(rest.replace(/"(?:\\.|[^"\\])*"/g, ""))?.[1] ?? "";
  return list
    .replace(/\([^)]*\)/g, "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** True where exactly these fields are unique together. */
export function isUnique(block: Block, fields: readonly string[]): boolean {
  return fieldLists(block, ["@unique", "@id"]).some(
    (list) => list.length === fields.length && fields.every((field) => list.includes(field)),
  );
}

/** True where an index begins with these fields. */
export function isCovered(block: Block, fields: readonly string[]): boolean {
  return fieldLists(block, ["@index", "@unique", "@id"]).some((list) =>
    fields.every((field, at) => list[at] === field),
  );
}
