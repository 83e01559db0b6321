/** `@latchkey/core`: everything that apps, adapters, providers and bindings import. */
export type { Account, AccountManager } from "./account-manager.js";
export { type Auth, type AuthenticateResult, createAuth, type RenewedSession } from "./auth.js";
export { authenticate } from "./authenticate.js";
export type {
  AccountChange,
  AccountCondition,
  Adapter,
  Attempt,
  AttemptCount,
  CreateAccountOptions,
  CreateSessionOptions,
  EmailProof,
  EmailProved,
  FactorChanged,
  KeptSession,
  NewAccount,
  NewSession,
  NewUser,
  PasswordReplacement,
  SessionChange,
  SessionCreated,
  SessionKey,
  SessionLimit,
  UserChange,
  UserWithAccountKey,
} from "./contracts/adapter.js";
export { requireKey } from "./contracts/adapter.js";
export type {
  Callbacks,
  ClaimsReason,
  Hooks,
  RevocationReason,
  SessionOf,
  UserContext,
} from "./contracts/callbacks.js";
export type { AuthConfig, SessionOptions } from "./contracts/options.js";
export type { Plugin, PluginContext, PluginHooks } from "./contracts/plugin.js";
export type {
  Identity,
  Navigation,
  Proof,
  Provider,
  ProviderResult,
  ProviderStep,
  ProviderTokens,
  RateLimits,
  SignInAttempts,
} from "./contracts/provider.js";
export type { CookieOptions } from "./cookie.js";
export { DEFAULTS } from "./defaults.js";
export { deviceName } from "./device.js";
export { normalizeEmail } from "./email.js";
export { AuthError, type AuthErrorCode, type AuthErrorOptions, ERRORS, isAuthError } from "./errors.js";
export {
  clearSessionCookie,
  createSessionCookie,
  getSession,
  type SessionFrom,
  type SessionInput,
  type Source,
  signOut,
} from "./functions.js";
export type { Connection } from "./handler.js";
export { networkOf, type TrustedProxies } from "./ip.js";
export { type Duration, type LifetimeOptions, parseDuration } from "./lifetime.js";
export type {
  AccountRecord,
  Claims,
  MaybePromise,
  RequestHeaders,
  Session,
  SessionRecord,
  SessionUser,
  SessionWithUser,
  UserRecord,
  UserWithAccount,
  VerificationRecord,
} from "./model.js";
export { safeRedirect } from "./origin.js";
export { type Column, type ColumnKind, SCHEMA, type Table } from "./schema.js";
export type { NewSessionOptions, SessionManager } from "./session-manager.js";
export type { SessionReader, SignOutResult } from "./session-reader.js";
export type { SessionWithCookie } from "./session-renewal.js";
export type { TokenClaims } from "./token/claims.js";
export type { Secret } from "./token/keyring.js";
export { createId } from "./token/opaque.js";
