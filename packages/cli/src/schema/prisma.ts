/** The tables of the core's schema as Prisma models. Pure. */
import { type Column, type ColumnKind, SCHEMA, type Table } from "@latchkey/core";
import { type Dialect, isKey, PRISMA_USER_DEFAULTS, type TableName } from "@latchkey/core/sql";

export interface PrismaField {
  readonly name: string;
  /** `"String"`, `"DateTime?"`, `"Session[]"` */
  readonly type: string;
  /** Each with its at sign. */
  readonly attributes: readonly string[];
  /** The model that a relation field points at. */
  readonly relation?: string;
}

export interface PrismaModel {
  readonly name: string;
  readonly fields: readonly PrismaField[];
  /** Fields that are unique together, where they are more than one. */
  readonly unique: readonly (readonly string[])[];
  readonly indexes: readonly (readonly string[])[];
  /** Table that a new model is mapped to. */
  readonly table: string;
}

const MODEL_NAMES = {
  users: "User",
  sessions: "Session",
  accounts: "Account",
  verifications: "Verification",
} as const satisfies Record<TableName, string>;

const TYPES: Record<ColumnKind, string> = {
  id: "String",
  text: "String",
  instant: "DateTime",
  boolean: "Boolean",
  integer: "Int",
  json: "Json",
};

/** The four models, as data. */
export function prismaModelList(dialect: Dialect): PrismaModel[] {
  return Object.entries<Table>(SCHEMA).map(([name, table]) => ({
    name: MODEL_NAMES[name as TableName],
    fields: fieldsOf(dialect, name as TableName, table),
    unique: table.unique.filter((columns) => columns.length > 1),
    indexes: table.indexes,
    table: name,
  }));
}

/** The four models, as text: what `latchkey schema --orm prisma` prints. No datasource and no generator. */
export function prismaModels(dialect: Dialect): string {
  return `${prismaModelList(dialect)
    .map((model) => modelText(model))
    .join("\n\n")}\n`;
}

/** One model, formatted as Prisma does. @param blockAttributes Further lines, each with its two at signs */
export function modelText(model: PrismaModel, ...blockAttributes: readonly string[]): string {
  const attributes = [...indexLines(model), `@@map("${model.table}")`, ...blockAttributes];
  const lines = [...fieldLines(model.fields), "", ...attributes].map((line) => (line === "" ? "" : `  ${line}`));
  return `model ${model.name} {\n${lines.join("\n")}\n}`;
}

/** Fields in columns: name, type, attributes. */
export function fieldLines(fields: readonly PrismaField[]): string[] {
  const width = (of: (field: PrismaField) => string) => Math.max(0, ...fields.map((field) => of(field).length));
  const [names, types] = [width(({ name }) => name), width(({ type }) => type)];
  return fields.map(({ name, type, attributes }) =>
    `${name.padEnd(names)} ${type.padEnd(types)} ${attributes.join(" ")}`.trimEnd(),
  );
}

function indexLines({ unique, indexes }: PrismaModel): string[] {
  return [...unique.map((fields) => `@@unique([${fields.join(", ")}])`), ...indexes.map(indexLine)];
}

/** `@@index([userId])` */
export function indexLine(fields: readonly string[]): string {
  return `@@index([${fields.join(", ")}])`;
}

function fieldsOf(dialect: Dialect, tableName: TableName, table: Table): PrismaField[] {
  const own = Object.entries(table.columns).flatMap(([name, column]) => {
    const field = columnField(dialect, table, name, column);
    return column.references === undefined ? [field] : [field, relationField(name, column.references)];
  });
  return [...own, ...relationLists(tableName)];
}

function columnField(dialect: Dialect, table: Table, name: string, column: Column): PrismaField {
  const { kind, nullable, default: initial } = column;
  const attributes = [
    ...(kind === "id" ? ["@id"] : []),
    ...(table.unique.some((columns) => columns.length === 1 && columns[0] === name) ? ["@unique"] : []),
    ...(initial === undefined ? [] : [`@default(${initial})`]),
    ...(table === SCHEMA.users && name in PRISMA_USER_DEFAULTS ? [PRISMA_USER_DEFAULTS[name] as string] : []),
    ...nativeType(dialect, kind, isKey(table, name, column)),
  ];
  return { name, type: TYPES[kind] + (nullable ? "?" : ""), attributes };
}

/**
 * What makes Prisma's own migration equal to the core's. On PostgreSQL a `DateTime` stays the TIMESTAMP(3) that Prisma makes it: it
 * misreads TIMESTAMPTZ where the session is not in UTC.
 */
function nativeType(dialect: Dialect, kind: ColumnKind, key: boolean): string[] {
  if (dialect !== "mysql") return [];
  if (kind === "id" || (kind === "text" && key)) return ["@db.VarChar(255)"];
  return kind === "text" ? ["@db.Text"] : [];
}

/** The object beside a column that holds its id: `user` beside `userId`. */
function relationField(column: string, references: TableName): PrismaField {
  const relation = MODEL_NAMES[references];
  const attribute = `@relation(fields: [${column}], references: [id], onDelete: Cascade)`;
  return { name: column.replace(/Id$/, ""), type: relation, attributes: [attribute], relation };
}

/** The other ends of relations, which Prisma wants to be declared. */
function relationLists(tableName: TableName): PrismaField[] {
  const referring = Object.entries<Table>(SCHEMA).filter(([, { columns }]) =>
    Object.values(columns).some(({ references }) => references === tableName),
  );
  return referring.map(([name]) => {
    const relation = MODEL_NAMES[name as TableName];
    return { name, type: `${relation}[]`, attributes: [], relation };
  });
}
