/** What a client is refused for, at start and not in traffic. */
import { SCHEMA, type Table } from "@latchkey/core";
import { describe, expect, test } from "vitest";
import { PrismaAdapter, type PrismaClientLike, prismaAdapter } from "../src/index.js";

const TYPES = { id: "String", text: "String", instant: "DateTime", boolean: "Boolean", integer: "Int", json: "Json" };
const MODELS = { users: "User", sessions: "Session", accounts: "Account", verifications: "Verification" };

interface Field {
  name: string;
  kind: "scalar";
  type: string;
}
type Models = Record<string, { fields: Field[]; dbName: string | null }>;

/** The data model of a client, as its own properties have it. */
function completeModels(): Models {
  const models = Object.entries<Table>(SCHEMA).map(([table, { columns }]) => {
    const fields = Object.entries(columns).map(
      ([name, { kind }]): Field => ({ name, kind: "scalar", type: TYPES[kind] }),
    );
    return [MODELS[table as keyof typeof MODELS], { fields, dbName: null }] as const;
  });
  return Object.fromEntries(models);
}

function client(provider: unknown, models: unknown = completeModels()): PrismaClientLike {
  const never = () => {
    throw new Error("no statement may be sent");
  };
  const methods = { $queryRawUnsafe: never, $executeRawUnsafe: never, $transaction: never };
  return { ...methods, ...{ _activeProvider: provider, _runtimeDataModel: { models } } };
}

function without(model: string, field: string): Models {
  const models = completeModels();
  const found = models[model];
  if (found) found.fields = found.fields.filter(({ name }) => name !== field);
  return models;
}

function changed(model: string, field: string, type: string): Models {
  const models = completeModels();
  for (const found of models[model]?.fields ?? []) if (found.name === field) found.type = type;
  return models;
}

describe("PrismaAdapter", () => {
  test("has two spellings", () => {
    expect(prismaAdapter).toBe(PrismaAdapter);
  });

  test.each(["sqlite", "postgresql", "mysql"])(
    "takes a client for %s, and sends nothing when it is made",
    (provider) => {
      expect(() => PrismaAdapter(client(provider))).not.toThrow();
    },
  );

  test.each([
    ["sqlserver", 'the provider "sqlserver" is not supported'],
    ["mongodb", 'the provider "mongodb" is not supported'],
    ["cockroachdb", 'the provider "cockroachdb" is not supported'],
    [undefined, "this is no Prisma client"],
  ])("refuses %s", (provider, message) => {
    expect(() => PrismaAdapter(client(provider))).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(message) }),
    );
  });

  test.each([
    [
      {},
      [
        "model User is missing",
        "model Session is missing",
        "model Account is missing",
        "model Verification is missing",
      ],
    ],
    [without("Session", "tokenHash"), ["Session.tokenHash is missing"]],
    [changed("Session", "data", "String"), ["Session.data is String and must be Json"]],
    [changed("Verification", "expires", "Int"), ["Verification.expires is Int and must be DateTime"]],
  ])("names what is missing of the models, or of another type", (models, problems) => {
    expect(() => PrismaAdapter(client("sqlite", models))).toThrow(
      expect.objectContaining({ code: "config_invalid", message: `schema.prisma: ${problems.join("; ")}` }),
    );
  });
});
