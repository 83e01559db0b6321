/** What a route is given and what it answers; nothing here knows HTTP headers but `body.ts` and the handler. */
import type { AccountManager } from "../account-manager.js";
import type { ResolvedConfig } from "../contracts/config.js";
import type { Navigation } from "../contracts/provider.js";
import type { Session } from "../model.js";
import type { SessionManager } from "../session-manager.js";

export interface RouteContext {
  config: ResolvedConfig;
  sessions: SessionManager;
  accounts: AccountManager;
  request: Request;
  /** Client address; null where nothing trustworthy names it. */
  ipAddress: string | null;
  /** Fields of the JSON or form body; empty without one. */
  input: Record<string, unknown>;
  /** What the path holds in place of `:id`. */
  id: string;
  navigation: Navigation;
}

/** What a route came to. The handler makes JSON of it, or a redirect where a form was posted. */
export interface Answer {
  status?: number;
  body: object;
  /** `Set-Cookie` values. */
  cookies?: readonly string[];
  /** The session that was started, for `authenticate`. */
  session?: Session;
  /** Where the browser is to go to prove who it is. */
  redirectUrl?: string;
  /** The whole answer, where a plugin makes its own. */
  response?: Response;
}

export interface Route {
  /** True where a page may post a form; elsewhere only JSON is read (R-C12). */
  acceptsForm?: true;
  /** True where a session may start. */
  startsSession?: true;
  /** True where a GET comes from a browser that navigates: it is answered with a redirect, failures too. */
  navigates?: true;
  /** True where the page of a provider posts (Form Post Response Mode): it is only sent on, as a GET. */
  fromElsewhere?: true;
  /** True where the body is left for the route to read. */
  readsBody?: true;
  run(context: RouteContext): Promise<Answer>;
}

/** By method and path under the base path; `:id` stands for one segment. */
export type RouteTable = Readonly<Record<string, Route>>;
