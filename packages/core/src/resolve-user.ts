/** Decides which of our users an identity is: `callbacks.user`, then what the provider keeps, then the linked account, then safe linking. */
import type { Adapter, NewAccount } from "./contracts/adapter.js";
import type { UserContext } from "./contracts/callbacks.js";
import type { ResolvedConfig } from "./contracts/config.js";
import type { Identity } from "./contracts/provider.js";
import { notify, runCallback } from "./contracts/run.js";
import { AuthError, isAuthError } from "./errors.js";
import type { SessionUser, UserRecord } from "./model.js";
import { sealTokens } from "./provider-tokens.js";
import { isObject } from "./token/claims.js";
import { createId } from "./token/opaque.js";

export interface ResolvedUser {
  user: SessionUser;
  /** True when this very call added the user. */
  isNewUser: boolean;
  /** The account that led to the user; left out where the database has none of theirs. */
  account?: { id: string };
}

/** Rounds of asking and adding. More than one is needed only while others add or remove the same user at once. */
const MAX_ROUNDS = 4;

/**
 * @returns the user whose session starts
 * @throws AuthError `account_link_required` when the address belongs to a user whom this identity does not prove; `user_disabled`,
 *   `callback_failed`
 */
export async function resolveUser(identity: Identity, config: ResolvedConfig): Promise<ResolvedUser> {
  const { adapter } = config;
  if (config.callbacks.user !== undefined) return chooseUser(identity, config);
  if (identity.userId !== undefined || adapter === null) return { user: profileOf(identity), isNewUser: false };

  // Somebody else may add or remove the same user between two statements: ask again and converge (F-8).
  for (let round = 1; round < MAX_ROUNDS; round++) {
    const resolved = await linkedUser(identity, adapter, config).catch(nullOnRace);
    if (resolved !== null) return resolved;
  }
  throw new AuthError("unavailable", "the user changed while the sign-in went on");
}

/**
 * The identity as the app sees it. An address that the provider does not call verified is whatever somebody typed there: an app that
 * looks its user up by it, as many do, would give one user's account to another (R-O7).
 */
function profileOf(identity: Identity): SessionUser {
  const { userId, providerAccountId, email = null, name = null, picture = null } = identity;
  const isKnown = userId !== undefined || identity.emailVerified === true;
  return { id: userId ?? providerAccountId, email: isKnown ? email : null, name, picture };
}

/** The account that an identity becomes. */
export async function accountFor(identity: Identity, userId: string, config: ResolvedConfig): Promise<NewAccount> {
  const now = config.now();
  const key = { provider: identity.provider, providerAccountId: identity.providerAccountId };
  const tokens = await sealTokens(identity.tokens, key, config.keyring);
  return { ...key, ...tokens, id: createId(), userId, createdAt: now, updatedAt: now };
}

/** The app decides. With an adapter the account is written down for its user, unless it has another's already. */
async function chooseUser(identity: Identity, config: ResolvedConfig): Promise<ResolvedUser> {
  const { callbacks, adapter } = config;
  const chosen = await runCallback("callbacks.user", () => callbacks.user?.(profileOf(identity), contextOf(identity)));
  if (!isObject(chosen) || typeof chosen.id !== "string" || chosen.id === "")
    throw new AuthError("callback_failed", "callbacks.user must return a user with an id");
  const isKept = adapter !== null && identity.userId === undefined;
  const account = isKept ? await keepAccount(identity, chosen.id, adapter, config) : null;
  return { user: chosen, isNewUser: false, ...(account && { account }) };
}

function contextOf({ provider, email = null, emailVerified = false, emailTrusted = false }: Identity): UserContext {
  return { provider, email, emailVerified, emailTrusted };
}

/** @returns null where the account is another user's, and for a user whom the app keeps elsewhere */
async function keepAccount(
  identity: Identity,
  userId: string,
  adapter: Adapter,
  config: ResolvedConfig,
): Promise<{ id: string } | null> {
  const { provider, providerAccountId } = identity;
  const known = await adapter.getAccount({ provider, providerAccountId });
  if (known?.userId === userId) await refreshTokens(known.id, identity, adapter, config);
  if (known !== null) return known.userId === userId ? { id: known.id } : null;
  try {
    return { id: (await adapter.createAccount(await accountFor(identity, userId, config))).id };
  } catch (error) {
    if (isAuthError(error, "user_not_found")) return null;
    if (!isAuthError(error, "account_exists")) throw error;
    // Added by a sign-in at the same time.
    const added = await adapter.getAccount({ provider, providerAccountId });
    return added?.userId === userId ? { id: added.id } : null;
  }
}

/** @returns null when somebody else was first */
async function linkedUser(identity: Identity, adapter: Adapter, config: ResolvedConfig): Promise<ResolvedUser | null> {
  const { provider, providerAccountId } = identity;
  const linked = await adapter.getUserWithAccount({ provider, providerAccountId });
  if (linked !== null) {
    refuseDisabled(linked.user);
    if (linked.account !== null) await refreshTokens(linked.account.id, identity, adapter, config);
    return { user: linked.user, isNewUser: false, ...(linked.account && { account: { id: linked.account.id } }) };
  }
  const owner = identity.email ? await adapter.getUserByEmail(identity.email) : null;
  return owner === null ? addUser(identity, adapter, config) : linkOwner(identity, owner, adapter, config);
}

async function addUser(identity: Identity, adapter: Adapter, config: ResolvedConfig): Promise<ResolvedUser> {
  const { provider, email = null, emailVerified = false, emailTrusted = false, name = null, picture = null } = identity;
  const at = config.now();
  await notify(config.hooks, "beforeSignUp", { profile: profileOf(identity), provider, at });
  const id = createId();
  // An address that nobody proved is not kept: its owner could not sign up any more. One that is only said to be proved is kept, and
  // does not count as proved.
  const address = emailVerified ? { email, emailVerified: emailTrusted } : {};
  const account = await accountFor(identity, id, config);
  const user = await adapter.createUserWithAccount(
    { id, ...address, name, picture, createdAt: at, updatedAt: at },
    account,
  );
  return { user, isNewUser: true, account: { id: account.id } };
}

/** The address is a user's already: only who is trusted to know whose mailbox it is may lead to that user (R-O7). */
async function linkOwner(
  identity: Identity,
  owner: UserRecord,
  adapter: Adapter,
  config: ResolvedConfig,
): Promise<ResolvedUser | null> {
  const { provider, email } = identity;
  if (!email || identity.emailVerified !== true || identity.emailTrusted !== true) {
    throw new AuthError("account_link_required", `${provider} is not trusted for the address of this user`);
  }
  refuseDisabled(owner);
  const account = await accountFor(identity, owner.id, config);
  const proved = await adapter.proveEmail({ userId: owner.id, email, account, now: config.now() });
  if (proved === null) return null;
  const { user, ended, wiped } = proved;
  const at = config.now();
  if (ended.length > 0)
    await notify(config.hooks, "onSessionRevoked", { userId: user.id, sessionIds: ended, reason: "email_proved", at });
  await notify(config.hooks, "onAccountLinked", { userId: user.id, accountId: account.id, provider, wiped, at });
  return { user, isNewUser: false, account: { id: account.id } };
}

async function refreshTokens(accountId: string, identity: Identity, adapter: Adapter, config: ResolvedConfig) {
  if (identity.tokens === undefined) return;
  const columns = await sealTokens(identity.tokens, identity, config.keyring);
  await adapter.updateAccount(accountId, { ...columns, updatedAt: config.now() });
}

function refuseDisabled(user: UserRecord): void {
  if (user.disabledAt) throw new AuthError("user_disabled");
}

function nullOnRace(error: unknown): null {
  const isRace = isAuthError(error, "account_exists") || isAuthError(error, "user_exists");
  if (isRace) return null;
  throw error;
}
