/** What one session may do, as a state machine: absent, then live in one generation after the other, then dead for good. */
import type { SessionKey } from "@latchkey/core";

/** What a read shows of a session; instants in milliseconds since 1970. */
export interface Seen {
  id: string;
  updatedAt: number;
  expires: number;
}

/** A session that is there. */
export interface Live extends Seen {
  tokenHash: string;
  userId: string;
}

/** Dead is for ever: nothing leads out of it. */
export type State = "absent" | Live | "dead";

/** A call about one session. */
export type SessionCall =
  | { kind: "create"; session: Live }
  | { kind: "read"; key: SessionKey }
  /** A renewal, or with a new id or hash a rotation. `updatedAt` is the condition. */
  | { kind: "update"; id: string; change: Partial<Live>; updatedAt?: number }
  /** A revocation of one session, with `userId` only if it is that user's. */
  | { kind: "revoke"; key: SessionKey; userId?: string };

/** A call about all sessions of a user. */
export type UserCall =
  /** Shows those that live past `now`. */
  | { kind: "list"; now: number }
  /** Ends all but one. */
  | { kind: "revokeAll"; except?: string };

/**
 * What a call answered: the session that it found, changed or removed; the id alone where it tells no more; null where it found none;
 * `"done"` where it was done and tells nothing; `"unknown"` where it failed, so that it was done or not, or is done later.
 */
export type Answer = Seen | { id: string } | null | "done" | "unknown";

/** A call and its answer. */
export interface Told<C extends SessionCall | UserCall = SessionCall | UserCall> {
  call: C;
  answer: Answer;
}

/** @returns the state after the call; undefined where the call cannot have answered so in this state */
export function step(state: State, { call, answer }: Told): State | undefined {
  const live = typeof state === "string" ? null : state;
  switch (call.kind) {
    case "create":
      return state === "absent" ? call.session : undefined;
    case "read":
      return agrees(answer, isNamed(live, call.key) ? live : null) ? state : undefined;
    case "list":
      return agrees(answer, live !== null && live.expires > call.now ? live : null) ? state : undefined;
    case "update": {
      const isChanged = live?.id === call.id && (call.updatedAt ?? live.updatedAt) === live.updatedAt;
      const next = isChanged ? { ...live, ...call.change } : null;
      return agrees(answer, next) ? (next ?? state) : undefined;
    }
    case "revoke":
      return removal(state, isNamed(live, call.key) && isOf(live, call.userId) ? live : null, answer);
    case "revokeAll":
      return removal(state, live?.id === call.except ? null : live, answer);
  }
}

function removal(state: State, removed: Live | null, answer: Answer): State | undefined {
  if (!agrees(answer, removed)) return undefined;
  return removed === null ? state : "dead";
}

function isNamed(live: Live | null, key: SessionKey): boolean {
  if (live === null) return false;
  return "id" in key ? live.id === key.id : live.tokenHash === key.tokenHash;
}

function isOf(live: Live | null, userId: string | undefined): boolean {
  return userId === undefined || live?.userId === userId;
}

function agrees(answer: Answer, row: Live | null): boolean {
  if (typeof answer === "string") return true;
  if (answer === null || row === null) return answer === row;
  if (!("expires" in answer)) return answer.id === row.id;
  return answer.id === row.id && answer.updatedAt === row.updatedAt && answer.expires === row.expires;
}
