/** Runs a provider's route: from what it proved to a session. */
import type { Provider, ProviderResult, ProviderStep } from "../contracts/provider.js";
import { notify } from "../contracts/run.js";
import { AuthError, isAuthError } from "../errors.js";
import { resolveUser } from "../resolve-user.js";
import { toPublicSession } from "../session-claims.js";
import { foundIn } from "../strategies/found-row.js";
import type { Answer, Route, RouteContext, RouteTable } from "./route.js";
import { requireSession } from "./session.js";

/** The routes of all providers. @throws AuthError `config_invalid` when two claim one route */
export function providerRoutes(providers: readonly Provider[]): RouteTable {
  const table: Record<string, Route> = {};
  for (const provider of providers) {
    for (const [name, route] of Object.entries(provider.routes)) {
      if (table[name] !== undefined) throw new AuthError("config_invalid", `two providers claim the route ${name}`);
      table[name] = {
        acceptsForm: true,
        startsSession: true,
        run: async (context) => finish(await attempt(provider, route, context), provider, context),
      };
    }
  }
  return table;
}

async function attempt(
  provider: Provider,
  route: Provider["routes"][string],
  context: RouteContext,
): Promise<ProviderResult> {
  try {
    return await route(stepOf(context));
  } catch (error) {
    if (isAuthError(error) && error.status < 500) await tellFailure(provider, error, context);
    throw error;
  }
}

function stepOf(context: RouteContext): ProviderStep {
  const { config, request, input, ipAddress } = context;
  return {
    request,
    input,
    ipAddress,
    now: config.now(),
    adapter: config.adapter,
    rateLimit: config.rateLimit,
    requireSession: () => requireSession(context),
    notify: (hook, event) => notify(config.hooks, hook, event),
  };
}

async function finish(result: ProviderResult, provider: Provider, context: RouteContext): Promise<Answer> {
  return result.kind === "identity" ? signIn(result, provider, context) : changeFactor(result, context);
}

async function signIn(
  result: ProviderResult & { kind: "identity" },
  provider: Provider,
  context: RouteContext,
): Promise<Answer> {
  const { config, sessions, request, ipAddress } = context;
  const user = await resolveUser(result.identity, config);
  if (result.isNewUser) await notify(config.hooks, "onSignUp", { user, provider: provider.id, at: config.now() });
  const created = await sessions.createSession(user, request, { type: provider.type, ipAddress });
  const session = await toPublicSession(config, foundIn(created));
  return { status: result.isNewUser ? 201 : 200, body: { session }, session, cookies: [created.cookie] };
}

/**
 * Ends the other sessions before the change, so that a crash in between leaves none behind, and after it, so that none that
 * began meanwhile with the old credential stays.
 */
async function changeFactor(
  { session: found, apply }: ProviderResult & { kind: "factor-change" },
  { sessions, request }: RouteContext,
): Promise<Answer> {
  const others = { except: found.session.id, reason: "factor_changed" } as const;
  await sessions.revokeUserSessions(found.session.userId, others);
  await apply();
  await sessions.revokeUserSessions(found.session.userId, others);
  const rotated = await sessions.rotateSession(request);
  if (rotated === null) throw new AuthError("unauthorized");
  return { body: { success: true }, cookies: [rotated.cookie] };
}

async function tellFailure(provider: Provider, error: AuthError, { config, ipAddress }: RouteContext): Promise<void> {
  await notify(config.hooks, "onSignInFailed", {
    provider: provider.id,
    reason: error.code,
    userId: null,
    ipAddress,
    at: config.now(),
  });
}
