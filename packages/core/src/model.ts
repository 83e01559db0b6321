/** The records that the engine works with. Field names equal the table columns of `schema.ts`. */

/** What of a user a session carries: safe to show to that user. */
export interface SessionUser {
  id: string;
  email?: string | null;
  name?: string | null;
  picture?: string | null;
}

/** A row of `users`. */
export interface UserRecord {
  id: string;
  /** Normalised address, see `normalizeEmail`; unique. */
  email: string | null;
  emailVerified: boolean;
  /** E.164; unique. */
  phone: string | null;
  phoneVerified: boolean;
  name: string | null;
  picture: string | null;
  createdAt: Date;
  updatedAt: Date;
  /** Since when nobody may sign in as this user; `null` while they may. */
  disabledAt: Date | null;
}

/** JSON claims of the app: what `callbacks.jwt` added. */
export type Claims = Record<string, unknown>;

/** A row of `sessions`, without the hash of its token: no reader needs that back. */
export interface SessionRecord {
  /** The `sid`: public-safe, shown in lists and logs. Never a credential. */
  id: string;
  userId: string;
  /** The method of sign-in (`"password"`, `"oauth"`, …) or `"mcp-agent"`. */
  type: string;
  /** First instant at which the session is over, in whole seconds. Moves with renewal, never past `absoluteExpires`. */
  expires: Date;
  /** No renewal goes past it; only a new sign-in does. */
  absoluteExpires: Date;
  /** When the user last proved who they are. */
  authenticatedAt: Date;
  ipAddress: string | null;
  userAgent: string | null;
  data: Claims;
  parentId: string | null;
  agentId: string | null;
  scopes: string[] | null;
  createdAt: Date;
  /** Last renewal: "last active", exact to `renewEvery`. Also the generation that a renewal is conditional on. */
  updatedAt: Date;
}

/** A session joined with its user: what one read of the database returns. */
export interface SessionWithUser {
  session: SessionRecord;
  user: UserRecord;
}

/** A row of `accounts`: one way in of one user. */
export interface AccountRecord {
  id: string;
  userId: string;
  /** Provider id, such as `"password"` or `"google"`. */
  provider: string;
  /** The user's id at that provider; for `"password"` our own user id. Unique together with `provider`. */
  providerAccountId: string;
  /** PHC string with its parameters, for `"password"` only. */
  passwordHash: string | null;
  /** The provider's tokens, encrypted. */
  accessToken: string | null;
  refreshToken: string | null;
  idToken: string | null;
  accessTokenExpires: Date | null;
  scope: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** A user joined with their account at one provider. */
export interface UserWithAccount {
  user: UserRecord;
  account: AccountRecord | null;
}

/** A row of `verifications`: a code or link that was sent, or a counter of attempts. */
export interface VerificationRecord {
  id: string;
  identifier: string;
  /** What it is good for. Unique together with `identifier`. */
  purpose: string;
  tokenHash: string;
  attempts: number;
  expires: Date;
  createdAt: Date;
}

/**
 * The public session: safe to send to a client. Never contains the token.
 *
 * The app's own claims stand beside these fields.
 */
export interface Session {
  id: string;
  /** The method of sign-in, or `"mcp-agent"`. */
  type: string;
  user: SessionUser;
  /** ISO 8601 instant at which it ends unless renewed. */
  expires: string;
}

/** Anything that carries request headers: a `Request`, or a binding's view of its native request. */
export interface RequestHeaders {
  readonly headers: { get(name: string): string | null };
}

/** A value or a promise of it. */
export type MaybePromise<T> = T | Promise<T>;
