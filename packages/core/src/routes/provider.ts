/** Runs a provider's route: from what it proved to a session. */
import type { Adapter, CreateSessionOptions } from "../contracts/adapter.js";
import type { Identity, Proof, Provider, ProviderResult, ProviderStep } from "../contracts/provider.js";
import { notify } from "../contracts/run.js";
import { clearCookie, clearOlderCookies } from "../cookie.js";
import { AuthError, isAuthError } from "../errors.js";
import { checkNavigation } from "../origin.js";
import { type ResolvedUser, resolveUser } from "../resolve-user.js";
import { toPublicSession } from "../session-claims.js";
import { signInAttempts } from "../sign-in-attempts.js";
import { foundIn } from "../strategies/found-row.js";
import type { Answer, Route, RouteContext, RouteTable } from "./route.js";
import { requireSession } from "./session.js";

type ProviderRoute = Provider["routes"][string];
const ROUTE_NAME = /^(GET|POST) \/[\w/:-]+$/;
/** Begins a sign-in elsewhere: only by what the user does (R-S15). */
const BEGINS = "GET /signin/";
/** Where the browser comes back from a provider, which may post. */
const RETURNS = "POST /callback/";

/**
 * Adds the routes of all providers to those of the engine.
 *
 * @throws AuthError `config_invalid` when two claim one route, or a name is none
 */
export function withProviderRoutes(engineRoutes: RouteTable, providers: readonly Provider[]): RouteTable {
  const table: Record<string, Route> = { ...engineRoutes };
  for (const provider of providers) {
    for (const [name, route] of Object.entries(provider.routes)) {
      if (!ROUTE_NAME.test(name))
        throw new AuthError("config_invalid", `provider "${provider.id}": ${name} is no route`);
      if (Object.hasOwn(table, name)) throw new AuthError("config_invalid", `the route ${name} is claimed twice`);
      table[name] = {
        acceptsForm: true,
        startsSession: true,
        ...(name.startsWith("GET ") && { navigates: true }),
        ...(name.startsWith(RETURNS) && { navigates: true, fromElsewhere: true }),
        run: (context) => orTellFailure(name, provider, context, () => runRoute(name, route, provider, context)),
      };
    }
  }
  return table;
}

async function runRoute(
  name: string,
  route: ProviderRoute,
  provider: Provider,
  context: RouteContext,
): Promise<Answer> {
  if (name.startsWith(BEGINS)) checkNavigation(context.request);
  const result = await route(stepOf(context));
  switch (result.kind) {
    case "identity":
      return signIn(result, provider, context);
    case "factor-change":
      return changeFactor(result, context);
    case "redirect":
      return { body: { redirectUrl: result.url }, redirectUrl: result.url };
    case "link":
      return link(result, context);
  }
}

async function orTellFailure(
  route: string,
  provider: Provider,
  { config, ipAddress }: RouteContext,
  run: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    if (isAuthError(error) && error.status < 500) {
      const event = { provider: provider.id, route, reason: error.code, ipAddress, at: config.now() };
      await notify(config.hooks, "onSignInFailed", event);
    }
    throw error;
  }
}

function stepOf(context: RouteContext): ProviderStep {
  const { config, request, input, ipAddress, navigation } = context;
  return {
    request,
    input,
    ipAddress,
    navigation,
    now: config.now(),
    adapter: config.adapter,
    rateLimit: config.rateLimit,
    baseUrl: (config.baseUrl?.origin ?? new URL(request.url).origin) + config.basePath,
    attempts: signInAttempts(config, request, navigation),
    requireSession: () => requireSession(context),
    notify: (hook, event) => notify(config.hooks, hook, event),
  };
}

async function signIn(
  { identity, isNewUser, proof }: ProviderResult & { kind: "identity" },
  provider: Provider,
  { config, sessions, request, ipAddress }: RouteContext,
): Promise<Answer> {
  const resolved = await resolveUser(identity, config);
  const { user } = resolved;
  const isNew = isNewUser || resolved.isNewUser;
  if (isNew) await notify(config.hooks, "onSignUp", { user, provider: provider.id, at: config.now() });
  const start = (account: CreateSessionOptions["account"]) =>
    sessions.createSession(user, request, { type: provider.type, ipAddress, ...(account && { account }) });
  const created = proof
    ? await whileProved(proof, start)
    : await whileLinked(identity, resolved.account, config.adapter, start);
  try {
    const session = await toPublicSession(config, foundIn(created));
    return {
      status: isNew ? 201 : 200,
      body: { session },
      session,
      cookies: [created.cookie, ...clearOlderCookies(config.cookie)],
    };
  } catch (error) {
    // Its token has not left the server; nobody would ever sign it out.
    if (config.adapter !== null) await sessions.revokeSession(created.session.id);
    throw error;
  }
}

/**
 * Starts a session; once more with the hash that the account has by now, where that matches, too. The same hash again means that
 * somebody else refused: a callback of the app, say.
 *
 * @throws AuthError `invalid_credentials` when the password was changed meanwhile; whatever `start` throws
 */
async function whileProved<T>(proof: Proof, start: (account: Proof["account"]) => Promise<T>): Promise<T> {
  try {
    return await start(proof.account);
  } catch (error) {
    if (!isAuthError(error, "invalid_credentials")) throw error;
    const account = await proof.compareAgain();
    if (account === null || account.passwordHash === proof.account.passwordHash) throw error;
    return whileProved({ ...proof, account }, start);
  }
}

/**
 * Starts a session while the account that led to the user is theirs. That it still is means that somebody else refused: a callback of the
 * app, say.
 *
 * @throws AuthError `sign_in_expired` when the account was removed meanwhile, as by a proof of the mailbox (R-O7); whatever `start` throws
 */
async function whileLinked<T>(
  { provider, providerAccountId }: Identity,
  account: ResolvedUser["account"],
  adapter: Adapter | null,
  start: (account: ResolvedUser["account"]) => Promise<T>,
): Promise<T> {
  try {
    return await start(account);
  } catch (error) {
    if (account === undefined || adapter === null || !isAuthError(error, "invalid_credentials")) throw error;
    const current = await adapter.getAccount({ provider, providerAccountId });
    if (current?.id === account.id) throw error;
    throw new AuthError("sign_in_expired", "the account was removed while the sign-in went on", { cause: error });
  }
}

/** @throws AuthError `sign_in_expired` when the session ended meanwhile, as by a proof of the mailbox (R-O7) */
async function link(
  { identity, session: { session } }: ProviderResult & { kind: "link" },
  { accounts }: RouteContext,
): Promise<Answer> {
  try {
    await accounts.link(session, identity);
  } catch (cause) {
    if (!isAuthError(cause, "unauthorized")) throw cause;
    throw new AuthError("sign_in_expired", "the session ended while the account was being linked", { cause });
  }
  return { body: { success: true } };
}

/** Changes the credential, ends the other sessions and gives this one a new token, in one transaction (F-1…F-3); then tells the app. */
async function changeFactor(
  { session: { session }, apply, announce }: ProviderResult & { kind: "factor-change" },
  { config, sessions, request }: RouteContext,
): Promise<Answer> {
  // A change that was sent twice: the first has given this browser a new session, which is not the one to keep any more.
  const found = await sessions.read(request);
  if (found?.session.id !== session.id) throw new AuthError("unauthorized");
  const { rotated, ended } = await sessions.changeFactor(found, apply);
  // Signed out in another tab meanwhile: the change is made all the same.
  const cookies = [rotated?.cookie ?? clearCookie(config.cookie)];
  try {
    await sessions.tellFactorChanged(session.userId, ended);
    await announce();
  } catch (error) {
    // The change is made: the browser needs its new token even where the app could not be told.
    throw isAuthError(error) ? new AuthError(error.code, error.message, { cause: error.cause, cookies }) : error;
  }
  return { body: { success: true }, cookies };
}
