/** How sessions are named, ordered and limited. */
import { type NewSession, requireKey, type SessionKey, type SessionLimit } from "../contracts/adapter.js";
import type { SessionRecord } from "../model.js";

/** The id is unique and so is the hash: each names at most one session. */
export function columnOf(key: SessionKey): { id: string } | { tokenHash: string } {
  return "tokenHash" in key ? { tokenHash: requireKey(key.tokenHash, "tokenHash") } : { id: requireKey(key.id, "id") };
}

export function newestFirst(a: SessionRecord, b: SessionRecord): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1);
}

/**
 * The sessions that are too many once the new one is there, signed in longest ago. An agent's neither counts nor evicts.
 *
 * @param others Sessions that the new one does not replace
 */
export function surplusOf(session: NewSession, others: readonly NewSession[], limit?: SessionLimit): NewSession[] {
  if (limit === undefined || (session.agentId ?? null) !== null) return [];
  const counted = others.filter(
    (other) => other.userId === session.userId && other.agentId === null && other.expires > session.createdAt,
  );
  return counted.sort(newestFirst).slice(limit.max - 1);
}
