/** Which rule of the tables a change broke. */
import type { Adapter } from "../contracts/adapter.js";
import { AuthError } from "../errors.js";
import { isConstraintViolation, isUniqueViolation } from "./errors.js";

/** What a change wanted to write, as far as it can meet what is there. */
export interface Wanted {
  user?: { id: string; email?: string | null; phone?: string | null };
  account?: { id: string; provider?: string; providerAccountId?: string };
  /** User that a row refers to. */
  userId?: string;
}

type Reader = Pick<Adapter, "getUser" | "getUserByEmail" | "getUserByPhone" | "getAccount">;

/**
 * Says which rule of the tables a change broke, by reading what is there: drivers name the constraint each in its own way, and some
 * not at all. What is found nowhere was gone again, and the error stands; but for an address that a collation takes for another's,
 * which is as good as taken.
 */
export async function orConflict<T>(work: Promise<T>, wanted: Wanted, reader: Reader): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!isConstraintViolation(cause)) throw cause;
    const isTaken = isUniqueViolation(cause) && (wanted.user?.email ?? wanted.user?.phone ?? null) !== null;
    const code = (await conflictOf(wanted, reader)) ?? (isTaken ? "user_exists" : null);
    throw code === null ? cause : new AuthError(code, undefined, { cause });
  }
}

async function conflictOf({ user, account, userId }: Wanted, reader: Reader) {
  if (user?.email && isOther(await reader.getUserByEmail(user.email), user)) return "user_exists";
  if (user?.phone && isOther(await reader.getUserByPhone(user.phone), user)) return "user_exists";
  const { provider, providerAccountId } = account ?? {};
  if (provider && providerAccountId && isOther(await reader.getAccount({ provider, providerAccountId }), account))
    return "account_exists";
  if (userId !== undefined && (await reader.getUser(userId)) === null) return "user_not_found";
  return null;
}

function isOther(found: { id: string } | null, wanted: { id: string } | undefined): boolean {
  return found !== null && found.id !== wanted?.id;
}
