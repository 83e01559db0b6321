/** What a database must do for Latchkey. Every promise here is a test of `adapterSuite`; none is optional. */
import { AuthError } from "../errors.js";
import type {
  AccountRecord,
  SessionRecord,
  SessionWithUser,
  UserRecord,
  UserWithAccount,
  VerificationRecord,
} from "../model.js";

/** A user to add; what is left out is null or false. */
export type NewUser = Pick<UserRecord, "id" | "createdAt" | "updatedAt"> & Partial<UserRecord>;
export type UserChange = Partial<Omit<UserRecord, "id" | "createdAt">>;
/** A session to add; the hash goes in and never comes out. */
export type NewSession = SessionRecord & { tokenHash: string };
export type SessionChange = Partial<Omit<NewSession, "userId" | "createdAt">>;
/** An account to add; what is left out is null. */
export type NewAccount = Pick<
  AccountRecord,
  "id" | "userId" | "provider" | "providerAccountId" | "createdAt" | "updatedAt"
> &
  Partial<AccountRecord>;
export type AccountChange = Partial<Omit<AccountRecord, "id" | "userId" | "createdAt">>;

/** What must still be so for an account to be changed. */
export type AccountCondition = { passwordHash: string } | { refreshToken: string };

/** The two ways to name one session. The id is public; the hash belongs to the secret token. */
export type SessionKey = { id: string } | { tokenHash: string };

/** How many live sessions a user may have that are not an agent's. */
export interface SessionLimit {
  max: number;
  /** What gives way when there would be more: the sessions signed in longest ago, or the new one. */
  policy: "evict-oldest" | "reject";
}

/** The two ways to ask for a user and an account at once. */
export type UserWithAccountKey = { email: string; provider: string } | { provider: string; providerAccountId: string };

export interface CreateSessionOptions {
  /** The session that the new one takes the place of; it is gone when the new one is there. */
  replaces?: SessionKey;
  limit?: SessionLimit;
  /**
   * The way in that led to the user: the session is added only while they have this account. With a password that was compared, only
   * while it has this hash; a hash that is there and undefined is no key.
   */
  account?: { id: string; passwordHash?: string };
}

export interface CreateAccountOptions {
  /** Id of the session in which the user asks for it. There and undefined, it is no key. */
  session?: string;
}

/** The sessions that went when one came. */
export interface SessionCreated {
  /** Ids removed for the limit. */
  evicted: string[];
  /** Id of the one that was replaced; null where there was none. */
  replaced: string | null;
}

/** A new password hash in the place of the one that was compared, and what becomes of the user's sessions. */
export interface PasswordReplacement {
  /** The account, with its user and the hash that was compared. */
  account: { id: string; userId: string; passwordHash: string };
  passwordHash: string;
  updatedAt: Date;
  /** The one session that goes on, and what changes in it; without it all end. */
  keep?: KeptSession;
}

/** The session of the browser that asked for a change of a credential: it goes on under a new id and token. */
export interface KeptSession {
  id: string;
  change: SessionChange;
}

/** What a change of a credential did to the sessions of its user. */
export interface FactorChanged {
  /** Ids of the sessions that ended. */
  ended: string[];
  /** The session that goes on, as it now is; null when it had ended before. */
  kept: SessionRecord | null;
}

/** A mailbox that its owner has proved to be theirs. */
export interface EmailProof {
  userId: string;
  /** The proved address; nothing happens unless it is still the user's. */
  email: string;
  /** A way in of this user that came with the proof. */
  account?: NewAccount;
  now: Date;
}

/** What the proof of a mailbox did to the user it belongs to. */
export interface EmailProved {
  /** As it now is. */
  user: UserRecord;
  /** True when the address was not proved before: all ways in and all sessions from before the proof are gone. */
  wiped: boolean;
  /** Ids of the sessions that ended. */
  ended: string[];
}

/** One more attempt of something that is limited within a window, on one counter. */
export interface Attempt {
  identifier: string;
  purpose: string;
  /** Attempts to add; negative to take back. The count never goes below zero. */
  by: number;
  /** When the window ends, if this attempt opens it. */
  expires: Date;
  /** The same for all that are counted at once. */
  now: Date;
}

export interface AttemptCount {
  attempts: number;
  /** When the window ends that the count belongs to. */
  expires: Date;
}

/**
 * A database. Errors: `AuthError` with the code that a method names; anything else that is thrown means that the database
 * could not answer, and becomes `unavailable`. A key that is not a non-empty string is refused with `request_invalid`
 * before it reaches the database ({@link requireKey}).
 */
export interface Adapter {
  /** @throws AuthError `user_exists` when the email or the phone is taken */
  createUser(user: NewUser): Promise<UserRecord>;
  /** Adds both or neither. @throws AuthError `user_exists`, `account_exists` */
  createUserWithAccount(user: NewUser, account: NewAccount): Promise<UserRecord>;
  getUser(id: string): Promise<UserRecord | null>;
  /** Compares exactly: the caller has normalised the address. */
  getUserByEmail(email: string): Promise<UserRecord | null>;
  getUserByPhone(phone: string): Promise<UserRecord | null>;
  /**
   * One statement. By address: the user, joined with the account that a provider keeps under the user's own id, as `password` does, or
   * with none. By provider account: that account, joined with its user.
   */
  getUserWithAccount(key: UserWithAccountKey): Promise<UserWithAccount | null>;
  /** @returns null when there is no such user. @throws AuthError `user_exists` */
  updateUser(id: string, change: UserChange): Promise<UserRecord | null>;
  /** Removes the user with all sessions and accounts. @returns false when there was none */
  deleteUser(id: string): Promise<boolean>;

  /**
   * Adds a session; never changes one that is there.
   *
   * With `options.limit` the number of the user's live sessions never exceeds `max`, however many calls run at once. Sessions of
   * agents do not count, evict nothing and are not refused.
   *
   * With `options.account` it is decided in the same statement that adds the session whether the account is still there, this user's
   * and, where a hash is given, with that hash: a change of the password, then an end of the user's sessions, leaves none behind that
   * began with the old one, and a proof of the mailbox none that began with an account from before.
   *
   * @returns null when the policy is `"reject"` and the user has `max` sessions; then nothing has changed
   * @throws AuthError `user_not_found` when the user does not exist; `invalid_credentials` when `options.account` does not hold any
   *   more. Then nothing has changed
   */
  createSession(session: NewSession, options?: CreateSessionOptions): Promise<SessionCreated | null>;
  /** One statement: the session joined with its user, expired or not, disabled or not. */
  getSession(key: SessionKey): Promise<SessionWithUser | null>;
  /**
   * Changes a session in one conditional statement.
   *
   * Changes nothing when the session is gone, so that a late renewal cannot revive it, and nothing unless its `updatedAt`
   * is still `condition.updatedAt`, so that of many renewals one wins.
   *
   * @returns the session as it now is; null when nothing was changed
   */
  updateSession(id: string, change: SessionChange, condition?: { updatedAt: Date }): Promise<SessionRecord | null>;
  /**
   * Removes one session; with `condition.userId` only if it is that user's.
   *
   * @returns the session that this very call removed; null when there was none
   */
  deleteSession(key: SessionKey, condition?: { userId: string }): Promise<SessionRecord | null>;
  /** Removes all sessions of a user, agents' too, but for `except`. @returns the ids removed */
  deleteUserSessions(userId: string, options?: { except?: string }): Promise<string[]>;
  /** Removes every session there is, agents' too. @returns how many */
  deleteAllSessions(): Promise<number>;
  /** The sessions of a user that have not expired, newest sign-in first. */
  listSessions(userId: string, now: Date): Promise<SessionRecord[]>;
  /** Removes at most `batch` sessions and `batch` verifications whose `expires` is less than `before`. @returns how many */
  deleteExpired(before: Date, batch: number): Promise<number>;

  /**
   * Adds an account.
   *
   * With `options.session` only while the account's user has this session, expired or not, and is not disabled. Decided in one with the
   * account: it waits for a proof of the mailbox that is under way, and then sees what became of the session.
   *
   * @throws AuthError `account_exists` when this provider account is linked already, `user_not_found` for an unknown user;
   *   `unauthorized`, before either, when `options.session` does not hold. Then nothing has changed
   */
  createAccount(account: NewAccount, options?: CreateAccountOptions): Promise<AccountRecord>;
  getAccount(key: { provider: string; providerAccountId: string }): Promise<AccountRecord | null>;
  listAccounts(userId: string): Promise<AccountRecord[]>;
  /**
   * Changes an account in one conditional statement: nothing unless each field of `condition` still has this value, so that of two
   * changes that started from the same password, or from the same refresh token, one wins. Compares exactly.
   *
   * @returns the account as it now is; null when nothing was changed
   */
  updateAccount(id: string, change: AccountChange, condition?: AccountCondition): Promise<AccountRecord | null>;
  /**
   * Replaces the hash of a password, ends the other sessions of its user, agents' too, and changes the one to keep: all of it or
   * nothing. With `createSession`'s `account` no session stays that began with the old password, whatever runs at once or crashes.
   *
   * @returns null when the account's hash is not the compared one any more, or it is not that user's; then nothing was changed
   */
  replacePassword(replacement: PasswordReplacement): Promise<FactorChanged | null>;
  /**
   * Removes an account if it is this user's. With `unlessLast` the user keeps one, however many calls run at once.
   *
   * @returns false when there was none
   * @throws AuthError `last_account` when it is the only one and `unlessLast` is set; then it is still there
   */
  deleteAccount(id: string, userId: string, options?: { unlessLast?: boolean }): Promise<boolean>;
  /**
   * Notes that a user has proved their mailbox, and adds the account that came with the proof. Where the address was not proved
   * before, whoever set the account up may have been somebody else: first all accounts, passwords too, the phone and all sessions of
   * the user go, agents' too. All of it or nothing (R-O7).
   *
   * With `createSession`'s `account` no session stays that began with an account from before, and with `createAccount`'s `session` no
   * account comes of a session from before, whatever runs at once. What is added without them may come after the proof, however early it
   * was asked for.
   *
   * @returns null when there is no such user, or the address is not theirs any more; then nothing was changed
   * @throws AuthError `account_exists` when the account is linked already, `request_invalid` when it is another user's; then nothing
   *   was changed
   */
  proveEmail(proof: EmailProof): Promise<EmailProved | null>;

  /** Stores a verification in place of the one with the same identifier and purpose. */
  createVerification(verification: VerificationRecord): Promise<void>;
  /**
   * Takes a verification out if the hash matches and it has not expired: of many calls at once, one gets it.
   *
   * @returns null otherwise; then it is still there
   */
  consumeVerification(key: {
    identifier: string;
    purpose: string;
    tokenHash: string;
    now: Date;
  }): Promise<VerificationRecord | null>;
  /**
   * Adds to counters, each of them another one, in one statement: no two calls see the same count of any. A window that has ended
   * starts anew, without the hash that it had: counting never revives a code.
   *
   * @returns the counts in the order of the attempts
   */
  countAttempt(attempts: readonly Attempt[]): Promise<AttemptCount[]>;
  /** Removes a verification or counter; nothing happens when there is none. */
  deleteVerification(key: { identifier: string; purpose: string }): Promise<void>;

  /** What is wrong with the tables, one sentence for each column, index or type; none where they are as `SCHEMA` says. */
  check(): Promise<string[]>;
}

/**
 * Refuses what an ORM would take for "no condition" or for a query object.
 *
 * @throws AuthError `request_invalid` unless `value` is a non-empty string
 */
export function requireKey(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw new AuthError("request_invalid", `${name} must be a non-empty string without NUL`);
}
