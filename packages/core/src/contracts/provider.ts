/** What a provider is: one way of proving who you are. It yields an identity, never a session. */

import type { SessionWithUser } from "../model.js";
import type { Adapter } from "./adapter.js";
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
  name?: string | null;
  picture?: string | null;
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
  /** The session of this browser. @throws AuthError `unauthorized` without one */
  requireSession(): Promise<SessionWithUser>;
  /** Tells the app's hook, awaited. */
  notify<N extends keyof Hooks>(hook: N, event: Parameters<NonNullable<Hooks[N]>>[0]): Promise<void>;
}

/** What a route came to. */
export type ProviderResult =
  /** Proved: the engine finds the user and starts a session. Answers 201 for a new user, else 200. */
  | {
      kind: "identity";
      identity: Identity;
      isNewUser: boolean;
      /**
       * Asked once the session is written: false when what was proved does not hold any more, because the password was changed
       * meanwhile, say. The session is then removed, and the answer is `invalid_credentials`.
       */
      confirm?(): Promise<boolean>;
    }
  /**
   * A credential of the signed-in user is to change: every other session ends, before and after, and this one gets a new token.
   */
  | {
      kind: "factor-change";
      session: SessionWithUser;
      apply(): Promise<void>;
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
}
