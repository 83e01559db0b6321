/** Errors of drivers, without the values of the statement that failed: they go to hooks and logs (I9). */

/** What tells an operator what went wrong, and holds no row. */
const FIELDS = [
  "code",
  "errno",
  "kind",
  "originalCode",
  "extendedCode",
  "sqlState",
  "severity",
  "constraint",
  "table",
  "column",
  "syscall",
  "address",
  "port",
];
/** Errors wrap each other three or four deep. */
const MAX_DEPTH = 8;

/** @returns an error that says the same: same name, codes and stack, messages without values, the causes likewise */
export function safeCause(error: unknown, depth = 0): unknown {
  if (typeof error !== "object" || error === null) return typeof error === "string" ? withoutValues(error) : error;
  const given = error as Record<string, unknown>;
  const { name, message, stack, cause, meta } = given;
  const under = cause ?? (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  const safe = new Error(withoutValues(String(message ?? "")));
  if (under !== undefined && depth < MAX_DEPTH) safe.cause = safeCause(under, depth + 1);
  if (typeof name === "string" && name !== "Error") Object.defineProperty(safe, "name", { value: name });
  if (typeof stack === "string") safe.stack = withoutValues(stack);
  for (const field of FIELDS) {
    const value = given[field];
    if (typeof value === "string" || typeof value === "number") Object.assign(safe, { [field]: value });
  }
  return safe;
}

/** Messages in which databases and ORMs repeat values: of a taken key, of a row that was refused, of the parameters. */
function withoutValues(text: string): string {
  return text
    .replace(/Duplicate entry '.*' for key/gs, "Duplicate entry for key")
    .replace(/=\([^)]*\)/g, "=(…)")
    .replace(/(Failing row contains|\bparams:|\bparameters:)[^\n]*/gi, "$1 …");
}
