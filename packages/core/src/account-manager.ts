/** The ways in of a user: listed, linked and unlinked; and the access tokens that came with them. */
import type { Adapter } from "./contracts/adapter.js";
import type { ResolvedConfig } from "./contracts/config.js";
import type { Identity, Provider } from "./contracts/provider.js";
import { notify } from "./contracts/run.js";
import { AuthError, isAuthError } from "./errors.js";
import type { AccountRecord } from "./model.js";
import { openToken, sealTokens } from "./provider-tokens.js";
import { accountFor } from "./resolve-user.js";

/** One way in, as its user sees it: nothing of its tokens or its password. */
export interface Account {
  id: string;
  provider: string;
  providerAccountId: string;
  /** Scopes that the provider granted. */
  scope: string | null;
  createdAt: Date;
}

/** An access token that ends within this many seconds is renewed first. */
const RENEW_BEFORE = 60;
/** Purpose of the counter that says who renews the tokens of an account: one process at a time (R-O13). */
const LEASE = "token-refresh";
/** Seconds after which a renewal that was not finished counts as lost: more than a provider may take to answer. */
const LEASE_SECONDS = 20;
/** Milliseconds between two looks at a renewal that another process does. */
const LEASE_POLL = 100;

export class AccountManager {
  readonly #config: ResolvedConfig;
  /** Renewals under way in this process, by account id. */
  readonly #renewals = new Map<string, Promise<string>>();

  constructor(config: ResolvedConfig) {
    this.#config = config;
  }

  /** The ways in of a user, oldest first. @throws AuthError `adapter_required`, `unavailable` */
  async list(userId: string): Promise<Account[]> {
    const accounts = await this.#adapter().listAccounts(userId);
    return accounts
      .map(({ id, provider, providerAccountId, scope, createdAt }) => ({
        ...{ id, provider, providerAccountId, scope, createdAt },
      }))
      .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  }

  /**
   * Removes a way in from a user, but never the last one.
   *
   * @returns false when it is none of theirs
   * @throws AuthError `last_account`
   */
  async unlink(userId: string, accountId: string): Promise<boolean> {
    const removed = await this.#adapter().deleteAccount(accountId, userId, { unlessLast: true });
    if (removed) await notify(this.#config.hooks, "onAccountUnlinked", { userId, accountId, at: this.#config.now() });
    return removed;
  }

  /**
   * An access token of the user at a provider that is good for a minute at least, renewed where it has to be. However many ask at once, in
   * however many processes, the provider is asked once, and the answer is stored before anybody uses it (R-O13).
   *
   * @throws AuthError `not_found` when the user has no account there; `provider_rejected` when they have to sign in there again;
   *   `provider_unavailable` when the provider does not answer; then the tokens are as they were
   */
  async accessToken(userId: string, provider: string): Promise<string> {
    const account = (await this.#adapter().listAccounts(userId)).find((each) => each.provider === provider);
    if (account === undefined) throw new AuthError("not_found", `the user has no account at ${provider}`);
    return (await this.#validToken(account)) ?? this.#renewOnce(account);
  }

  /**
   * Links a proved identity to a user who is signed in. Linking it again is no error.
   *
   * @throws AuthError `account_exists` when it is another user's way in
   */
  async link(userId: string, identity: Identity): Promise<void> {
    const { provider, providerAccountId } = identity;
    const adapter = this.#adapter();
    const account = await accountFor(identity, userId, this.#config);
    try {
      await adapter.createAccount(account);
    } catch (error) {
      if (!isAuthError(error, "account_exists")) throw error;
      const known = await adapter.getAccount({ provider, providerAccountId });
      if (known?.userId !== userId) throw error;
      const columns = await sealTokens(identity.tokens, identity, this.#config.keyring);
      await adapter.updateAccount(known.id, { ...columns, updatedAt: this.#config.now() });
      return;
    }
    const at = this.#config.now();
    await notify(this.#config.hooks, "onAccountLinked", { userId, accountId: account.id, provider, wiped: false, at });
  }

  /** @returns null when the token ends soon */
  async #validToken(account: AccountRecord): Promise<string | null> {
    const { accessTokenExpires } = account;
    const isGood =
      accessTokenExpires === null || accessTokenExpires.getTime() > this.#config.now().getTime() + RENEW_BEFORE * 1000;
    if (!isGood) return null;
    const token = await openToken("accessToken", account, this.#config.keyring);
    if (token === null) throw new AuthError("provider_rejected", `${account.provider} gave no token for this account`);
    return token;
  }

  /** Many calls in this process share one renewal. */
  #renewOnce(account: AccountRecord): Promise<string> {
    const running = this.#renewals.get(account.id);
    if (running !== undefined) return running;
    const renewal = this.#renewAlone(account).finally(() => this.#renewals.delete(account.id));
    this.#renewals.set(account.id, renewal);
    return renewal;
  }

  /** Of many processes one renews; the others wait for what it stores. */
  async #renewAlone(account: AccountRecord): Promise<string> {
    const adapter = this.#adapter();
    for (let waited = 0; waited < LEASE_SECONDS * 1000; waited += LEASE_POLL) {
      if (await this.#takesLease(account.id)) {
        try {
          // Another process may have finished between our look at the account and the lease.
          const current = (await adapter.getAccount(account)) ?? account;
          return (await this.#validToken(current)) ?? (await this.#renew(current));
        } finally {
          await adapter.deleteVerification({ identifier: account.id, purpose: LEASE });
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LEASE_POLL));
      const current = await adapter.getAccount(account);
      const token = current && (await this.#validToken(current));
      if (token) return token;
    }
    throw new AuthError("provider_unavailable", `another process did not finish its renewal at ${account.provider}`);
  }

  async #takesLease(accountId: string): Promise<boolean> {
    const now = this.#config.now();
    const expires = new Date(now.getTime() + LEASE_SECONDS * 1000);
    const [count] = await this.#adapter().countAttempt([
      { identifier: accountId, purpose: LEASE, by: 1, expires, now },
    ]);
    return count?.attempts === 1;
  }

  /** Stored before it is used; only over the refresh token that it came from. */
  async #renew(account: AccountRecord): Promise<string> {
    const provider = this.#providerOf(account);
    const refreshToken = await openToken("refreshToken", account, this.#config.keyring);
    if (refreshToken === null || provider.refresh === undefined)
      throw new AuthError(
        "provider_rejected",
        `the token of ${provider.id} is over, and there is none to renew it with`,
      );
    const tokens = await provider.refresh(refreshToken, this.#config.now());
    const columns = await sealTokens(tokens, account, this.#config.keyring);
    const condition = { refreshToken: account.refreshToken as string };
    const change = { ...columns, updatedAt: this.#config.now() };
    const stored = await this.#adapter().updateAccount(account.id, change, condition);
    // Signed in anew meanwhile: those tokens are newer than ours, and the provider may have ended ours.
    if (stored === null) return this.#currentToken(account);
    return tokens.accessToken;
  }

  async #currentToken(account: AccountRecord): Promise<string> {
    const current = await this.#adapter().getAccount(account);
    const token = current && (await this.#validToken(current));
    if (token) return token;
    throw new AuthError("provider_rejected", `the account at ${account.provider} is gone`);
  }

  #providerOf({ provider }: AccountRecord): Provider {
    const found = this.#config.providers.find(({ id }) => id === provider);
    if (found === undefined)
      throw new AuthError("config_invalid", `providers has no "${provider}" to renew tokens with`);
    return found;
  }

  #adapter(): Adapter {
    if (this.#config.adapter === null)
      throw new AuthError("adapter_required", "accounts are kept in a database, and none is configured");
    return this.#config.adapter;
  }
}
