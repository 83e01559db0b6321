/** What providers answer in their own ways, in ours. */
import { AuthError } from "@latchkey/core";

/** RFC 6749 §4.1.2.1, and what Apple and LinkedIn say in its place. */
const DENIED: ReadonlySet<string> = new Set(["access_denied", "user_cancelled_authorize", "user_cancelled_login"]);

/** @param error The code that came to the callback: compared, and never passed on */
export function refusalOf(provider: string, error: string): AuthError {
  if (DENIED.has(error)) return new AuthError("access_denied", `${provider}: the user did not grant access`);
  if (error === "temporarily_unavailable" || error === "server_error")
    return new AuthError("provider_unavailable", `${provider}: the provider cannot answer now`);
  return new AuthError("provider_rejected", `${provider}: the provider refused the request`);
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
