/** The four models as a `schema.prisma`, made from the one definition of the tables. */
import { SCHEMA } from "@latchkey/core";
import { isKey, PRISMA_USER_DEFAULTS } from "@latchkey/core/sql";

const MODELS = { users: "User", sessions: "Session", accounts: "Account", verifications: "Verification" };
const TYPES = { id: "String", text: "String", instant: "DateTime", boolean: "Boolean", integer: "Int", json: "Json" };

export function prismaSchema({ provider, generator, datasource = "", mapped = false }) {
  const schemas = mapped && provider === "postgresql" ? '\n  schemas  = ["auth"]' : "";
  const models = Object.entries(SCHEMA).map(([name, table]) => modelOf(name, table, provider, mapped));
  return [
    `generator client {\n  ${generator}\n  output = "./client"\n}`,
    `datasource db {\n  provider = "${provider}"${datasource}${schemas}\n}`,
    ...models,
    "",
  ].join("\n\n");
}

export function mappedName(name) {
  return `auth_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

function modelOf(name, table, provider, mapped) {
  const fields = Object.entries(table.columns).map(([column, definition]) =>
    fieldOf(column, definition, table, provider, mapped),
  );
  const relations = name === "users" ? ["sessions Session[]", "accounts Account[]"] : [];
  const several = table.unique.filter((columns) => columns.length > 1);
  const block = [
    ...several.map((columns) => `@@unique([${columns.join(", ")}])`),
    ...table.indexes.map((columns) => `@@index([${columns.join(", ")}])`),
    `@@map("${mapped ? mappedName(name) : name}")`,
    ...(mapped && provider === "postgresql" ? ['@@schema("auth")'] : []),
  ];
  const lines = [...fields, ...relations, ...block].map((line) => `  ${line}`);
  return `model ${MODELS[name]} {\n${lines.join("\n")}\n}`;
}

function fieldOf(name, column, table, provider, mapped) {
  const { kind, nullable, references } = column;
  const attributes = [
    kind === "id" ? "@id" : "",
    table.unique.some(([only, ...more]) => only === name && more.length === 0) ? "@unique" : "",
    column.default === undefined ? "" : `@default(${column.default})`,
    table === SCHEMA.users ? (PRISMA_USER_DEFAULTS[name] ?? "") : "",
    provider === "mysql" ? mysqlType(name, column, table) : "",
    mapped ? `@map("${mappedName(name)}")` : "",
  ].filter((attribute) => attribute !== "");
  const field = [name, TYPES[kind] + (nullable ? "?" : ""), ...attributes].join(" ");
  if (references === undefined) return field;
  return `${field}\n  user User @relation(fields: [${name}], references: [id], onDelete: Cascade)`;
}

/** A text without a type is 191 characters on MySQL; one that an index holds needs a length. */
function mysqlType(name, column, table) {
  if (column.kind === "id") return "@db.VarChar(255)";
  if (column.kind !== "text") return "";
  return isKey(table, name, column) ? "@db.VarChar(255)" : "@db.Text";
}
