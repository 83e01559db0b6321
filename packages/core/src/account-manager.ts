/** The ways in of a user: listed, linked and unlinked; and the access tokens that came with them. */
import type { Adapter } from "./contracts/adapter.js";
import type { ResolvedConfig } from "./contracts/config.js";
import type { Identity } from "./contracts/provider.js";
import { notify } from "./contracts/run.js";
import { AuthError, isAuthError } from "./errors.js";
import type { SessionRecord } from "./model.js";
import { sealTokens } from "./provider-tokens.js";
import { accountFor } from "./resolve-user.js";
import { TokenRenewal } from "./token-renewal.js";

/** One way in, as its user sees it: nothing of its tokens or its password. */
export interface Account {
  id: string;
  provider: string;
  providerAccountId: string;
  /** Scopes that the provider granted. */
  scope: string | null;
  createdAt: Date;
}

export class AccountManager {
  readonly #config: ResolvedConfig;
  #renewal: TokenRenewal | undefined;

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
    this.#renewal ??= new TokenRenewal(this.#config, this.#adapter());
    return this.#renewal.accessToken(account);
  }

  /**
   * Links a proved identity to the user of a session. Linking it again is no error.
   *
   * @throws AuthError `account_exists` when it is another user's way in; `unauthorized` when the session has ended, or its user is disabled
   */
  async link({ id: session, userId }: Pick<SessionRecord, "id" | "userId">, identity: Identity): Promise<void> {
    const { provider, providerAccountId } = identity;
    const adapter = this.#adapter();
    const account = await accountFor(identity, userId, this.#config);
    try {
      await adapter.createAccount(account, { session });
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

  #adapter(): Adapter {
    if (this.#config.adapter === null)
      throw new AuthError("adapter_required", "accounts are kept in a database, and none is configured");
    return this.#config.adapter;
  }
}
