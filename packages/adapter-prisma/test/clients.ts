/** Generated Prisma clients on databases of their own, for each database and version that is promised. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createTablesSql, type Dialect } from "@latchkey/core/sql";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaLibSQL } from "@prisma/adapter-libsql6";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { PrismaPg } from "@prisma/adapter-pg";
import { describe } from "vitest";
import type { PrismaClientLike } from "../src/index.js";
import { type EmptyDatabase, mariadb, postgresql, type Row, type Server, sqlite } from "./servers.js";

/** What the app itself calls on its models. */
interface Delegate {
  create(query: { data: Row }): Promise<Row>;
  findMany(query?: { where?: Row; orderBy?: Row }): Promise<Row[]>;
  findUnique(query: { where: Row }): Promise<Row | null>;
  deleteMany(query?: { where?: Row }): Promise<{ count: number }>;
}

/** The generated client, as far as tests use it. */
export interface TestPrisma extends PrismaClientLike {
  user: Delegate;
  session: Delegate;
  account: Delegate;
  verification: Delegate;
  $on(event: "query", listener: (event: { query: string }) => void): void;
  $extends(extension: object): TestPrisma;
  $disconnect(): Promise<void>;
}

/** One version of Prisma with one driver. */
export interface Target {
  name: string;
  dialect: Dialect;
  server: Server;
  /** Folder in `.generated`. */
  client: string;
  /** @param options Those of the driver adapter, such as a schema or the form of dates */
  driverAdapter(url: string, options?: object): unknown;
}

export interface TestDatabase {
  prisma: TestPrisma;
  database: EmptyDatabase;
  /** Statements that Prisma sent, without those that begin and end transactions. */
  sent: string[];
  close(): Promise<void>;
}

export const TARGETS: readonly Target[] = [
  {
    name: "Prisma 7 on SQLite (libsql)",
    dialect: "sqlite",
    server: sqlite,
    client: "sqlite",
    driverAdapter: (url, options) => new PrismaLibSql({ url, timeout: 5000 }, options),
  },
  {
    name: "Prisma 6 on SQLite (libsql)",
    dialect: "sqlite",
    server: sqlite,
    client: "sqlite6",
    driverAdapter: (url, options) => new PrismaLibSQL({ url }, options),
  },
  {
    name: "Prisma 7 on PostgreSQL (pg)",
    dialect: "postgresql",
    server: postgresql,
    client: "postgresql",
    driverAdapter: (connectionString, options) => new PrismaPg({ connectionString }, options),
  },
  {
    name: "Prisma 7 on MariaDB",
    dialect: "mysql",
    server: mariadb,
    client: "mysql",
    driverAdapter: (url) => new PrismaMariaDb(url),
  },
];

/** The target of Prisma 7 with this dialect. */
export function targetOf(dialect: Dialect): Target {
  const target = TARGETS.find((one) => one.dialect === dialect);
  if (target === undefined) throw new Error(`no target for ${dialect}`);
  return target;
}

/** Tests on one target. Where its server is missing they are skipped, by name; on the project's own machines they fail. */
export function describeOn(target: Target, tests: (target: Target) => void): void {
  const { missing } = target.server;
  const isSkipped = missing !== null && process.env.CI !== "true";
  describe.skipIf(isSkipped)(isSkipped ? `${target.name} (${missing})` : target.name, () => tests(target));
}

export interface OpenOptions {
  /** SQL that makes the tables; our own where it is left out. */
  tables?: readonly string[];
  /** Folder in `.generated` of another client than the target's. */
  client?: string;
  /** Those of the driver adapter, such as a schema or the form of dates. */
  driver?: object;
}

/** A database with tables, and a client on it. */
export async function openDatabase(target: Target, options: OpenOptions = {}): Promise<TestDatabase> {
  const database = await target.server.createDatabase();
  try {
    for (const statement of options.tables ?? createTablesSql(target.dialect, "prisma"))
      await database.query(statement);
    const adapter = target.driverAdapter(database.url, options.driver);
    return await openClient(options.client ?? target.client, adapter, database);
  } catch (error) {
    await database.drop();
    throw error;
  }
}

/** @param name Folder in `.generated` */
async function openClient(name: string, adapter: unknown, database: EmptyDatabase): Promise<TestDatabase> {
  const file = join(import.meta.dirname, "../.generated", name, "client/client.js");
  const { PrismaClient } = (await import(pathToFileURL(file).href)) as {
    PrismaClient: new (options: object) => TestPrisma;
  };
  const prisma = new PrismaClient({ adapter, log: [{ emit: "event", level: "query" }] });
  const sent: string[] = [];
  prisma.$on("query", ({ query }) => {
    if (!/^(--|BEGIN|COMMIT|ROLLBACK|SET TRANSACTION)/.test(query)) sent.push(query);
  });
  return {
    prisma,
    database,
    sent,
    async close() {
      await prisma.$disconnect();
      await database.drop();
    },
  };
}

/** Removes every row. */
export async function clear({ prisma, sent }: TestDatabase): Promise<void> {
  await prisma.verification.deleteMany();
  await prisma.user.deleteMany();
  sent.length = 0;
}
