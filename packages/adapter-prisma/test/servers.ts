/** Databases of their own for the tests: a file, or a database with a random name on a server that runs. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { createConnection } from "mysql2/promise";
import pg from "pg";

export type Row = Record<string, unknown>;

/** An empty database. */
export interface EmptyDatabase {
  url: string;
  /** Runs SQL through the plain driver, not through Prisma. */
  query(sql: string): Promise<Row[]>;
  drop(): Promise<void>;
}

/** Where databases are made. */
export interface Server {
  /** Why it cannot be used here; null where it can. */
  missing: string | null;
  createDatabase(): Promise<EmptyDatabase>;
}

export const sqlite: Server = {
  missing: null,
  async createDatabase() {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-prisma-"));
    const url = `file:${join(folder, "test.db")}`;
    const client = createClient({ url });
    return {
      url,
      query: async (sql) => (await client.execute(sql)).rows.map((row) => ({ ...row })),
      async drop() {
        client.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

const POSTGRESQL_URL = process.env.LATCHKEY_TEST_POSTGRES_URL ?? "postgres://postgres@127.0.0.1:5432/test";

export const postgresql: Server = {
  missing: await whyNot(async () => (await postgresqlClient(POSTGRESQL_URL)).end()),
  async createDatabase() {
    const name = randomName();
    const server = await postgresqlClient(POSTGRESQL_URL);
    await server.query(`CREATE DATABASE ${name}`);
    const url = at(POSTGRESQL_URL, name);
    const client = await postgresqlClient(url);
    return {
      url,
      query: async (sql) => (await client.query<Row>(sql)).rows,
      async drop() {
        await client.end();
        await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
        await server.end();
      },
    };
  },
};

const MYSQL_URL = process.env.LATCHKEY_TEST_MYSQL_URL ?? "mysql://root@127.0.0.1:3306";

export const mariadb: Server = {
  missing: await whyNot(async () => (await createConnection(MYSQL_URL)).end()),
  async createDatabase() {
    const name = randomName();
    const client = await createConnection(MYSQL_URL);
    // As `prisma migrate` makes one; what the tables do not set for themselves is compared without case.
    await client.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    await client.query(`USE ${name}`);
    return {
      url: at(MYSQL_URL, name),
      query: async (sql) => (await client.query(sql))[0] as Row[],
      async drop() {
        await client.query(`DROP DATABASE ${name}`);
        await client.end();
      },
    };
  },
};

async function postgresqlClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

function at(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

function randomName(): string {
  return `latchkey_prisma_${randomBytes(6).toString("hex")}`;
}

/** @returns null when it can be reached, else what the driver says */
async function whyNot(reach: () => Promise<unknown>): Promise<string | null> {
  try {
    await reach();
    return null;
  } catch (error) {
    return `no server: ${error instanceof Error ? error.message || error.name : String(error)}`;
  }
}
