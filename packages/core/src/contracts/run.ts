/** Runs the app's callbacks and hooks: bounded in time, failing closed. */
import { DEFAULTS } from "../defaults.js";
import { AuthError, isAuthError } from "../errors.js";
import type { MaybePromise } from "../model.js";
import type { Hooks } from "./callbacks.js";
import { isPromise, withDeadline } from "./deadline.js";

/**
 * Calls a function of the app. Stays synchronous when that function is.
 *
 * @throws AuthError `callback_failed` when it throws or takes too long
 */
export function runCallback<T>(name: string, call: () => MaybePromise<T>): MaybePromise<T> {
  const failed = (cause: unknown) => new AuthError("callback_failed", `${name} failed`, { cause });
  const timedOut = () => new AuthError("callback_failed", `${name} took longer than ${DEFAULTS.callbackTimeout} s`);
  try {
    const result = call();
    if (!isPromise(result)) return result;
    const bounded = withDeadline(result, DEFAULTS.callbackTimeout, timedOut) as Promise<T>;
    return bounded.catch((cause: unknown) => {
      throw isAuthError(cause) ? cause : failed(cause);
    });
  } catch (cause) {
    throw isAuthError(cause) ? cause : failed(cause);
  }
}

type Event<N extends keyof Hooks> = Parameters<NonNullable<Hooks[N]>>[0];

/** Tells one hook, if the app has it. @throws AuthError `callback_failed` */
export async function notify<N extends keyof Hooks>(hooks: Hooks, name: N, event: Event<N>): Promise<void> {
  const hook = hooks[name] as ((event: Event<N>) => MaybePromise<void>) | undefined;
  if (hook !== undefined) await runCallback(`hooks.${name}`, () => hook.call(hooks, event));
}

/** Reports an error that became an answer. Never throws: there is nobody left to tell. */
export async function report(hooks: Hooks, error: AuthError): Promise<void> {
  try {
    if (hooks.onError === undefined) return logError(error);
    await notify(hooks, "onError", error);
  } catch (failure) {
    logError(error);
    logError(
      isAuthError(failure) ? failure : new AuthError("callback_failed", "hooks.onError failed", { cause: failure }),
    );
  }
}

function logError(error: AuthError): void {
  console.error(`[latchkey] ${error.code}: ${oneLine(error.message + describeCauses(error.cause))}`);
}

/** Names and codes only: the message of a database error can hold the values of the query (R-L2). */
function describeCauses(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  const { code } = cause as { code?: unknown };
  return ` < ${cause.name}${typeof code === "string" ? ` ${code}` : ""}${describeCauses(cause.cause)}`;
}

/** Control characters in a log could forge lines or drive a terminal (R-L2). */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, " ");
}
