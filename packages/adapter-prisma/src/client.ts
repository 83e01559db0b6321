/** What the adapter uses of a Prisma client, and what a client says about its database. */
import { AuthError, type ColumnKind, SCHEMA, type Table } from "@latchkey/core";
import type { Dialect, TableName } from "@latchkey/core/sql";

/** A statement that Prisma runs once it is awaited, or as a part of `$transaction`. */
export type PrismaStatement<T> = PromiseLike<T> & { readonly [Symbol.toStringTag]: "PrismaPromise" };

/** `maxWait` and `timeout` are milliseconds. */
export interface TransactionOptions {
  maxWait?: number;
  timeout?: number;
  isolationLevel?: string;
}

/** A generated Prisma client, of version 6 or 7, with or without extensions, as far as the adapter uses it. */
export interface PrismaClientLike {
  $queryRawUnsafe(query: string, ...values: unknown[]): PrismaStatement<unknown>;
  $executeRawUnsafe(query: string, ...values: unknown[]): PrismaStatement<number>;
  $transaction(statements: PrismaStatement<unknown>[], options?: TransactionOptions): PromiseLike<unknown>;
}

/** Where a table is and what its columns are called in the database. */
export interface MappedTable {
  /** PostgreSQL's schema; undefined where the connection decides. */
  readonly schema: string | undefined;
  readonly name: string;
  /** Name in the database of each field. */
  readonly columns: ReadonlyMap<string, string>;
}

/** What the schema says that a client was generated from. */
export interface DataModel {
  readonly dialect: Dialect;
  readonly tables: Readonly<Record<TableName, MappedTable>>;
}

const MODELS = {
  users: "User",
  sessions: "Session",
  accounts: "Account",
  verifications: "Verification",
} as const satisfies Record<TableName, string>;

const TYPES: Readonly<Record<ColumnKind, string>> = {
  id: "String",
  text: "String",
  instant: "DateTime",
  boolean: "Boolean",
  integer: "Int",
  json: "Json",
};

const DIALECTS: ReadonlyMap<unknown, Dialect> = new Map([
  ["sqlite", "sqlite"],
  ["postgresql", "postgresql"],
  ["postgres", "postgresql"],
  ["mysql", "mysql"],
]);

/** The schema that Prisma takes where a driver adapter names none, whatever the connection's search path is. */
const DEFAULT_SCHEMA = "public";

/**
 * Reads the data model that a client carries. Prisma has no public way to ask for mapped names; the properties read here are those
 * of 6.16 to 7.x, and a client without them is refused.
 *
 * @throws AuthError `config_invalid` for a database that is not supported, and for models or fields that are missing or of another
 *   type, each of them named
 */
export function dataModelOf(client: PrismaClientLike): DataModel {
  const dialect = dialectOf(property(client, "_activeProvider"));
  const models = property(property(client, "_runtimeDataModel"), "models");
  const problems = Object.entries(MODELS).flatMap(([table, model]) =>
    problemsOf(SCHEMA[table as TableName], model, property(models, model)),
  );
  if (problems.length > 0) throw new AuthError("config_invalid", `schema.prisma: ${problems.join("; ")}`);

  const fallback =
    dialect === "postgresql" ? schemaOf(property(property(client, "_engineConfig"), "adapter")) : undefined;
  const mapped = (table: TableName) => mappedTable(MODELS[table], property(models, MODELS[table]), fallback);
  return {
    dialect,
    tables: {
      users: mapped("users"),
      sessions: mapped("sessions"),
      accounts: mapped("accounts"),
      verifications: mapped("verifications"),
    },
  };
}

function dialectOf(provider: unknown): Dialect {
  const dialect = DIALECTS.get(provider);
  if (dialect !== undefined) return dialect;
  const found =
    typeof provider === "string" ? `the provider "${provider}" is not supported` : "this is no Prisma client";
  throw new AuthError("config_invalid", `PrismaAdapter: ${found}; it needs sqlite, postgresql or mysql`);
}

/** What is missing of a model or of another type, one clause each. */
function problemsOf({ columns }: Pick<Table, "columns">, model: string, found: unknown): string[] {
  const fields = fieldsOf(found);
  if (fields.size === 0) return [`model ${model} is missing`];
  return Object.entries(columns).flatMap(([name, { kind }]) => {
    const type = fields.get(name)?.type;
    if (type === TYPES[kind]) return [];
    return [
      type === undefined ? `${model}.${name} is missing` : `${model}.${name} is ${type} and must be ${TYPES[kind]}`,
    ];
  });
}

function mappedTable(model: string, found: unknown, fallback: string | undefined): MappedTable {
  const columns = [...fieldsOf(found)].map(([name, field]) => [name, field.column] as const);
  return {
    schema: text(property(found, "schema")) ?? fallback,
    name: text(property(found, "dbName")) ?? model,
    columns: new Map(columns),
  };
}

function fieldsOf(model: unknown): Map<string, { type: string | undefined; column: string }> {
  const fields = property(model, "fields");
  const list: unknown[] = Array.isArray(fields) ? fields : [];
  return new Map(
    list.map((field) => {
      const name = String(property(field, "name"));
      return [name, { type: text(property(field, "type")), column: text(property(field, "dbName")) ?? name }];
    }),
  );
}

/** Prisma's own engine sets the search path; with a driver adapter every table has its schema written out. */
function schemaOf(driverAdapter: unknown): string | undefined {
  if (driverAdapter === undefined || driverAdapter === null) return undefined;
  return text(property(property(driverAdapter, "options"), "schema")) ?? DEFAULT_SCHEMA;
}

/** A property of something that may be anything, such as the proxy that an extension makes of a client. */
function property(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? (Reflect.get(of, name) as unknown) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
