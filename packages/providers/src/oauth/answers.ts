/** What providers answer in their own ways, in ours. */
import { AuthError } from "@latchkey/core";
import type { Profile } from "./definition.js";

/** RFC 6749 §4.1.2.1, and what Apple and LinkedIn say in its place. */
const DENIED: ReadonlySet<string> = new Set(["access_denied", "user_cancelled_authorize", "user_cancelled_login"]);

/** @param error The code that came to the callback: compared, and never passed on */
export function refusalOf(provider: string, error: string): AuthError {
  if (DENIED.has(error)) return new AuthError("access_denied", `${provider}: the user did not grant access`);
  if (error === "temporarily_unavailable" || error === "server_error")
    return new AuthError("provider_unavailable", `${provider}: the provider cannot answer now`);
  return new AuthError("provider_rejected", `${provider}: the provider refused the request`);
}

/** @throws AuthError `provider_rejected` unless it is a JSON object */
export function objectOf(provider: string, value: unknown): Profile {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Profile;
  throw new AuthError("provider_rejected", `${provider}: the profile is no object`);
}

/** Twitch lists the scopes that RFC 6749 §5.1 has in one text. */
export async function withScopeText(answer: Response): Promise<Response> {
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => null);
  if (typeof body !== "object" || body === null || !("scope" in body) || !Array.isArray(body.scope)) return answer;
  const { status, headers } = answer;
  return new Response(JSON.stringify({ ...body, scope: body.scope.join(" ") }), { status, headers });
}

interface Tokens {
  access_token: string;
  token_type: string;
  refresh_token?: string | undefined;
  id_token?: string | undefined;
}

/** Longest token that is kept: what a column of 64 KiB holds when it is encrypted, with room to spare. */
const MAX_TOKEN = 16_384;
/** RFC 6749 appendices A.12 and A.17: what is anything else cannot be sent in a header, nor kept by every database. */
const TOKEN = /^[\x20-\x7e]+$/;

/**
 * Refuses tokens that are of no use here: bound to a key that we have not (RFC 9449), not to be sent, or beyond all measure.
 *
 * @throws AuthError `provider_rejected`; never with the token
 */
export function refuseUnusable(provider: string, answer: Tokens): void {
  const tokens = [answer.access_token, answer.refresh_token, answer.id_token].filter((token) => token !== undefined);
  const isUsable = tokens.every((token) => token.length <= MAX_TOKEN && TOKEN.test(token));
  if (answer.token_type === "bearer" && isUsable) return;
  throw new AuthError("provider_rejected", `${provider}: a token is of a kind that cannot be used`);
}
