/** What the keys and conditions of accounts must be. */
import { type AccountCondition, type CreateSessionOptions, type NewAccount, requireKey } from "../contracts/adapter.js";
import { AuthError } from "../errors.js";
import type { AccountRecord } from "../model.js";

/** @throws AuthError `request_invalid` for a key that is none */
export function requireKeysOf(account: NewAccount): void {
  for (const key of ["id", "userId", "provider", "providerAccountId"] as const)
    requireKey(account[key], `account.${key}`);
}

/**
 * Whether each field of a condition is still as it was.
 *
 * @throws AuthError `request_invalid` for a condition without any: it would be none
 */
export function holds(condition: AccountCondition, account: AccountRecord | undefined): boolean {
  const hash = "passwordHash" in condition && requireKey(condition.passwordHash, "condition.passwordHash");
  const token = "refreshToken" in condition && requireKey(condition.refreshToken, "condition.refreshToken");
  if (!hash && !token) throw new AuthError("request_invalid", "condition names no field");
  return (!hash || account?.passwordHash === hash) && (!token || account?.refreshToken === token);
}

/**
 * Refuses a session whose way in is gone.
 *
 * @param account As it is now
 * @throws AuthError `invalid_credentials`
 */
export function requireHeld(
  condition: NonNullable<CreateSessionOptions["account"]>,
  account: AccountRecord | undefined,
  userId: string,
): void {
  const hash = "passwordHash" in condition && requireKey(condition.passwordHash, "account.passwordHash");
  if (account?.userId !== userId || (hash && account.passwordHash !== hash))
    throw new AuthError("invalid_credentials", "the account is not any more what it was");
}
