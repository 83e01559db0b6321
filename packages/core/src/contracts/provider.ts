/** What a provider is: one way of proving who you are. It yields an identity, never a session. */

import type { SessionWithUser } from "../model.js";
import type { Adapter, FactorChanged, KeptSession } from "./adapter.js";
import type { Hooks } from "./callbacks.js";

/** What was proved. `resolveUser` decides which of our users it is. */
export interface Identity {
  /** Id of the provider that proved it. */
  provider: string;
  /** Stable id at that provider: never an address that can change hands. */
  providerAccountId: string;
  /** Our user, where the provider keeps its own record of that. */
  userId?: string;
  email?: string | null;
  emailVerified?: boolean;
  /** The provider is trusted for this address: its word, that the address is verified, proves the mailbox (R-O7). */
  emailTrusted?: boolean;
  name?: string | null;
  picture?: string | null;
  /** What the provider lets us ask it with; kept encrypted with the account. */
  tokens?: ProviderTokens;
}

/** Tokens of an OAuth provider, in clear: never in an answer, a log or a row. */
export interface ProviderTokens {
  accessToken: string;
  /** Left out where the provider gave no new one. */
  refreshToken?: string;
  idToken?: string;
  /** When the access token ends; left out where nobody said. */
  accessTokenExpires?: Date;
  /** Scopes that were granted, separated by spaces. */
  scope?: string;
}

/** Where the browser goes on, once a route knows it; the handler looks here after the route has answered or failed. */
export interface Navigation {
  /** After success, checked by the handler. @default `successRedirect` */
  callbackUrl?: string | undefined;
  /** After a failure, checked by the handler. @default `errorRedirect` */
  errorUrl?: string | undefined;
  /** `Set-Cookie` values that every answer carries. */
  cookies: string[];
}

/** Limits on guessing; counts are shared by all processes on one database. */
export interface RateLimits {
  /** Failed attempts in a row on one account. */
  perAccount: number;
  /** Failed attempts from one address. */
  perIp: number;
  /** Seconds after the first failure until the count starts anew. */
  window: number;
}

/** Sign-ins that end in another request of the same browser. Each is kept in a sealed cookie for ten minutes. */
export interface SignInAttempts {
  createId(): string;
  /** Keeps an attempt. The request that ends it must be a navigation by GET: a post of another site's page brings no cookie. */
  start(id: string, content: Record<string, unknown>): Promise<void>;
  /** @returns what was kept; null for an attempt that this browser did not begin, or that is over */
  read(id: string): Promise<Record<string, unknown> | null>;
  /** Marks an attempt as used. @returns true for one of many calls at once, where there is a database */
  use(id: string): Promise<boolean>;
  /** Takes the mark back: nothing came of it, and it may be tried again. */
  giveBack(id: string): Promise<void>;
  /** Deletes the cookie of an attempt. */
  end(id: string): void;
}

/** One request, as a provider's route sees it. */
export interface ProviderStep {
  request: Request;
  /** The JSON or form fields of the body; values not yet checked. */
  input: Record<string, unknown>;
  /** Client address, as far as the proxies on the way can be trusted. */
  ipAddress: string | null;
  now: Date;
  /** Present wherever `needsAdapter` is set. */
  adapter: Adapter | null;
  rateLimit: RateLimits;
  /** Origin of the app and path of its routes: `"https://app.example.com/auth"`. From `baseUrl` where it is set. */
  baseUrl: string;
  navigation: Navigation;
  /** Sign-ins that this browser has under way elsewhere. */
  attempts: SignInAttempts;
  /** The session of this browser. @throws AuthError `unauthorized` without one */
  requireSession(): Promise<SessionWithUser>;
  /** Tells the app's hook, awaited. */
  notify<N extends keyof Hooks>(hook: N, event: Parameters<NonNullable<Hooks[N]>>[0]): Promise<void>;
}

/** A password that was compared: a change of it must leave no session behind that starts with the old one (I1). */
export interface Proof {
  /** The account, with the hash that matched. The session starts only while the account has this hash. */
  account: { id: string; passwordHash: string };
  /**
   * Compares once more with the hash that the account has by now. That another one is there need not mean another password: hashes
   * are renewed.
   *
   * @returns the account as it is now; null when the password does not match any more, and the answer is `invalid_credentials`
   */
  compareAgain(): Promise<{ id: string; passwordHash: string } | null>;
}

/** What a route came to. */
export type ProviderResult =
  /** Proved: the engine finds the user and starts a session. Answers 201 for a new user, else 200. */
  | {
      kind: "identity";
      identity: Identity;
      isNewUser: boolean;
      /** Left out where what was proved cannot change while the session starts. */
      proof?: Proof;
    }
  /** The browser is to prove it elsewhere: a redirect, or `{ redirectUrl }` for a script that asks. */
  | { kind: "redirect"; url: string }
  /** Proved, to be linked to the signed-in user, whose session goes on. */
  | { kind: "link"; identity: Identity; session: SessionWithUser }
  /**
   * A credential of the signed-in user is to change: with it every other session ends, and this one gets a new token.
   */
  | {
      kind: "factor-change";
      session: SessionWithUser;
      /**
       * Writes the credential and what becomes of the sessions in one transaction, such as `adapter.replacePassword`: a crash leaves
       * all or nothing of it.
       */
      apply(keep: KeptSession): Promise<FactorChanged>;
      /** Tells the app, once all is done. */
      announce(): Promise<void>;
    };

export interface Provider {
  /** Unique among the providers of a config; also the last segment of its routes. */
  readonly id: string;
  /** `session.type` of the sessions that it starts. */
  readonly type: string;
  /** True when it keeps users or accounts of its own. */
  readonly needsAdapter: boolean;
  /** By method and path under the base path: `"POST /signin/password"`. */
  readonly routes: Readonly<Record<string, (step: ProviderStep) => Promise<ProviderResult>>>;
  /** Path of the callback where the app registered another one than `/callback/:id` under the base path. */
  readonly callbackPath?: string;
  /**
   * Trades a refresh token for a new access token (RFC 6749 §6).
   *
   * @throws AuthError `provider_rejected` when the token is good no more; `provider_unavailable` when nobody can tell
   */
  refresh?(refreshToken: string, now: Date): Promise<ProviderTokens>;
}
