/** PostgreSQL's TIMESTAMPTZ behind Prisma's driver adapters: they write the digits of UTC and drop the offset that they read. */
import { SCHEMA } from "@latchkey/core";
import type { SqlDatabase, Statement, TableName } from "@latchkey/core/sql";

/**
 * Finds instants that Prisma would keep in the session's time zone as if it were UTC: others would read them hours off, and those of
 * the hour in which clocks are changed would be lost.
 *
 * @returns one sentence for each table with such columns; none where the session is in UTC or the columns are TIMESTAMP
 */
export async function timeZoneProblems(database: SqlDatabase): Promise<string[]> {
  if (database.dialect !== "postgresql") return [];
  const tables = (Object.keys(SCHEMA) as TableName[]).map((table) => database.tableName(table));
  const { rows } = await database.run(columnsInSessionTime(tables));
  return rows.map(
    ([table, zone]) =>
      `${table} has columns of type TIMESTAMPTZ, which Prisma reads wrongly while the session's time zone is ${zone}: ` +
      `connect with the option "-c TimeZone=UTC", or give them the type TIMESTAMP(3)`,
  );
}

/** Tables with such columns, and the time zone unless it is UTC in winter and in summer. */
function columnsInSessionTime(tables: readonly string[]): Statement {
  const offset = (day: string) => `extract(timezone FROM timestamptz '${day} 00:00:00Z')`;
  const start = `SELECT DISTINCT attrelid::regclass::text AS c0, current_setting('TimeZone') AS c1 FROM pg_attribute
    WHERE atttypid = 'timestamptz'::regtype AND NOT attisdropped
      AND (${offset("2026-01-15")} <> 0 OR ${offset("2026-07-15")} <> 0)
      AND attrelid IN (to_regclass(`;
  const between = tables.slice(1).map(() => "::text), to_regclass(");
  return { strings: [start, ...between, "::text)) ORDER BY c0"], values: tables, answers: "rows" };
}
