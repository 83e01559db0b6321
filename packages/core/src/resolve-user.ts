/** Decides which of our users an identity is: `callbacks.user`, then what the provider keeps, then the linked account. */
import type { ResolvedConfig } from "./contracts/config.js";
import type { Identity } from "./contracts/provider.js";
import { runCallback } from "./contracts/run.js";
import { AuthError } from "./errors.js";
import type { SessionUser } from "./model.js";
import { isObject } from "./token/claims.js";
import { createId } from "./token/opaque.js";

/**
 * @returns the user whose session starts
 * @throws AuthError `user_exists` when the address belongs to another user: it is never linked without proof; `callback_failed`
 */
export async function resolveUser(identity: Identity, config: ResolvedConfig): Promise<SessionUser> {
  const profile = profileOf(identity);
  const { user } = config.callbacks;
  if (user !== undefined) {
    const chosen = await runCallback("callbacks.user", () =>
      user.call(config.callbacks, profile, { provider: identity.provider }),
    );
    if (isObject(chosen) && typeof chosen.id === "string" && chosen.id !== "") return chosen;
    throw new AuthError("callback_failed", "callbacks.user must return a user with an id");
  }
  if (identity.userId !== undefined || config.adapter === null) return profile;
  return linkedUser(identity, config.adapter, config.now());
}

function profileOf(identity: Identity): SessionUser {
  const { userId, providerAccountId, email = null, name = null, picture = null } = identity;
  return { id: userId ?? providerAccountId, email, name, picture };
}

async function linkedUser(
  identity: Identity,
  adapter: NonNullable<ResolvedConfig["adapter"]>,
  now: Date,
): Promise<SessionUser> {
  const { provider, providerAccountId, emailVerified = false } = identity;
  const account = await adapter.getAccount({ provider, providerAccountId });
  const user = account && (await adapter.getUser(account.userId));
  if (user?.disabledAt) throw new AuthError("user_disabled");
  if (user) return user;

  const { email, name, picture } = profileOf(identity);
  const id = createId();
  const dates = { createdAt: now, updatedAt: now };
  // An address that nobody proved is not kept: its owner could not sign up any more.
  const address = emailVerified ? { email: email ?? null, emailVerified } : {};
  const newUser = { id, ...address, name: name ?? null, picture: picture ?? null, ...dates };
  return adapter.createUserWithAccount(newUser, { id: createId(), userId: id, provider, providerAccountId, ...dates });
}
