/** How a session becomes a token and back. */
import type { SessionKey } from "../contracts/adapter.js";
import type { MaybePromise, SessionRecord, SessionUser, UserRecord } from "../model.js";

/** A user as a session knows them: with an adapter the whole record, from a token alone what it carries. */
export type FoundUser = SessionUser & Partial<UserRecord>;

/** A session that a token led to; its lifetime is not yet judged. */
export interface FoundSession {
  session: SessionRecord;
  user: FoundUser;
  /** True when the token was made to live longer than the row yet does, so that the row is due to follow. */
  outlivesRow: boolean;
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
  /** Finds the session of a token. @returns null for a token that is not ours or whose row is gone */
  read(token: string, now: Date): MaybePromise<FoundSession | null>;
  /** The row that a token belongs to, without looking it up. @returns null when it belongs to none */
  keyOf(token: string): MaybePromise<SessionKey | null>;
}
