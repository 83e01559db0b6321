/** Access tokens of accounts that are good for a while yet: renewed once, whoever asks, in however many processes (R-O13). */
import type { Adapter } from "./contracts/adapter.js";
import type { ResolvedConfig } from "./contracts/config.js";
import type { Provider } from "./contracts/provider.js";
import { AuthError, isAuthError } from "./errors.js";
import type { AccountRecord } from "./model.js";
import { openToken, sealTokens, type TokenColumns } from "./provider-tokens.js";

/** Seconds that a token must have left; one with less is renewed first. */
const RENEW_BEFORE = 60;
/** Purpose of the counter that says who renews the tokens of an account. */
const LEASE = "token-refresh";
/** Seconds for which a renewal is somebody's: more than the database and the provider may take for it at their slowest. */
const LEASE_SECONDS = 75;
/** Seconds before its end in which a lease is left to end by itself: it may be another's by the time it is given back. */
const LEASE_MARGIN = 5;
/** Milliseconds between two looks at a renewal that another process does: at first, and at most. */
const FIRST_LOOK = 100;
const LAST_LOOK = 1000;
/** Seconds after which nobody waits any more: longer than a lease that nobody gave back. */
const PATIENCE = LEASE_SECONDS + 10;
/** Milliseconds before each further try to store what the provider will not give a second time. */
const STORE_AGAIN = [100, 500, 1500];

export class TokenRenewal {
  readonly #config: ResolvedConfig;
  readonly #adapter: Adapter;
  /** Renewals under way in this process, by account id. */
  readonly #running = new Map<string, Promise<string>>();

  constructor(config: ResolvedConfig, adapter: Adapter) {
    this.#config = config;
    this.#adapter = adapter;
  }

  /** @throws AuthError `provider_rejected`, `provider_unavailable`, `unavailable` */
  async accessToken(account: AccountRecord): Promise<string> {
    return (await this.#tokenOf(account, RENEW_BEFORE)) ?? this.#renewOnce(account);
  }

  /** Many calls in this process share one renewal. */
  #renewOnce(account: AccountRecord): Promise<string> {
    const running = this.#running.get(account.id);
    if (running !== undefined) return running;
    const renewal = this.#renewOrWait(account).finally(() => this.#running.delete(account.id));
    this.#running.set(account.id, renewal);
    return renewal;
  }

  /** Of many processes one renews; the others look for what it stores, ever less often. */
  async #renewOrWait(account: AccountRecord): Promise<string> {
    let pause = FIRST_LOOK;
    for (let waited = 0; waited < PATIENCE * 1000; waited += pause, pause = Math.min(2 * pause, LAST_LOOK)) {
      const leaseEnds = await this.#takeLease(account.id);
      if (leaseEnds !== null) return this.#renewAlone(account, leaseEnds);
      await sleep(pause);
      const token = await this.#newTokenOf(account);
      if (token !== null) return token;
    }
    throw new AuthError("provider_unavailable", `another process did not finish its renewal at ${account.provider}`);
  }

  async #renewAlone(account: AccountRecord, leaseEnds: Date): Promise<string> {
    try {
      // Another process may have finished between our look at the account and the lease.
      return (await this.#newTokenOf(account)) ?? (await this.#renew(await this.#current(account)));
    } finally {
      const isOurs = this.#config.now().getTime() < leaseEnds.getTime() - LEASE_MARGIN * 1000;
      if (isOurs) await this.#adapter.deleteVerification({ identifier: account.id, purpose: LEASE });
    }
  }

  /** @returns when the lease ends; null while it is another's */
  async #takeLease(accountId: string): Promise<Date | null> {
    const now = this.#config.now();
    const expires = new Date(now.getTime() + LEASE_SECONDS * 1000);
    const [count] = await this.#adapter.countAttempt([{ identifier: accountId, purpose: LEASE, by: 1, expires, now }]);
    return count?.attempts === 1 ? count.expires : null;
  }

  /** Stored before it is used; only over the refresh token that it came from. */
  async #renew(account: AccountRecord): Promise<string> {
    const provider = this.#providerOf(account);
    const { refreshToken: sealed } = account;
    const refreshToken = await openToken("refreshToken", account, this.#config.keyring);
    if (sealed === null || refreshToken === null || provider.refresh === undefined)
      throw new AuthError("provider_rejected", `a token of ${provider.id} is over, and there is none to renew it with`);
    const tokens = await provider.refresh(refreshToken, this.#config.now());
    const columns = await sealTokens(tokens, account, this.#config.keyring);
    if (await this.#store(account.id, columns, sealed)) return tokens.accessToken;
    // Signed in anew meanwhile: those tokens are newer than ours, and the provider may have ended ours.
    const token = await this.#tokenOf(await this.#current(account), 0);
    if (token !== null) return token;
    throw new AuthError("provider_rejected", `the tokens of ${provider.id} were replaced, and are over`);
  }

  /** Where refresh tokens rotate the old one is dead: a database that is away for a moment must not cost the user a sign-in. */
  async #store(id: string, columns: TokenColumns, refreshToken: string): Promise<boolean> {
    const change = { ...columns, updatedAt: this.#config.now() };
    for (const pause of STORE_AGAIN) {
      try {
        return (await this.#adapter.updateAccount(id, change, { refreshToken })) !== null;
      } catch (error) {
        if (!isAuthError(error, "unavailable")) throw error;
        await sleep(pause);
      }
    }
    return (await this.#adapter.updateAccount(id, change, { refreshToken })) !== null;
  }

  /** What another process has stored since. However short its life, nobody would get a longer one. */
  async #newTokenOf(account: AccountRecord): Promise<string | null> {
    const current = await this.#current(account);
    return current.accessToken === account.accessToken ? null : this.#tokenOf(current, 0);
  }

  /** @throws AuthError `not_found` when the account is gone, or another user's by now */
  async #current({ id, provider, providerAccountId }: AccountRecord): Promise<AccountRecord> {
    const current = await this.#adapter.getAccount({ provider, providerAccountId });
    if (current?.id === id) return current;
    throw new AuthError("not_found", `the account at ${provider} is linked no more`);
  }

  /** @returns null when the token has no more than `left` seconds */
  async #tokenOf(account: AccountRecord, left: number): Promise<string | null> {
    const { accessTokenExpires: expires } = account;
    if (expires !== null && expires.getTime() <= this.#config.now().getTime() + left * 1000) return null;
    const token = await openToken("accessToken", account, this.#config.keyring);
    if (token === null) throw new AuthError("provider_rejected", `${account.provider} gave no token for this account`);
    return token;
  }

  #providerOf({ provider }: AccountRecord): Provider {
    const found = this.#config.providers.find(({ id }) => id === provider);
    if (found === undefined)
      throw new AuthError("config_invalid", `providers has no "${provider}" to renew tokens with`);
    return found;
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
