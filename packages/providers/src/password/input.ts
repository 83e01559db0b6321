/** The bodies of the password routes: from unknown fields to checked values. The only file that knows the validation library. */
import { AuthError, normalizeEmail } from "@latchkey/core";
import * as v from "valibot";
import { normalizePassword } from "./policy.js";

/** Code points. */
const MAX_NAME_LENGTH = 200;
/** Line and paragraph separators forge lines like control characters do (R-L2); a lone surrogate cannot be stored. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

const text = v.pipe(v.string(), v.minLength(1));
const name = v.pipe(
  v.string(),
  v.trim(),
  v.check((value) => [...value].length <= MAX_NAME_LENGTH && !UNPRINTABLE.test(value)),
);

const SignUp = v.object({ email: text, password: text, name: v.optional(name, "") });
const SignIn = v.object({ email: text, password: text });
const Change = v.object({ currentPassword: text, newPassword: text });

/** @returns the address normalised, the name trimmed or null. @throws AuthError `request_invalid` */
export function parseSignUp(input: Record<string, unknown>): { email: string; password: string; name: string | null } {
  const { email, password, name } = parse(SignUp, input);
  return { email: normalizeEmail(email), password, name: name === "" ? null : name };
}

/** @returns the address and the password, both normalised. @throws AuthError `request_invalid` */
export function parseSignIn(input: Record<string, unknown>): { email: string; password: string } {
  const { email, password } = parse(SignIn, input);
  return { email: normalizeEmail(email), password: comparable(password) };
}

/** @returns the current password normalised, the new one as received. @throws AuthError `request_invalid` */
export function parseChange(input: Record<string, unknown>): { currentPassword: string; newPassword: string } {
  const { currentPassword, newPassword } = parse(Change, input);
  return { currentPassword: comparable(currentPassword), newPassword };
}

/** Refused for everybody alike and before any hashing: such a password was never accepted, so none can match. */
function comparable(password: string): string {
  const normalized = normalizePassword(password);
  if (normalized === null) throw new AuthError("request_invalid", "the password is too long or not Unicode");
  return normalized;
}

/** The issues stay here: they quote what was sent. */
function parse<S extends v.GenericSchema>(schema: S, input: Record<string, unknown>): v.InferOutput<S> {
  if (Object.hasOwn(input, "__proto__")) throw new AuthError("request_invalid", "__proto__ is no field");
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const fields = result.issues.map((issue) => v.getDotPath(issue)).join(", ");
  throw new AuthError("request_invalid", `missing or not acceptable: ${fields}`);
}
