/** A session that a row was found for. */
import { isOver, type Lifetime, underPolicy } from "../lifetime.js";
import type { Claims, Session, SessionRecord, SessionUser, SessionWithUser } from "../model.js";
import type { FoundSession, FoundUser } from "./strategy.js";

/**
 * @returns null when the row is over (RFC 7519 §4.1.4: "on or after") or would be under the policy of now, its user is disabled or
 *   another's, or it is an agent's
 */
export function foundRow(row: SessionWithUser | null, now: Date, lifetime: Lifetime): FoundSession | null {
  if (row === null || row.user.disabledAt !== null || row.session.agentId !== null) return null;
  // A join that went wrong must not sign one user in as another.
  if (row.session.userId !== row.user.id || isOver(row.session, now)) return null;
  if (!Number.isFinite(row.session.authenticatedAt?.getTime())) return null;
  const session = underPolicy(row.session, lifetime);
  return isOver(session, now) ? null : foundIn({ session, user: row.user });
}

/** A session that was just read or written. */
export function foundIn({ session, user }: { session: SessionRecord; user: FoundUser }): FoundSession {
  return { session, user, renewedAt: session.updatedAt, toPublic: () => publicSession(session, user) };
}

/** The fixed fields of the public session, and the app's claims that do not collide with them. */
function publicSession(record: SessionRecord, user: SessionUser): Session & Claims {
  return {
    ...record.data,
    id: record.id,
    type: record.type,
    user: { id: user.id, email: user.email, name: user.name, picture: user.picture },
    expires: record.expires.toISOString(),
  };
}
