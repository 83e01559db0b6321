/** The table that says which migrations a database has had. */
import type { Dialect } from "@latchkey/core/sql";
import type { MigrationConnection, Query } from "./connection.js";

const TABLE = "latchkey_migrations";

const CREATE: Record<Dialect, string> = {
  postgresql: `CREATE TABLE IF NOT EXISTS "${TABLE}" ("id" TEXT NOT NULL PRIMARY KEY, "checksum" TEXT NOT NULL, "appliedAt" TIMESTAMPTZ(3) NOT NULL)`,
  mysql: `CREATE TABLE IF NOT EXISTS \`${TABLE}\` (\`id\` VARCHAR(255) NOT NULL PRIMARY KEY, \`checksum\` VARCHAR(64) NOT NULL, \`appliedAt\` DATETIME(3) NOT NULL) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  sqlite: `CREATE TABLE IF NOT EXISTS "${TABLE}" ("id" TEXT NOT NULL PRIMARY KEY, "checksum" TEXT NOT NULL, "appliedAt" INTEGER NOT NULL)`,
};

const EXISTS: Record<Dialect, string> = {
  postgresql: `SELECT 1 WHERE to_regclass('"${TABLE}"') IS NOT NULL`,
  mysql: `SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '${TABLE}'`,
  sqlite: `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${TABLE}'`,
};

/** Checksums by id. */
export type Ledger = ReadonlyMap<string, string>;

/** Makes the table where it is not there. */
export async function createLedger({ dialect, query }: MigrationConnection): Promise<void> {
  await query(CREATE[dialect]);
}

/** What has been applied. Writes nothing: a database without the table has had none. */
export async function readLedger({ dialect }: MigrationConnection, query: Query): Promise<Ledger> {
  if ((await query(EXISTS[dialect])).length === 0) return new Map();
  const rows = await query(`SELECT id, checksum FROM ${TABLE}`);
  return new Map(rows.map(([id, checksum]) => [String(id), String(checksum)]));
}

/** @param now Written as the dialect keeps instants */
export async function recordMigration(
  { dialect }: MigrationConnection,
  query: Query,
  { id, checksum }: { id: string; checksum: string },
  now: Date,
): Promise<void> {
  const appliedAt = dialect === "sqlite" ? now.getTime() : now.toISOString().slice(0, -1).replace("T", " ");
  const [values, column] =
    dialect === "postgresql" ? ["$1, $2, $3::timestamp AT TIME ZONE 'UTC'", '"appliedAt"'] : ["?, ?, ?", "appliedAt"];
  await query(`INSERT INTO ${TABLE} (id, checksum, ${column}) VALUES (${values})`, [id, checksum, appliedAt]);
}
