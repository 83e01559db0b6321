/** What a plugin adds to an app: routes of its own, and functions that are told of sign-ins. */
import type { MaybePromise, SessionRecord, SessionUser, SessionWithUser } from "../model.js";
import type { Adapter } from "./adapter.js";

/** What a plugin's route is given beside the request, whose body it reads itself. */
export interface PluginContext {
  ipAddress: string | null;
  now: Date;
  adapter: Adapter | null;
  /** The session of this browser. @throws AuthError `unauthorized` without one */
  requireSession(): Promise<SessionWithUser>;
}

/** Each may be asynchronous and has 5 seconds. A `before…` that throws an `AuthError` refuses, but for a sign-out. */
export interface PluginHooks {
  beforeSignUp?(data: Omit<SessionUser, "id">): MaybePromise<void>;
  afterSignUp?(user: SessionUser): MaybePromise<void>;
  beforeSignIn?(user: SessionUser): MaybePromise<void>;
  afterSignIn?(user: SessionUser, session: SessionRecord): MaybePromise<void>;
  beforeSignOut?(session: SessionRecord): MaybePromise<void>;
}

export interface Plugin {
  /** Unique among the plugins of a config. */
  readonly id: string;
  /**
   * By method and path under the base path: `"POST /newsletter/join"`. Other than GET is refused from origins that are not the app's own,
   * before the route runs. Answers that say nothing of caches are `no-store`.
   */
  readonly routes?: Readonly<Record<string, (request: Request, context: PluginContext) => MaybePromise<Response>>>;
  readonly hooks?: PluginHooks;
}
