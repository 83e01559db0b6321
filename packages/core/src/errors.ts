/** The one error class and the closed table of its codes. What reaches the world is the table's sentence, never the detail. */

/** HTTP status and public sentence of each code. */
export const ERRORS = {
  config_invalid: [500, "The server is not configured correctly."],
  internal: [500, "Something went wrong on our side."],
  callback_failed: [500, "Something went wrong on our side."],
  claims_invalid: [500, "The session could not be created."],
  session_too_large: [500, "The session is too large for a cookie."],
  unavailable: [503, "The service is temporarily unavailable. Please try again shortly."],
  provider_unavailable: [503, "The other service is temporarily unavailable. Please try again shortly."],
  request_invalid: [400, "The request is not valid."],
  password_rejected: [400, "This password cannot be used. Choose a longer or less common one."],
  sign_in_expired: [400, "This sign-in is no longer valid. Please try again."],
  provider_rejected: [400, "The other service did not say who you are."],
  invalid_credentials: [401, "The e-mail address or the password is not right."],
  unauthorized: [401, "Unauthorized"],
  access_denied: [403, "The other service may not say who you are."],
  origin_not_allowed: [403, "This request did not come from an allowed origin."],
  user_disabled: [403, "This account is disabled."],
  session_limit_reached: [403, "Too many sessions are open. Sign out on another device first."],
  not_found: [404, "Not found."],
  user_not_found: [404, "There is no such user."],
  method_not_allowed: [405, "This method is not allowed here."],
  user_exists: [409, "An account with this address exists already."],
  account_exists: [409, "This way of signing in is already connected to an account."],
  account_link_required: [409, "An account with this address exists already. Sign in to it, then connect this way."],
  last_account: [409, "This is the only way of signing in to this account."],
  payload_too_large: [413, "The request is too large."],
  media_type_unsupported: [415, "Send JSON with the content type application/json."],
  rate_limited: [429, "Too many attempts. Please wait and try again."],
  adapter_required: [501, "This needs a database, and none is configured."],
} as const satisfies Record<string, readonly [status: number, message: string]>;

/** Stable code for programs; listed with causes and remedies in docs/errors.md. */
export type AuthErrorCode = keyof typeof ERRORS;

/** Where the code comes with more than itself. */
export interface AuthErrorOptions {
  /** What went wrong underneath. Reported to `hooks.onError`, never sent. */
  cause?: unknown;
  /** Whole seconds until another try makes sense; sent as `Retry-After` (RFC 9110 §10.2.3). */
  retryAfter?: number;
  /** `Set-Cookie` values that the answer carries all the same. */
  cookies?: readonly string[];
}

/** Marks the class in every copy of this package. */
const BRAND = Symbol.for("latchkey.AuthError");

/** Seconds that a client is asked to wait when the database or a provider cannot be reached. */
const UNAVAILABLE_RETRY_AFTER = 5;

/**
 * Every error that Latchkey throws.
 *
 * `code` is for programs, `message` is the detail for the log (never a token, a password or a provider's text),
 * `publicMessage` is the fixed sentence that clients see.
 */
export class AuthError extends Error {
  override readonly name = "AuthError";
  readonly [BRAND] = true;
  readonly code: AuthErrorCode;
  readonly status: number;
  readonly publicMessage: string;
  readonly retryAfter: number | undefined;
  readonly cookies: readonly string[];

  constructor(code: AuthErrorCode, detail?: string, options: AuthErrorOptions = {}) {
    const [status, message] = ERRORS[code];
    super(detail ?? message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.publicMessage = message;
    this.cookies = options.cookies ?? [];
    this.retryAfter = options.retryAfter ?? (status === 503 ? UNAVAILABLE_RETRY_AFTER : undefined);
  }
}

/** True for an {@link AuthError} with this code, also one from another copy of this package; other packages use that name, too. */
export function isAuthError(error: unknown, code?: AuthErrorCode): error is AuthError {
  if (!(error instanceof Error && BRAND in error)) return false;
  const own = (error as AuthError).code;
  return Object.hasOwn(ERRORS, own) && (code === undefined || own === code);
}
