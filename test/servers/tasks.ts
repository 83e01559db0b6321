/** What the test tells its instances to do, and what they tell it. Sent with the structured clone: dates stay dates. */
import type { Adapter, SessionOptions } from "@latchkey/core";
import type { OidcOptions } from "@latchkey/providers/oauth";
import type { Sending } from "../engine/app.js";
import type { Entry } from "./history.js";
import type { Workload } from "./workload.js";

export interface Settings {
  /** Of the database. */
  url: string;
  /** To the database, at most. */
  connections: number;
  /** When the clocks of all of them showed the same, in microseconds of the machine's. */
  origin: number;
  /** Beside the password. */
  providers?: readonly OidcOptions[];
}

/** A request to the app. */
export interface Ask {
  /** Such as `"POST /signout"` */
  route: string;
  sending: Sending;
}

/** A call of the adapter itself. */
export interface AdapterCall {
  method: keyof Adapter;
  args: unknown[];
}

/** Whose access token at which provider is asked for. */
export interface TokenAsk {
  userId: string;
  provider: string;
}

/** How the app of a task is configured. */
export interface AppSettings {
  session: SessionOptions;
  /** Of its clock. */
  speed: number;
}

export type Task = Partial<AppSettings> & {
  /** Whether the history of the adapter's calls is wanted. */
  isRecorded?: boolean;
} & (
    | { kind: "ask"; asks: readonly Ask[]; atOnce: number; reports?: boolean }
    /** Starts a session of each user without a password. */
    | { kind: "start"; userIds: readonly string[]; atOnce: number }
    | { kind: "call"; calls: readonly AdapterCall[]; atOnce: number }
    /** Asks for access tokens at providers, all at once. */
    | { kind: "tokens"; asks: readonly TokenAsk[] }
    | { kind: "work"; workload: Workload }
  );

export interface Answered {
  /** Of the request in the task. */
  index: number;
  /** Status and code: `"401 invalid_credentials"`, `"303 access_denied"`, or `"200"`. */
  outcome: string;
  /** As the client would send them back; without those that clear. */
  cookies: string[];
  /** Id of the session that the body shows. */
  session: string | null;
  /** True when a sign-out ended a session. */
  revoked: boolean;
  /** Microseconds on the clock of the machine. */
  started: number;
  ended: number;
}

export interface Outcome {
  answers: Answered[];
  /** For each call or start `"done"`, `"null"`, or the code of its error; for each token that was asked for the token, or the code. */
  results: string[];
  /** The errors of the operations of a workload that failed. */
  failures: string[];
  entries: Entry[];
  /** Rejections that nobody handled, since the start. */
  unhandled: number;
}

export type ToInstance =
  | { kind: "start"; settings: Settings }
  | { kind: "task"; id: number; task: Task }
  | { kind: "stop" };
export type FromInstance =
  | { kind: "ready" }
  | { kind: "report"; answer: Answered }
  /** `id` is that of the task. */
  | { kind: "outcome"; id: number; outcome: Outcome };
