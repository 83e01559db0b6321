/** Applies migrations: each once, in order, by one process at a time. */
import { Problem } from "../problem.js";
import type { MigrationConnection, Query } from "./connection.js";
import { type Migration, PACKAGED_PREFIX } from "./files.js";
import { createLedger, type Ledger, readLedger, recordMigration } from "./ledger.js";

export interface Plan {
  readonly pending: readonly Migration[];
  /** Ids that were applied before. */
  readonly applied: readonly string[];
  /** Ids that were applied before and whose files are not there any more. */
  readonly missing: readonly string[];
}

/**
 * What there is to do.
 *
 * @throws Problem when a file was changed after it was applied, or a new one stands before one that was applied
 */
export function planMigrations(migrations: readonly Migration[], ledger: Ledger): Plan {
  const ids = new Set(migrations.map(({ id }) => id));
  for (const { id, checksum } of migrations)
    if (ledger.has(id) && ledger.get(id) !== checksum)
      throw new Problem(
        `${id} was changed after it was applied: put it back as it was, and write the change into a new file`,
      );
  const pending = migrations.filter(({ id }) => !ledger.has(id));
  for (const late of pending) refuseLate(late, migrations, ledger);
  return {
    pending,
    applied: migrations.map(({ id }) => id).filter((id) => ledger.has(id)),
    missing: [...ledger.keys()].filter((id) => !ids.has(id)).sort(),
  };
}

/** Databases that had it in another order would differ from each other. */
function refuseLate({ id }: Migration, migrations: readonly Migration[], ledger: Ledger): void {
  const isPackaged = id.startsWith(PACKAGED_PREFIX);
  const later = migrations.slice(migrations.findIndex((each) => each.id === id) + 1);
  const applied = later.find((each) => ledger.has(each.id) && each.id.startsWith(PACKAGED_PREFIX) === isPackaged);
  if (applied !== undefined)
    throw new Problem(`${id} is new, but ${applied.id} was applied already: give the new file a higher number`);
}

/**
 * Applies what is pending.
 *
 * @param now Time of each record
 * @param onApplied Told of each file that this very call applied
 * @returns what was to be done when the call began
 * @throws Problem that names the file and the line of the statement that failed
 */
export async function applyMigrations(
  connection: MigrationConnection,
  migrations: readonly Migration[],
  now: () => Date,
  onApplied: (id: string) => void,
): Promise<Plan> {
  return connection.locked(async () => {
    await createLedger(connection);
    const plan = planMigrations(migrations, await readLedger(connection, connection.query));
    for (const migration of plan.pending) {
      const isApplied = await connection.atomically((query) => apply(connection, query, migration, now()));
      if (isApplied) onApplied(migration.id);
    }
    return plan;
  });
}

/** @returns false when another process was first */
async function apply(connection: MigrationConnection, query: Query, migration: Migration, now: Date) {
  const known = await readLedger(connection, query);
  planMigrations([migration], known);
  if (known.has(migration.id)) return false;
  for (const [index, { text, line }] of migration.statements.entries()) {
    try {
      await query(text);
    } catch (cause) {
      throw new Problem(`${migration.id}, line ${line}: the statement failed; ${outcome(connection, index)}`, {
        cause,
      });
    }
  }
  await recordMigration(connection, query, migration, now);
  return true;
}

function outcome({ dialect }: MigrationConnection, done: number): string {
  if (dialect !== "mysql" || done === 0) return "nothing of the file was kept";
  return `the ${done} before it stay, because the server keeps each change of a table at once: undo them, or make them repeatable, then try again`;
}
