/** What a call of the adapter and its answer say about sessions. */
import type { Adapter, NewSession, SessionChange, SessionRecord } from "@latchkey/core";
import type { Answer, Live, Seen, SessionCall, Told, UserCall } from "./session-model.js";

/** A call about all sessions of a user; `found` are those that it showed or removed. */
export interface UserWide {
  call: UserCall;
  userId: string;
  found: readonly (Seen | { id: string })[] | "done" | "unknown";
}

export type RecordedMethod =
  | "createSession"
  | "getSession"
  | "updateSession"
  | "deleteSession"
  | "deleteUserSessions"
  | "deleteUser"
  | "proveEmail"
  | "listSessions";

/** What a call said, before it is known when it was. */
export type Translated = Told<SessionCall> | UserWide;

/** @param answer undefined when the call failed */
type Translation<M extends RecordedMethod> = (
  answer: Awaited<ReturnType<Adapter[M]>> | undefined,
  ...args: Parameters<Adapter[M]>
) => Translated[];

export const TRANSLATIONS: { readonly [M in RecordedMethod]: Translation<M> } = {
  createSession(answer, session, { replaces, limit } = {}) {
    if (answer === null) return [];
    const told: Translated[] = [
      { call: { kind: "create", session: liveOf(session) }, answer: answer === undefined ? "unknown" : "done" },
    ];
    if (replaces) {
      const { replaced = null } = answer ?? {};
      told.push({
        call: { kind: "revoke", key: replaces },
        answer: unlessFailed(answer, () => (replaced === null ? null : { id: replaced })),
      });
    }
    for (const id of answer?.evicted ?? []) told.push({ call: { kind: "revoke", key: { id } }, answer: { id } });
    if (limit && answer === undefined)
      told.push({ call: { kind: "revokeAll", except: session.id }, userId: session.userId, found: "unknown" });
    return told;
  },
  getSession: (answer, key) =>
    answer === undefined ? [] : [{ call: { kind: "read", key }, answer: answer && seenOf(answer.session) }],
  updateSession(answer, id, change, condition) {
    const call: SessionCall & { kind: "update" } = { kind: "update", id, change: changeOf(change) };
    if (condition) call.updatedAt = condition.updatedAt.getTime();
    return [{ call, answer: unlessFailed(answer, (row) => row && seenOf(row)) }];
  },
  deleteSession: (answer, key, condition) => [
    { call: { kind: "revoke", key, ...condition }, answer: unlessFailed(answer, (row) => row && seenOf(row)) },
  ],
  deleteUserSessions: (answer, userId, options) => [
    { call: { kind: "revokeAll", ...options }, userId, found: answer?.map((id) => ({ id })) ?? "unknown" },
  ],
  deleteUser: (answer, userId) =>
    answer === false ? [] : [{ call: { kind: "revokeAll" }, userId, found: answer === undefined ? "unknown" : "done" }],
  proveEmail(answer, { userId }) {
    if (answer === null || answer?.wiped === false) return [];
    return [{ call: { kind: "revokeAll" }, userId, found: answer?.ended.map((id) => ({ id })) ?? "unknown" }];
  },
  listSessions: (answer, userId, now) =>
    answer === undefined ? [] : [{ call: { kind: "list", now: now.getTime() }, userId, found: answer.map(seenOf) }],
};

function unlessFailed<T>(answer: T | undefined, translate: (answer: T) => Answer): Answer {
  return answer === undefined ? "unknown" : translate(answer);
}

function seenOf({ id, updatedAt, expires }: SessionRecord): Seen {
  return { id, updatedAt: updatedAt.getTime(), expires: expires.getTime() };
}

function liveOf({ tokenHash, userId, ...record }: NewSession): Live {
  return { ...seenOf({ userId, ...record }), tokenHash, userId };
}

function changeOf({ id, tokenHash, updatedAt, expires }: SessionChange): Partial<Live> {
  return {
    ...(id !== undefined && { id }),
    ...(tokenHash !== undefined && { tokenHash }),
    ...(updatedAt !== undefined && { updatedAt: updatedAt.getTime() }),
    ...(expires !== undefined && { expires: expires.getTime() }),
  };
}
