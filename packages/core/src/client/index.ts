/** `@latchkey/core/client`: the session in a browser, for any framework. Holds no secret and no token; does nothing at import. */
import { DEFAULTS } from "../defaults.js";
import type { MaybePromise, Session } from "../model.js";
import { type Actions, createActions } from "./actions.js";
import { createReader, type SessionResult } from "./reader.js";
import { createRequests } from "./requests.js";
import { type AuthSnapshot, createStore } from "./store.js";
import { createTabs } from "./tabs.js";

export type { ListedSession, SignInInput } from "./actions.js";
export type { SessionResult } from "./reader.js";
export { AuthClientError, type ClientErrorCode, type Result } from "./requests.js";
export type { AuthSnapshot } from "./store.js";

export interface AuthClientOptions<S extends Session = Session> {
  /** Where the routes live: the server's `basePath`. @default "/auth" */
  basePath?: string;
  /** What the server that made the page knows: a session, or null for nobody. With it the client asks nothing at start. */
  initialSession?: S | null;
  /** @default globalThis.fetch */
  fetch?: typeof globalThis.fetch;
  /** Sends the browser to a URL. @default location.assign */
  navigate?: (url: string) => void;
  /** Current time in milliseconds since 1970; corrected by the `Date` of the server's answers. @default Date.now */
  now?: () => number;
}

/**
 * The session of this browser and what one does with it. The functions stand alone: they may be taken apart.
 *
 * A server that fails or cannot be reached leaves the last known session where it is and shows in the snapshot's `error`; only
 * the server's word that there is none signs out, or the session's end.
 */
export interface AuthClient<S extends Session = Session> extends Actions<S> {
  /**
   * Calls `listener` after each change. The first listener brings the one request for the session, unless it is known, and the
   * ear for other tabs; when the last has left, nothing runs any more.
   *
   * @returns a function that ends it
   */
  subscribe(listener: () => void): () => void;
  getSnapshot(): AuthSnapshot<S>;
  /** What the client started with, for rendering on the server and hydration. */
  getServerSnapshot(): AuthSnapshot<S>;
  /** Asks the server; many calls at once come to one request. */
  refreshSession(): Promise<SessionResult<S>>;
  /** Drops all listeners, and with them the timer and the channel. A later `subscribe` begins again. */
  close(): void;
}

/** What `createAuth` returned, as far as its type says what a session is. */
interface SessionSource {
  getSession(...args: never[]): MaybePromise<Session | null>;
}
type SessionOf<A extends SessionSource> = A extends { getSession(...args: never[]): MaybePromise<infer S> }
  ? Exclude<S, null>
  : never;

/**
 * Makes the client of one page. Two on one page and other tabs tell each other of changes.
 *
 * @example
 * import type { auth } from "./server/auth.js";
 * const client = createAuthClient<typeof auth>();
 */
export function createAuthClient<A extends SessionSource = SessionSource>(
  options: AuthClientOptions<SessionOf<A>> = {},
): AuthClient<SessionOf<A>> {
  type S = SessionOf<A>;
  const { initialSession, now = Date.now, navigate = (url) => location.assign(url) } = options;
  const basePath = (options.basePath ?? DEFAULTS.basePath).replace(/\/$/, "");
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));

  const requests = createRequests(basePath, fetch, now);
  const tabs = createTabs(`latchkey${basePath}`, () => reader.reload({ isShared: true }));
  const store = createStore<S>(initialSession, requests.serverNow, {
    opened(again) {
      tabs.open();
      if (again || store.getSnapshot().status === "loading") reader.refresh();
    },
    released: tabs.close,
    expired: () => reader.reload({ isShared: true }),
  });
  const reader = createReader(requests.send, store, tabs.tell);
  const { subscribe, getSnapshot, getServerSnapshot, close } = store;
  return {
    ...createActions(requests, store, reader, (path) => navigate(basePath + path)),
    subscribe,
    getSnapshot,
    getServerSnapshot,
    refreshSession: () => reader.refresh(),
    close,
  };
}
