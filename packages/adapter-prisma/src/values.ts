/** Values of the contract as Prisma takes them in a raw statement, and as it gives them back. */
import { AuthError, type ColumnKind } from "@latchkey/core";

/** A raw statement takes an array for a list and an invalid date for NULL; one driver ends the process at what it does not know. */
const ENCODERS: Readonly<Record<ColumnKind, (value: unknown) => unknown>> = {
  id: (value) => scalar(value),
  text: (value) => scalar(value),
  // Prisma writes a Date as the driver adapter is set to; on SQLite that is text or a number.
  instant: (value) => (value instanceof Date && !Number.isNaN(value.getTime()) ? value : refuse("a valid Date")),
  boolean: (value) => scalar(value),
  integer: (value) => scalar(value),
  json: (value) => JSON.stringify(value),
};

const DECODERS: Readonly<Record<ColumnKind, (value: unknown) => unknown>> = {
  id: (value) => value,
  text: (value) => value,
  instant: (value) => toDate(value),
  boolean: (value) => Number(value) === 1,
  integer: (value) => Number(value),
  json: (value) => (typeof value === "string" ? JSON.parse(value) : value),
};

/** @throws AuthError `request_invalid` for what the column cannot hold */
export function encode(kind: ColumnKind, value: unknown): unknown {
  return ENCODERS[kind](value);
}

export function decode(kind: ColumnKind, value: unknown): unknown {
  return DECODERS[kind](value);
}

/** SQLite keeps an instant as text or as milliseconds, and Prisma makes a Date only of a bare column. */
function toDate(value: unknown): Date {
  if (value instanceof Date) return value;
  return new Date(typeof value === "string" ? value : Number(value));
}

function scalar(value: unknown): unknown {
  return typeof value === "object" ? refuse("a string, a number or a boolean") : value;
}

function refuse(wanted: string): never {
  throw new AuthError("request_invalid", `a value must be ${wanted}`);
}
