/** SQLite through `@libsql/client`. */
import type { Result, SqlDatabase, Statement } from "@latchkey/core/sql";
import type { Client, InValue, ResultSet } from "@libsql/client";
import { codecOf } from "./codec.js";

/** Every statement goes through `batch`: single ones can be lost on a connection that was told "busy" (libsql-client-ts#352). */
export function sqliteDatabase(client: Client): SqlDatabase {
  const batch = async (statements: readonly Statement[]) => {
    const inputs = statements.map(({ strings, values }) => ({
      sql: strings.join("?"),
      args: [...values] as InValue[],
    }));
    return (await client.batch(inputs, "write")).map(resultOf);
  };
  return {
    dialect: "sqlite",
    ...codecOf("sqlite"),
    run: async (statement) => (await batch([statement]))[0] as Result,
    batch,
  };
}

function resultOf({ rows, columns, rowsAffected }: ResultSet): Result {
  return { rows: rows.map((row) => columns.map((_, index) => row[index])), count: rowsAffected };
}
