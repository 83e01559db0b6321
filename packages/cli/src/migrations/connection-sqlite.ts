/** Migrations on SQLite: `BEGIN IMMEDIATE` is lock and transaction in one. */
import type * as Libsql from "@libsql/client";
import type { Address } from "../database/address.js";
import { BUSY_TIMEOUT_MS } from "../database/open.js";
import { importPackage } from "../database/packages.js";
import { Problem } from "../problem.js";
import type { MigrationConnection, Query, Values } from "./connection.js";

type Runner = (statement: Libsql.InStatement) => Promise<Libsql.ResultSet>;

export async function connectSqlite({ url }: Address, cwd: string): Promise<MigrationConnection> {
  const { createClient } = await importPackage<typeof Libsql>("@libsql/client", cwd);
  const client = createClient({ url, timeout: BUSY_TIMEOUT_MS });
  return {
    dialect: "sqlite",
    // Through `batch`: a single statement can be lost on a connection that was told "busy" (libsql-client-ts#352).
    query: queryOf(async (statement) => (await client.batch([statement], "write"))[0] as Libsql.ResultSet),
    // Each file begins with the lock, and looks again at what is applied: none is needed around them.
    locked: (work) => work(),
    async atomically(work) {
      // Migrations rebuild tables, and DROP TABLE would take the rows with it that refer to them. Within a transaction this has no effect.
      await client.execute("PRAGMA foreign_keys = OFF");
      const transaction = await client.transaction("write");
      try {
        const query = queryOf((statement) => transaction.execute(statement));
        const result = await work(query);
        await refuseOrphans(query);
        await transaction.commit();
        return result;
      } finally {
        transaction.close();
      }
    },
    close: async () => client.close(),
  };
}

/** @throws Problem when a row refers to none */
async function refuseOrphans(query: Query): Promise<void> {
  const [orphan] = await query("PRAGMA foreign_key_check");
  if (orphan !== undefined)
    throw new Problem(
      `a row of ${orphan[0]} would refer to a row of ${orphan[2]} that is not there; nothing of the file was kept`,
    );
}

function queryOf(run: Runner): Query {
  return async (sql: string, values?: Values) => {
    const { rows, columns } = await run({ sql, args: [...(values ?? [])] });
    return rows.map((row) => columns.map((_, index) => row[index]));
  };
}
