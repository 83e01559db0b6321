/** The engine as free functions: each takes a secret, a list of secrets, a config or an `Auth`. */
import { type Auth, RESOLVED } from "./auth.js";
import type { SessionOf } from "./contracts/callbacks.js";
import { isPromise } from "./contracts/deadline.js";
import type { AuthConfig } from "./contracts/options.js";
import { resolveSessionConfig, type SessionConfig } from "./contracts/session-config.js";
import { clearCookie, resolveCookie, writeCookie } from "./cookie.js";
import { DEFAULTS } from "./defaults.js";
import { AuthError } from "./errors.js";
import { addSeconds, epochSeconds, underPolicy } from "./lifetime.js";
import type { Claims, MaybePromise, RequestHeaders, Session, SessionRecord, SessionUser } from "./model.js";
import { toPublicSession } from "./session-claims.js";
import { SessionReader, type SignOutResult } from "./session-reader.js";
import { sealSigned } from "./strategies/jwt.js";
import { signInTimeOf } from "./strategies/token-session.js";
import { appClaims } from "./token/claims.js";
import type { Secret } from "./token/keyring.js";
import { createId } from "./token/opaque.js";

/** Where keys and settings come from. */
export type Source = Secret | AuthConfig | Auth;

/** The public session that a source yields. */
export type SessionFrom<Src> =
  Src extends Auth<infer S> ? S : Src extends AuthConfig ? SessionOf<Src> : Session & Claims;

/** A session for `createSessionCookie` that was made by hand, or read and changed. */
export interface SessionInput {
  user: SessionUser;
  /** ISO 8601, or a Date. */
  expires: string | Date;
  /** @default a new id */
  id?: string;
  /** @default "custom" */
  type?: string;
  [claim: string]: unknown;
}

interface Engine {
  config: SessionConfig;
  sessions: SessionReader;
}

/** Most secrets whose keys are kept; more come only from tests. */
const MEMO_SIZE = 16;
/** Keys and checked settings by source: pure values, made once because preparing an HMAC key costs more than using it. */
const engineBySecret = new Map<string, Engine>();
const engineByConfig = new WeakMap<object, Engine>();

/**
 * Reads the session of a request.
 *
 * @returns null when the token is missing, invalid or expired, or its row is gone
 * @throws AuthError `config_invalid` for a bad secret; with an adapter `unavailable` when the database cannot tell
 */
export async function getSession<const Src extends Source>(
  request: RequestHeaders,
  source: Src,
): Promise<SessionFrom<Src> | null> {
  const { config, sessions } = engineOf(source);
  const reading = sessions.read(request);
  const found = isPromise(reading) ? await reading : reading;
  return found && (toPublicSession(config, found) as MaybePromise<SessionFrom<Src>>);
}

/** Ends the session of a request where there is a row to end; the caller sends the cookies. */
export async function signOut(request: RequestHeaders, source: Source): Promise<SignOutResult> {
  return engineOf(source).sessions.signOut(request);
}

/**
 * Signs a session into a cookie, synchronously.
 *
 * @returns a complete `Set-Cookie` value whose `Max-Age` is the life that the session has left
 * @throws AuthError `config_invalid` when the source's sessions are no signed tokens; `request_invalid` for a session without
 *   user or valid `expires`; `session_too_large`
 */
export function createSessionCookie(session: SessionInput | Session, source: Source): string {
  const { config } = engineOf(source);
  if (config.strategy !== "jwt" || config.encrypt) {
    throw new AuthError("config_invalid", "createSessionCookie signs tokens; use auth.sessions for others");
  }
  const record = recordOf(session, config);
  const token = sealSigned(config, record, session.user);
  return writeCookie(token, epochSeconds(record.expires) - epochSeconds(config.now()), config.cookie);
}

/** @returns a `Set-Cookie` value that deletes the session cookie; without a source the default one */
export function clearSessionCookie(source?: Source): string {
  return clearCookie(source === undefined ? resolveCookie() : engineOf(source).config.cookie);
}

/** Checked settings behind a source. */
function engineOf(source: Source): Engine {
  if (typeof source === "string" || Array.isArray(source)) return engineOfSecret(source as Secret);
  if (typeof source !== "object" || source === null) {
    throw new AuthError("config_invalid", "secret is missing: pass AUTH_SECRET or a config");
  }
  if (RESOLVED in source) return { config: source[RESOLVED], sessions: source.sessions };
  const known = engineByConfig.get(source);
  if (known !== undefined) return known;
  const engine = createEngine(source as AuthConfig);
  engineByConfig.set(source, engine);
  return engine;
}

function engineOfSecret(secret: Secret): Engine {
  const key = typeof secret === "string" ? `one ${secret}` : `list ${JSON.stringify(secret)}`;
  const known = engineBySecret.get(key);
  if (known !== undefined) return known;
  const engine = createEngine({ secret });
  if (engineBySecret.size >= MEMO_SIZE) engineBySecret.clear();
  engineBySecret.set(key, engine);
  return engine;
}

function createEngine(options: AuthConfig): Engine {
  const config = resolveSessionConfig(options);
  return { config, sessions: new SessionReader(config) };
}

/** A record for a session that was made by hand or read and changed. Its end is cut to what the policy allows. */
function recordOf(session: SessionInput | Session, config: SessionConfig): SessionRecord {
  const { id = createId(), type = DEFAULTS.sessionType, user, expires, ...claims } = session ?? {};
  const now = config.now();
  const end = new Date(expires ?? Number.NaN);
  refuseUnless(isName(user?.id), "the session needs a user with an id");
  refuseUnless(isName(id) && isName(type), "session.id and session.type must be non-empty strings");
  refuseUnless(type !== "mcp-agent", "an agent's session is never a cookie");
  refuseUnless(!Number.isNaN(end.getTime()), "session.expires must be an ISO 8601 date");

  const signedInAt = signInTimeOf(user);
  const authenticatedAt = signedInAt === undefined ? now : new Date(signedInAt * 1000);
  const absoluteExpires = addSeconds(authenticatedAt, config.lifetime.absoluteTimeout);
  refuseUnless(signedInAt !== undefined || end <= absoluteExpires, "session.expires is past the absolute limit");
  const dates = { authenticatedAt, absoluteExpires, expires: end, createdAt: now, updatedAt: now };
  const record: SessionRecord = {
    ...{ id, type, userId: user.id, data: appClaims(claims), ...dates },
    ...{ ipAddress: null, userAgent: null, parentId: null, agentId: null, scopes: null },
  };
  const cut = underPolicy(record, config.lifetime);
  refuseUnless(
    epochSeconds(cut.expires) > epochSeconds(now),
    "session.expires is in the past, or the absolute limit is",
  );
  return cut;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function refuseUnless(condition: boolean, detail: string): asserts condition {
  if (!condition) throw new AuthError("request_invalid", detail);
}
