/** An adapter whose every call ends in time, and whose every failure is an `AuthError`. */
import { DEFAULTS } from "../defaults.js";
import { AuthError, isAuthError } from "../errors.js";
import type { Adapter } from "./adapter.js";
import { withDeadline } from "./deadline.js";
import { Silence } from "./silence.js";

/** The methods of the contract, listed so that a missing one is found at start. */
const METHODS = [
  "createUser",
  "createUserWithAccount",
  "getUser",
  "getUserByEmail",
  "getUserByPhone",
  "getUserWithAccount",
  "updateUser",
  "deleteUser",
  "createSession",
  "getSession",
  "updateSession",
  "deleteSession",
  "deleteUserSessions",
  "deleteAllSessions",
  "listSessions",
  "deleteExpired",
  "createAccount",
  "getAccount",
  "listAccounts",
  "updateAccount",
  "replacePassword",
  "deleteAccount",
  "proveEmail",
  "createVerification",
  "consumeVerification",
  "countAttempt",
  "deleteVerification",
  "check",
] as const satisfies readonly (keyof Adapter)[];

/** Methods that answer nothing; `undefined` from any other is not "none" but a broken adapter. */
const SILENT: ReadonlySet<string> = new Set<keyof Adapter>(["createVerification", "deleteVerification"]);

type AnyMethod = (...args: unknown[]) => Promise<unknown>;

/** @throws AuthError `config_invalid` when a method of the contract is missing */
export function guardAdapter(adapter: Adapter): Adapter {
  const guarded: Record<string, AnyMethod> = {};
  const silence = new Silence();
  for (const name of METHODS) {
    if (typeof adapter?.[name] !== "function")
      throw new AuthError("config_invalid", `adapter.${name} is not a function`);
    guarded[name] = guardMethod(name, (adapter[name] as AnyMethod).bind(adapter), silence);
  }
  return guarded as unknown as Adapter;
}

function guardMethod(name: string, method: AnyMethod, silence: Silence): AnyMethod {
  return async (...args) => {
    if (silence.refusesCalls()) throw new AuthError("unavailable", `the database is silent: ${name} was not tried`);
    try {
      const work = method(...args);
      const answer = await withDeadline(work, DEFAULTS.adapterTimeout, () => {
        silence.add(work);
        return new AuthError("unavailable", `the database did not answer ${name} within ${DEFAULTS.adapterTimeout} s`);
      });
      silence.end();
      if (answer === undefined && !SILENT.has(name)) throw new TypeError(`${name} answered undefined`);
      return answer;
    } catch (cause) {
      // Such as `user_exists`: to know that, the database was asked.
      if (isAuthError(cause) && cause.code !== "unavailable") silence.end();
      // A database that cannot answer is not an answer: neither "signed in" nor "signed out" (I5).
      if (isAuthError(cause)) throw cause;
      throw new AuthError("unavailable", `the database failed in ${name}`, { cause });
    }
  };
}
