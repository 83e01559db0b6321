/** PostgreSQL through `pg`. */
import type { Result, SqlDatabase, Statement } from "@latchkey/core/sql";
import type { CustomTypesConfig, Pool, PoolClient } from "pg";
import { codecOf } from "./codec.js";

type Runner = Pick<PoolClient, "query">;
/** The type `timestamp` without a time zone, as Prisma makes it. */
const TIMESTAMP_OID = 1114;

/** For the pool: instants without a time zone are in UTC, and not in the zone of this process. @param types Those of the driver */
export function inUtc(types: CustomTypesConfig): CustomTypesConfig {
  const readUtc = (text: string) => new Date(`${text.replace(" ", "T")}Z`);
  return {
    getTypeParser: (oid: number, format) =>
      oid === TIMESTAMP_OID && format !== "binary" ? readUtc : types.getTypeParser(oid, format),
  };
}

/** @param pool Made with `types: inUtc(pg.types)` */
export function postgresqlDatabase(pool: Pool): SqlDatabase {
  return {
    dialect: "postgresql",
    ...codecOf("postgresql"),
    run: (statement) => run(pool, statement),
    async batch(statements) {
      const client = await pool.connect();
      let broken = false;
      const onBroken = () => {
        broken = true;
      };
      // Without a listener a connection that is lost between two statements would end the process.
      client.on("error", onBroken);
      try {
        return await runAll(client, statements, onBroken);
      } finally {
        client.off("error", onBroken);
        client.release(broken);
      }
    },
  };
}

async function runAll(client: PoolClient, statements: readonly Statement[], onBroken: () => void): Promise<Result[]> {
  try {
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    const results: Result[] = [];
    for (const statement of statements) results.push(await run(client, statement));
    await client.query("COMMIT");
    return results;
  } catch (error) {
    // Never hides why it came to this: a connection that cannot roll back is closed, and with that the server does.
    await client.query("ROLLBACK").catch(onBroken);
    throw error;
  }
}

async function run(runner: Runner, { strings, values }: Statement): Promise<Result> {
  const text = strings.reduce((sql, part, index) => `${sql}$${index}${part}`);
  const { rows, rowCount } = await runner.query<unknown[]>({ text, values: [...values], rowMode: "array" });
  return { rows, count: rowCount ?? 0 };
}
