/** The snapshot that screens show, who is told of its changes, and its end at `expires`. Knows no requests and no tabs. */
import type { Session } from "../model.js";
import type { AuthClientError } from "./requests.js";

/** What is known of the session. The same object until something changes. */
export interface AuthSnapshot<S extends Session = Session> {
  /** The session; while `error` is set, the last one known. */
  readonly session: S | null;
  /** `"loading"` until the server first said which; with `error` set it could not be asked. */
  readonly status: "loading" | "authenticated" | "unauthenticated";
  /** Why the server could not be asked, or could not end the session; null once it answers. */
  readonly error: AuthClientError | null;
}

/** What the store tells its owner. */
export interface Watch {
  /** The first listener came. @param again True when there were listeners before: news may have been missed */
  opened(again: boolean): void;
  /** The last listener left. */
  released(): void;
  /** The session came to its end and is off the screen. */
  expired(): void;
}

export interface Store<S extends Session> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): AuthSnapshot<S>;
  getServerSnapshot(): AuthSnapshot<S>;
  /** Shows what changed; tells the listeners only if something did. */
  publish(change: { session?: S | null; error?: AuthClientError | null }): void;
  /** Drops all listeners, and the timer with them. */
  close(): void;
}

/**
 * Longest time between two looks at the clock, in milliseconds. `setTimeout` takes 2^31 − 1 at most; and timers stand still
 * while a machine sleeps, so that one long wait would end days late.
 */
const LONGEST_WAIT = 60 * 60 * 1000;

/** @param now The server's time in milliseconds since 1970 */
export function createStore<S extends Session>(
  initialSession: S | null | undefined,
  now: () => number,
  watch: Watch,
): Store<S> {
  const initial: AuthSnapshot<S> = {
    session: initialSession ?? null,
    status: initialSession === undefined ? "loading" : statusOf(initialSession),
    error: null,
  };
  const listeners = new Set<{ tell(): void }>();
  let snapshot = initial;
  let isOpen = false;
  let wasOpen = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function publish(change: { session?: S | null; error?: AuthClientError | null }): void {
    const { session: told = snapshot.session, error = snapshot.error } = change;
    // An equal session keeps its identity: learning the same again redraws nothing.
    const session = isEqual(told, snapshot.session) ? snapshot.session : told;
    const status = change.session === undefined ? snapshot.status : statusOf(session);
    const changed = session !== snapshot.session || status !== snapshot.status || error !== snapshot.error;
    if (changed) snapshot = { session, status, error };
    if (change.session !== undefined) schedule();
    if (changed) for (const listener of listeners) listener.tell();
  }

  /** A session that the server still vouches for past its end has no timer: whoever set that clock is to be believed. */
  function schedule(): void {
    clearTimeout(timer);
    const left = millisecondsLeft();
    if (isOpen && left > 0 && left < Number.POSITIVE_INFINITY) timer = setTimeout(look, Math.min(left, LONGEST_WAIT));
  }

  /** Infinite without a session, or without an `expires` that is a date. */
  function millisecondsLeft(): number {
    const end = Date.parse(snapshot.session?.expires ?? "");
    return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end - now();
  }

  function look(): void {
    if (millisecondsLeft() > 0) {
      schedule();
    } else {
      publish({ session: null });
      watch.expired();
    }
  }

  function release(): void {
    if (!isOpen || listeners.size > 0) return;
    isOpen = false;
    clearTimeout(timer);
    watch.released();
  }

  return {
    getSnapshot: () => snapshot,
    getServerSnapshot: () => initial,
    publish,
    subscribe(listener) {
      const entry = { tell: listener };
      listeners.add(entry);
      if (!isOpen) {
        isOpen = true;
        look();
        watch.opened(wasOpen);
        wasOpen = true;
      }
      return () => {
        listeners.delete(entry);
        // One component often leaves and another comes in the same turn; that is no end.
        queueMicrotask(release);
      };
    },
    close() {
      listeners.clear();
      release();
    },
  };
}

function statusOf(session: Session | null): AuthSnapshot["status"] {
  return session === null ? "unauthenticated" : "authenticated";
}

function isEqual(a: Session | null, b: Session | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
