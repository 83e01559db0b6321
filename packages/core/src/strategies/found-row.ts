/** A session that a row was found for. */
import { earlier } from "../lifetime.js";
import type { Claims, Session, SessionRecord, SessionUser, SessionWithUser } from "../model.js";
import type { FoundSession, FoundUser } from "./strategy.js";

/** @returns null when the row is over (RFC 7519 §4.1.4: "on or after"), its user is disabled or another's, or it is an agent's */
export function foundRow(row: SessionWithUser | null, now: Date): FoundSession | null {
  if (row === null || row.user.disabledAt !== null || row.session.agentId !== null) return null;
  // A join that went wrong must not sign one user in as another.
  if (row.session.userId !== row.user.id) return null;
  return isOver(row.session, now) ? null : foundIn(row);
}

/** A session that was just read or written. */
export function foundIn({ session, user }: { session: SessionRecord; user: FoundUser }): FoundSession {
  return { session, user, outlivesRow: false, toPublic: () => publicSession(session, user) };
}

/** The fixed fields of the public session, and the app's claims that do not collide with them. */
function publicSession(record: SessionRecord, user: SessionUser): Session & Claims {
  return {
    ...record.data,
    id: record.id,
    type: record.type,
    user: { id: user.id, email: user.email, name: user.name, picture: user.picture },
    expires: earlier(record.expires, record.absoluteExpires).toISOString(),
  };
}

function isOver(session: SessionRecord, now: Date): boolean {
  // Written so that a date that is none counts as over.
  return !(now < session.expires && now < session.absoluteExpires);
}
