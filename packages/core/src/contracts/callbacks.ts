/** The app's three functions `user`, `jwt` and `session`, its hooks, and the types that flow from them. */
import type { AuthError, AuthErrorCode } from "../errors.js";
import type { Claims, MaybePromise, Session, SessionRecord, SessionUser } from "../model.js";
import type { TokenClaims } from "../token/claims.js";

/** Why claims are made: a new session, a renewal of one, or a new token for one. */
export type ClaimsReason = "sign-in" | "renewal" | "rotation";

/** What `callbacks.user` is told beside the profile. */
export interface UserContext {
  provider: string;
  /** As the provider said it: never to look a user up by, unless it is verified and you believe the provider. */
  email: string | null;
  emailVerified: boolean;
  /** The provider is trusted for this address: it runs the mailbox, or `trustEmail` says so. */
  emailTrusted: boolean;
}

/** Functions of the app. Each may be asynchronous and has 5 seconds; one that throws fails the request, closed. */
export interface Callbacks {
  /**
   * Decides which user a proved identity is. What it returns goes into the session; its `id` is the session's user.
   *
   * `profile.email` is an address that the provider calls verified, or null; `context.email` is whatever it said.
   */
  user?(profile: SessionUser, context: UserContext): MaybePromise<SessionUser>;
  /**
   * Adds the app's claims: changes `token` or returns another object. May set `exp` (seconds since 1970), within the absolute
   * limit; the other claims of {@link TokenClaims} stay as they are.
   */
  jwt?(
    token: TokenClaims,
    context: { user: SessionUser; reason: ClaimsReason },
  ): MaybePromise<object | undefined | void>;
  /** Shapes what clients see: changes `session` or returns another object. Runs at every read. */
  session?(session: Session & Claims): MaybePromise<object | undefined | void>;
}

/** Why a session was ended by other means than its own sign-out. */
export type RevocationReason = "revoked" | "replaced" | "evicted" | "factor_changed" | "hook_failed" | "email_proved";

/**
 * Told of each outcome; awaited, with 5 seconds. One that throws fails the request with `callback_failed`; a session being
 * created is then removed, a revocation that was done stays done.
 */
export interface Hooks {
  /** A user is about to be added. Throw an `AuthError` to refuse. */
  beforeSignUp?(event: { profile: Omit<SessionUser, "id">; provider: string; at: Date }): MaybePromise<void>;
  /** A session is about to start. Throw an `AuthError` to refuse; a user who was added by this sign-in stays. */
  beforeSignIn?(event: { user: SessionUser; type: string; at: Date }): MaybePromise<void>;
  /** A session is about to end because its browser asks for it. It ends also when this throws. */
  beforeSignOut?(event: { session: SessionRecord; at: Date }): MaybePromise<void>;
  onSignUp?(event: { user: SessionUser; provider: string; at: Date }): MaybePromise<void>;
  onSignIn?(event: { user: SessionUser; session: SessionRecord; at: Date }): MaybePromise<void>;
  /** A sign-in, a sign-up or a change of a credential was refused. `route` says which: `"POST /signin/password"`. */
  onSignInFailed?(event: {
    provider: string;
    route: string;
    reason: AuthErrorCode;
    ipAddress: string | null;
    at: Date;
  }): MaybePromise<void>;
  onSignOut?(event: { userId: string; sessionId: string; at: Date }): MaybePromise<void>;
  onSessionRenewed?(event: { userId: string; sessionId: string; expires: Date; at: Date }): MaybePromise<void>;
  onSessionRevoked?(event: {
    userId: string | null;
    sessionIds: string[];
    reason: RevocationReason;
    at: Date;
  }): MaybePromise<void>;
  /** A way in was added to a user. `wiped`: the address was not proved before, and what came before the proof is gone. */
  onAccountLinked?(event: {
    userId: string;
    accountId: string;
    provider: string;
    wiped: boolean;
    at: Date;
  }): MaybePromise<void>;
  onAccountUnlinked?(event: { userId: string; accountId: string; at: Date }): MaybePromise<void>;
  onPasswordChanged?(event: { userId: string; at: Date }): MaybePromise<void>;
  /** Two session cookies with different values came in one request: somebody may be planting one. */
  onCookieRejected?(event: { reason: "conflicting"; at: Date }): MaybePromise<void>;
  /** Every error that becomes an answer with status 500 or above. @default writes code and detail to `console.error` */
  onError?(error: AuthError): MaybePromise<void>;
}

/** Literal keys of T, without an index signature and without what the engine writes itself. */
type AppKeys<T> = {
  [K in keyof T as string extends K
    ? never
    : number extends K
      ? never
      : K extends keyof Session | keyof ReservedClaims
        ? never
        : K]: T[K];
};
type ReservedClaims = Record<"sub" | "sid" | "iat" | "exp" | "auth_time" | "nbf" | "iss" | "aud" | "jti", unknown>;

type Result<F> = F extends (...args: never[]) => infer R ? Exclude<Awaited<R>, undefined | void> : never;
type Callback<C, Name extends string> = C extends { callbacks?: infer B }
  ? B extends { [K in Name]?: infer F }
    ? F
    : never
  : never;
type Added<F> = [Result<F>] extends [never]
  ? unknown
  : keyof AppKeys<Result<F>> extends never
    ? Claims
    : AppKeys<Result<F>>;

/** The public session of a config: the fixed fields and what its `jwt` and `session` callbacks return. */
export type SessionOf<C> = Session &
  Added<NonNullable<Callback<C, "jwt">>> &
  Added<NonNullable<Callback<C, "session">>>;
