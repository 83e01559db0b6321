/** Opens a database for the tests of crashes, so that each statement on its way to the driver can be held back. */
import { createRequire } from "node:module";
import type { PrismaClientLike } from "@latchkey/adapter-prisma";
import type { Adapter } from "@latchkey/core";

/** A database, as it is named to another process. */
export interface Target {
  driver: "libsql" | "pg" | "mysql2" | "prisma";
  url: string;
  /** Address of the module of the generated Prisma client. */
  client?: string;
}

/** Runs a statement, sooner or later or never. @param text Its SQL, without the values */
export type Around = <T>(text: string, run: () => Promise<T>) => Promise<T>;

/** One pool of connections, as an instance of an app has. */
export interface Driver {
  /** @param around Is given each statement of this adapter; without it they run as they come */
  adapter(around?: Around): Adapter;
  close(): Promise<void>;
}

/** Milliseconds that a call waits for its turn to write to a file. */
const BUSY_TIMEOUT = 4000;
/** Transactions that are held in their midst keep one each. */
const CONNECTIONS = 40;

export function openDriver(target: Target): Promise<Driver> {
  return OPENERS[target.driver](target);
}

const OPENERS: Record<Target["driver"], (target: Target) => Promise<Driver>> = {
  libsql: openLibsql,
  pg: openPg,
  mysql2: openMysql,
  prisma: openPrisma,
};

async function openLibsql({ url }: Target): Promise<Driver> {
  const [{ DrizzleAdapter }, { createClient }, { drizzle }] = await Promise.all([
    import("@latchkey/adapter-drizzle"),
    import("@libsql/client"),
    import("drizzle-orm/libsql"),
  ]);
  const client = createClient({ url, timeout: BUSY_TIMEOUT });
  return {
    adapter: (around) => DrizzleAdapter(drizzle(around ? watched(client, around) : client)),
    close: async () => client.close(),
  };
}

async function openPg(target: Target): Promise<Driver> {
  const [{ DrizzleAdapter }, { drizzle }, pool] = await Promise.all([
    import("@latchkey/adapter-drizzle"),
    import("drizzle-orm/node-postgres"),
    openPgPool(target),
  ]);
  return {
    adapter: (around) => DrizzleAdapter(drizzle(around ? watched(pool, around) : pool)),
    close: () => pool.end(),
  };
}

async function openPgPool({ url }: Target) {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  // Each Prisma client on it adds one.
  pool.setMaxListeners(0);
  return pool;
}

async function openMysql({ url }: Target): Promise<Driver> {
  const [{ DrizzleAdapter }, { drizzle }, { createPool }] = await Promise.all([
    import("@latchkey/adapter-drizzle"),
    import("drizzle-orm/mysql2"),
    import("mysql2/promise"),
  ]);
  const pool = createPool({ uri: url, connectionLimit: CONNECTIONS });
  return {
    adapter: (around) => DrizzleAdapter(drizzle(around ? watched(pool, around) : pool)),
    close: () => pool.end(),
  };
}

interface Disconnecting extends PrismaClientLike {
  $disconnect(): Promise<void>;
}

async function openPrisma({ url, client = "", driver }: Target): Promise<Driver> {
  const { PrismaPg } = createRequire(client)("@prisma/adapter-pg") as { PrismaPg: new (pool: object) => object };
  const [{ PrismaAdapter }, { PrismaClient }, pool] = await Promise.all([
    import("@latchkey/adapter-prisma"),
    import(client) as Promise<{ PrismaClient: new (options: object) => Disconnecting }>,
    openPgPool({ url, driver }),
  ]);
  const clients: Disconnecting[] = [];
  return {
    adapter(around) {
      const prisma = new PrismaClient({ adapter: new PrismaPg(around ? watched(pool, around) : pool) });
      clients.push(prisma);
      return PrismaAdapter(prisma);
    },
    async close() {
      await Promise.all(clients.map((prisma) => prisma.$disconnect()));
      await pool.end();
    },
  };
}

/** What sends statements: on a pool, on one of its connections, on a client. */
const SENDS = new Set<string | symbol>(["query", "execute", "batch"]);
/** What gives a connection of a pool. */
const CONNECTS = new Set<string | symbol>(["connect", "getConnection"]);

/** The same pool, connection or client, each of whose statements goes through `around`. */
function watched<T extends object>(client: T, around: Around): T {
  return new Proxy(client, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      const call = (args: unknown[]) => Reflect.apply(method, target, args) as Promise<never>;
      if (SENDS.has(name)) return (...args: unknown[]) => around(textOf(args[0]), () => call(args));
      if (CONNECTS.has(name)) return async (...args: unknown[]) => watched(await call(args), around);
      return method.bind(target);
    },
  });
}

/** Between the statements of a batch. */
export const SEPARATOR = "; ";

/** A statement is text, or an object that has it, or a list of such. */
function textOf(statement: unknown): string {
  if (Array.isArray(statement)) return statement.map(textOf).join(SEPARATOR);
  if (typeof statement === "string") return statement.replace(/\s+/g, " ").trim().slice(0, 60);
  const { text, sql } = statement as { text?: string; sql?: string };
  return textOf(text ?? sql ?? "?");
}
