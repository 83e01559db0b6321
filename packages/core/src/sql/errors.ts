/** What a driver's error means, whichever driver and ORM it came through. */

/** A unique value is taken. */
const UNIQUE = new Set([
  "23505", // PostgreSQL: unique_violation
  "1062", // MySQL: duplicate entry
  "2067", // SQLite: unique constraint
  "1555", // SQLite: primary key
  "SQLITE_CONSTRAINT_UNIQUE",
  "SQLITE_CONSTRAINT_PRIMARYKEY",
  "P2002", // Prisma: unique constraint
  "UniqueConstraintViolation", // Prisma's driver adapters
]);

/** A row refers to none. */
const REFERENCE = new Set([
  "23503", // PostgreSQL: foreign_key_violation
  "1452", // MySQL: no referenced row
  "787", // SQLite: foreign key
  "P2003", // Prisma: foreign key
  "ForeignKeyConstraintViolation", // Prisma's driver adapters
]);

/** The database undid the whole transaction because of another one: nothing was changed, and a new try may succeed. */
const TRANSIENT = new Set([
  "40P01", // PostgreSQL: deadlock_detected
  "40001", // PostgreSQL: serialization_failure; MySQL's SQLSTATE of a deadlock
  "1213", // MySQL: deadlock
  "P2034", // Prisma: write conflict or deadlock
  "TransactionWriteConflict", // Prisma's driver adapters
]);

/** Where drivers and ORMs put codes, and where they keep the error underneath. */
const CODES = ["code", "errno", "kind", "originalCode", "extendedCode"] as const;
const UNDERNEATH = ["cause", "meta", "driverAdapterError", "errors"] as const;
/** Errors wrap each other three or four deep. */
const MAX_DEPTH = 8;

/** True when the statement broke a rule of the table. libsql does not always say which. */
export function isConstraintViolation(error: unknown): boolean {
  return codesOf(error).some((code) => UNIQUE.has(code) || REFERENCE.has(code) || code.startsWith("SQLITE_CONSTRAINT"));
}

export function isUniqueViolation(error: unknown): boolean {
  return codesOf(error).some((code) => UNIQUE.has(code));
}

export function isTransient(error: unknown): boolean {
  return codesOf(error).some((code) => TRANSIENT.has(code));
}

function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return [];
  const fields = error as Record<string, unknown>;
  const own = CODES.map((name) => fields[name]).filter((code) => typeof code === "string" || typeof code === "number");
  return [...own.map(String), ...UNDERNEATH.flatMap((name) => codesOf(fields[name], depth + 1))];
}
