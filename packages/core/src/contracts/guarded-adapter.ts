/** An adapter whose every call ends in time, and whose every failure is an `AuthError`. */
import { DEFAULTS } from "../defaults.js";
import { AuthError, isAuthError } from "../errors.js";
import type { Adapter } from "./adapter.js";
import { withDeadline } from "./deadline.js";

/** The methods of the contract, listed so that a missing one is found at start. */
const METHODS = [
  "createUser",
  "createUserWithAccount",
  "getUser",
  "getUserByEmail",
  "getUserByPhone",
  "updateUser",
  "deleteUser",
  "createSession",
  "getSession",
  "updateSession",
  "deleteSession",
  "deleteUserSessions",
  "listSessions",
  "deleteExpired",
  "createAccount",
  "getAccount",
  "listAccounts",
  "updateAccount",
  "deleteAccount",
  "createVerification",
  "consumeVerification",
  "countAttempt",
  "deleteVerification",
] as const satisfies readonly (keyof Adapter)[];

/** Methods that answer nothing; `undefined` from any other is not "none" but a broken adapter. */
const SILENT: ReadonlySet<string> = new Set<keyof Adapter>(["createVerification", "deleteVerification"]);

type AnyMethod = (...args: unknown[]) => Promise<unknown>;

/** @throws AuthError `config_invalid` when a method of the contract is missing */
export function guardAdapter(adapter: Adapter): Adapter {
  const guarded: Record<string, AnyMethod> = {};
  for (const name of METHODS) {
    if (typeof adapter?.[name] !== "function")
      throw new AuthError("config_invalid", `adapter.${name} is not a function`);
    guarded[name] = guardMethod(name, (adapter[name] as AnyMethod).bind(adapter));
  }
  return guarded as unknown as Adapter;
}

function guardMethod(name: string, method: AnyMethod): AnyMethod {
  const timedOut = () =>
    new AuthError("unavailable", `the database did not answer ${name} within ${DEFAULTS.adapterTimeout} s`);
  return async (...args) => {
    try {
      const answer = await withDeadline(method(...args), DEFAULTS.adapterTimeout, timedOut);
      if (answer === undefined && !SILENT.has(name)) throw new TypeError(`${name} answered undefined`);
      return answer;
    } catch (cause) {
      // A database that cannot answer is not an answer: neither "signed in" nor "signed out" (I5).
      throw isAuthError(cause) ? cause : new AuthError("unavailable", `the database failed in ${name}`, { cause });
    }
  };
}
