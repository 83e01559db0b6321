/** How a session becomes a token and back. */
import type { SessionKey } from "../contracts/adapter.js";
import type { MaybePromise, Session, SessionRecord, SessionUser, UserRecord } from "../model.js";

/** A user as a session knows them: with an adapter the whole record, from a token alone what it carries. */
export type FoundUser = SessionUser & Partial<UserRecord>;

/** A live session that a token led to. */
export interface FoundSession {
  readonly session: SessionRecord;
  readonly user: FoundUser;
  /** Last renewal, without making the record. */
  readonly renewedAt: Date;
  /** What clients may see of it, before `callbacks.session`. */
  toPublic(): Session;
}

export interface IssuedToken {
  token: string;
  /** What the row keeps. */
  tokenHash: string;
}

/** What differs between `"jwt"` and `"database"`; nothing else in the engine asks which one it is. */
export interface Strategy {
  /** Makes the token of a new session, or a new one for a session. @throws AuthError `session_too_large`, `claims_invalid` */
  issue(session: SessionRecord, user: SessionUser): MaybePromise<IssuedToken>;
  /** The token of a session after its renewal; `token` is the one that was presented. */
  renew(session: SessionRecord, user: SessionUser, token: string): MaybePromise<string>;
  /** Finds the live session of a token. @returns null for a token that is not ours or is over, and where the row is gone */
  read(token: string, now: Date): MaybePromise<FoundSession | null>;
  /** The row that a token belongs to, without looking it up. @returns null when it belongs to none */
  keyOf(token: string): MaybePromise<SessionKey | null>;
}
