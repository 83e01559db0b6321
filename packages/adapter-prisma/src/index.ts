/** `@latchkey/adapter-prisma`: Latchkey's tables in the app's own database, through the app's own Prisma client. */
import type { Adapter } from "@latchkey/core";
import { createSqlAdapter } from "@latchkey/core/sql";
import type { PrismaClientLike } from "./client.js";
import { prismaDatabase } from "./database.js";
import { timeZoneProblems } from "./time-zone.js";

export type { PrismaClientLike, PrismaStatement, TransactionOptions } from "./client.js";
export { prismaDatabase } from "./database.js";

/**
 * Makes an adapter of a generated Prisma client, of Prisma 7 or 6, on SQLite, PostgreSQL, MySQL or MariaDB.
 *
 * The schema has the models `User`, `Session`, `Account` and `Verification`; tables and columns may have other names by `@@map` and
 * `@map`. Every promise of the adapter contract is one statement or one transaction.
 *
 * @throws AuthError `config_invalid` for another provider, or when a model or a field is missing; it names them
 * @example
 * const auth = createAuth({ secret, adapter: PrismaAdapter(prisma) });
 */
export function PrismaAdapter(prisma: PrismaClientLike): Adapter {
  const database = prismaDatabase(prisma);
  const adapter = createSqlAdapter(database);
  const checkTables = adapter.check.bind(adapter);
  adapter.check = async () => [...(await checkTables()), ...(await timeZoneProblems(database))];
  return adapter;
}

export {
  /** {@link PrismaAdapter}, spelled like other functions. */
  PrismaAdapter as prismaAdapter,
};
