/** Asks the server who is signed in: one request at a time, and no late answer over newer news. */
import type { Session } from "../model.js";
import {
  type AuthClientError,
  isObject,
  type Reply,
  type Requests,
  type Result,
  unexpectedAnswer,
} from "./requests.js";
import type { Store } from "./store.js";

/** The session that an action left behind. */
export type SessionResult<S extends Session> = Result<{ readonly session: S | null }>;

/** How an answer is taken in. */
interface Reading {
  /** Shown beside the answer: what made one ask. */
  error?: AuthClientError | null;
  /** True when all tabs ask by themselves, and need not be told what this one finds. */
  isShared?: boolean;
}

export interface Reader<S extends Session> {
  /** Asks, or waits for the request that is under way. */
  refresh(reading?: Reading): Promise<SessionResult<S>>;
  /** Asks anew: what is under way was asked before something changed. */
  reload(reading?: Reading): Promise<SessionResult<S>>;
  /** Takes a session, or its end, from the answer to an action; answers to earlier questions no longer count. */
  accept(session: S | null): void;
}

/** @param tell Tells the other tabs that the session changed */
export function createReader<S extends Session>(send: Requests["send"], store: Store<S>, tell: () => void): Reader<S> {
  /** Grows with every change that this tab learns of; an answer counts only in the version in which it was asked for. */
  let version = 0;
  let underWay: { version: number; result: Promise<SessionResult<S>> } | null = null;

  async function read({ error = null, isShared = false }: Reading): Promise<SessionResult<S>> {
    const asked = version;
    const reply = readable(await send("GET", "/session"));
    if (asked !== version) return latest();
    underWay = null;
    if (reply.error !== null) {
      store.publish({ error: reply.error });
      return { error: reply.error };
    }
    const before = store.getSnapshot();
    const session = sessionIn<S>(reply.body) ?? null;
    store.publish({ session, error });
    if (!isShared && before.status !== "loading" && before.session?.id !== session?.id) tell();
    return { session: store.getSnapshot().session, error: null };
  }

  /** What came of newer news, for whoever waited for an answer that no longer counts. */
  function latest(): Promise<SessionResult<S>> | SessionResult<S> {
    if (underWay?.version === version) return underWay.result;
    const { session, error } = store.getSnapshot();
    return error === null ? { session, error } : { error };
  }

  function refresh(reading: Reading = {}): Promise<SessionResult<S>> {
    if (underWay?.version !== version) underWay = { version, result: read(reading) };
    return underWay.result;
  }

  return {
    refresh,
    reload(reading) {
      version++;
      return refresh(reading);
    },
    accept(session) {
      version++;
      store.publish({ session, error: null });
      tell();
    },
  };
}

/** An answer of another server in the place of ours says nothing about a session, and above all not that there is none. */
function readable(reply: Reply): Reply {
  if (reply.error !== null || sessionIn(reply.body) !== undefined) return reply;
  return { error: unexpectedAnswer(200) };
}

/** @returns undefined when the answer says nothing of a session */
export function sessionIn<S extends Session>(body: Readonly<Record<string, unknown>>): S | null | undefined {
  const { session } = body;
  // What the app's own server calls its session is the one thing here that is believed unseen.
  return session === null || isObject(session) ? (session as S | null) : undefined;
}
