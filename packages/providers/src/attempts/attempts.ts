/** Limits on guessing: per account and per network, counted before anything is compared. */
import { AuthError, networkOf, type ProviderStep } from "@latchkey/core";
import { AttemptLimiter, isRefusal } from "./limiter.js";
import { Turns } from "./turns.js";

/** What a limited request needs of its step. */
export type LimitedStep = Pick<ProviderStep, "ipAddress" | "now" | "rateLimit"> & {
  adapter: NonNullable<ProviderStep["adapter"]>;
};

/**
 * Requests of one network that are counted at the same time, so that a crowd behind one address is not taken for a flood: a right
 * password takes its attempt back, and only those under way stand in the count.
 */
const PER_NETWORK = 8;

/** Seconds after which a refused network is looked up again: a right password may have taken its attempt back. */
const REMEMBER_REFUSAL = 10;
/** Refused networks that are remembered; the database knows the others. */
const MAX_REFUSED_NETWORKS = 10_000;

export class Attempts {
  readonly #accounts = new Turns({ atOnce: 1 });
  readonly #networks = new Turns({ atOnce: PER_NETWORK });
  /** When the windows end of accounts over their limit, for as long as somebody is in line. */
  readonly #refusedUntil = new Map<string, Date>();
  /** Networks over their limit: for some seconds what they send costs the database nothing. */
  readonly #refusedNetworks = new Map<string, { until: Date; asked: Date }>();

  /**
   * Runs one guess on an account. Guesses on one account take turns, so that any number of right ones succeed.
   *
   * The attempt is counted first (I4) and stays counted when `compare` throws, whatever it throws: a comparison that was cut
   * short may have been made. When it returns, the account's count starts anew and the network's attempt is taken back.
   *
   * @param account Normalised address or other stable name, whether or not there is such an account
   * @throws AuthError `rate_limited` with `retryAfter`; whatever `compare` throws
   */
  async guess<T>(step: LimitedStep, account: string, compare: () => Promise<T>): Promise<T> {
    this.#refuseKnown(networkOf(step.ipAddress), step.now);
    const limiter = limiterOf(step, "attempts:account", step.rateLimit.perAccount);
    const inTurn = async () => {
      await this.#countGuess(limiter, account, step.now);
      const result = await this.costly(step, compare, () => limiter.reward(account));
      await limiter.delete(account);
      return result;
    };
    try {
      return await this.#accounts.run(account, inTurn);
    } finally {
      if (!this.#accounts.isWaiting(account)) this.#refusedUntil.delete(account);
    }
  }

  /**
   * Runs work that a stranger could ask for in a flood. A failure is counted for the network, success takes the attempt back.
   *
   * @param onRefused Undoes what the caller counted already: what was refused here has compared nothing
   * @throws AuthError `rate_limited` with `retryAfter`; whatever `work` throws
   */
  costly<T>(step: LimitedStep, work: () => Promise<T>, onRefused?: () => Promise<unknown>): Promise<T> {
    const network = networkOf(step.ipAddress);
    const limiter = limiterOf(step, "attempts:network", step.rateLimit.perIp);
    return this.#networks.run(network, async () => {
      const until = await refusedUntil(limiter, network, step.now);
      if (until !== null) {
        this.#remember(network, until, step.now);
        await onRefused?.();
        throw rateLimited(until, step.now);
      }
      const result = await work();
      await limiter.reward(network);
      return result;
    });
  }

  /** Waits until no guess on this account is under way, and keeps others waiting meanwhile. */
  alone<T>(account: string, work: () => Promise<T>): Promise<T> {
    return this.#accounts.run(account, work);
  }

  #refuseKnown(network: string, now: Date): void {
    const refusal = this.#refusedNetworks.get(network);
    if (refusal === undefined) return;
    const isFresh = now.getTime() - refusal.asked.getTime() < REMEMBER_REFUSAL * 1000;
    if (isFresh && refusal.until > now) throw rateLimited(refusal.until, now);
    this.#refusedNetworks.delete(network);
  }

  #remember(network: string, until: Date, asked: Date): void {
    if (this.#refusedNetworks.size >= MAX_REFUSED_NETWORKS) this.#refusedNetworks.clear();
    this.#refusedNetworks.set(network, { until, asked });
  }

  /** Those who stood in line behind a refusal share it: a flood does not cost the database a statement each. */
  async #countGuess(limiter: AttemptLimiter, account: string, now: Date): Promise<void> {
    const known = this.#refusedUntil.get(account);
    const until = known !== undefined && known > now ? known : await refusedUntil(limiter, account, now);
    if (until === null) return;
    this.#refusedUntil.set(account, until);
    throw rateLimited(until, now);
  }
}

function limiterOf({ adapter, rateLimit, now }: LimitedStep, purpose: string, points: number): AttemptLimiter {
  return new AttemptLimiter({ adapter, purpose, points, duration: rateLimit.window, now });
}

/** Counts an attempt. @returns null within the limit; over it, when the window ends */
async function refusedUntil(limiter: AttemptLimiter, key: string, now: Date): Promise<Date | null> {
  try {
    await limiter.consume(key);
    return null;
  } catch (error) {
    if (isRefusal(error)) return new Date(now.getTime() + error.msBeforeNext);
    throw error;
  }
}

function rateLimited(until: Date, now: Date): AuthError {
  const retryAfter = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  return new AuthError("rate_limited", "too many attempts on one account or from one network", { retryAfter });
}
