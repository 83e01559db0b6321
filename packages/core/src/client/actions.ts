/** What a person does with sessions: sign in and out, look at the list, end one. */
import type { Session } from "../model.js";
import { type Reader, type SessionResult, sessionIn } from "./reader.js";
import { isOutage, type Reply, type Requests, type Result, unexpectedAnswer } from "./requests.js";
import type { Store } from "./store.js";

/** What proves who one is, by the provider's own names: `{ email, password }`. */
export interface SignInInput {
  readonly [field: string]: unknown;
  /** Where the browser goes in the end: a path of this app. */
  readonly callbackUrl?: string;
}

/** One entry of the list of sessions; instants are ISO 8601. */
export interface ListedSession {
  readonly id: string;
  readonly type: string;
  /** True for the session of this browser. */
  readonly current: boolean;
  readonly device: string;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly createdAt: string;
  /** Last renewal. */
  readonly updatedAt: string;
  readonly expires: string;
  readonly agentId?: string;
  readonly scopes?: readonly string[];
}

/** No action rejects: each gives its values, or an `error`. */
export interface Actions<S extends Session> {
  /**
   * Signs in by a provider. With fields to prove it (`"password"`) they are posted; without, the browser goes to the provider
   * (`"google"`); an address stands for a link by e-mail.
   *
   * @returns `session` null where it is not over yet: the browser leaves, or a message is on its way
   */
  signIn(providerOrEmail: string, input?: SignInInput): Promise<SessionResult<S>>;
  /** @returns `session` null where the address must be verified first */
  signUp(input: { email: string; password: string; name?: string }): Promise<SessionResult<S>>;
  /**
   * Signs this browser out. After a failure the server is asked what is left: where it cleared the cookie and could not end the
   * session (503), the screen is signed out and `error` says so.
   *
   * @returns `revoked` false where the server keeps no row to remove
   */
  signOut(): Promise<Result<{ readonly revoked: boolean }>>;
  /** Ends every other session of the user; this one goes on under a new id. */
  changePassword(input: { currentPassword: string; newPassword: string }): Promise<SessionResult<S>>;
  listSessions(): Promise<Result<{ readonly sessions: readonly ListedSession[] }>>;
  /** Ends one session of the user; with the id of this one, signs out. */
  revokeSession(id: string): Promise<Result<object>>;
  /** @returns how many ended */
  revokeOtherSessions(): Promise<Result<{ readonly revoked: number }>>;
}

/** @param navigate Sends the browser to a path of the routes */
export function createActions<S extends Session>(
  requests: Requests,
  store: Store<S>,
  reader: Reader<S>,
  navigate: (path: string) => void,
): Actions<S> {
  async function send(...request: Parameters<Requests["send"]>): Promise<Reply> {
    const reply = await requests.send(...request);
    if (reply.error === null || isOutage(reply.error)) store.publish({ error: reply.error });
    // The session ended elsewhere, and this is how one learns of it.
    else if (reply.error.code === "unauthorized" && store.getSnapshot().session !== null) await reader.reload();
    return reply;
  }

  /** Answers count in the order in which they come: so does the browser take their cookies. */
  async function enter(path: string, input: object): Promise<SessionResult<S>> {
    const reply = await send("POST", path, input);
    if (reply.error !== null) return { error: reply.error };
    const session = sessionIn<S>(reply.body) ?? null;
    if (session !== null) reader.accept(session);
    return { session, error: null };
  }

  return {
    async signIn(provider, input = {}) {
      if (provider.includes("@")) return enter("/signin/email", { email: provider, ...input });
      const path = `/signin/${encodeURIComponent(provider)}`;
      const { callbackUrl, ...proof } = input;
      if (Object.keys(proof).length > 0) return enter(path, input);
      navigate(callbackUrl === undefined ? path : `${path}?callbackUrl=${encodeURIComponent(callbackUrl)}`);
      return { session: null, error: null };
    },
    signUp: (input) => enter("/signup", input),
    async signOut() {
      const reply = await send("POST", "/signout");
      if (reply.error === null) {
        reader.accept(null);
        return { revoked: reply.body.revoked === true, error: null };
      }
      await reader.reload({ error: reply.error });
      return { error: reply.error };
    },
    async changePassword(input) {
      const reply = await send("POST", "/password/change", input);
      if (reply.error !== null) return { error: reply.error };
      await reader.reload();
      return { session: store.getSnapshot().session, error: null };
    },
    async listSessions() {
      const reply = await send("GET", "/sessions");
      if (reply.error !== null) return { error: reply.error };
      const { sessions } = reply.body;
      return Array.isArray(sessions) ? { sessions, error: null } : { error: unexpectedAnswer(200) };
    },
    async revokeSession(id) {
      const isOwn = () => id === store.getSnapshot().session?.id;
      const wasOwn = isOwn();
      const reply = await send("DELETE", `/sessions/${encodeURIComponent(id)}`);
      if (reply.error !== null) return { error: reply.error };
      // Another session may have begun meanwhile: its cookie was cleared by this answer all the same.
      if (wasOwn || isOwn()) reader.accept(null);
      return { error: null };
    },
    async revokeOtherSessions() {
      const reply = await send("POST", "/sessions/revoke-others");
      if (reply.error !== null) return { error: reply.error };
      const { revoked } = reply.body;
      return typeof revoked === "number" ? { revoked, error: null } : { error: unexpectedAnswer(200) };
    },
  };
}
