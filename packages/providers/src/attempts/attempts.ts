/** Limits on guessing: per account and per network, counted before anything is compared. */
import { AuthError, networkOf, type ProviderStep } from "@latchkey/core";
import { CountBatch } from "./count-batch.js";
import { AttemptLimiter } from "./limiter.js";
import { Turns } from "./turns.js";

/** What a limited request needs of its step. */
export type LimitedStep = Pick<ProviderStep, "ipAddress" | "now" | "rateLimit"> & {
  adapter: NonNullable<ProviderStep["adapter"]>;
};

/** One limit on a request. */
interface Limit {
  limiter: AttemptLimiter;
  /** Keeps in mind that nothing passes before this instant. */
  remember(until: Date): void;
}

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
  readonly #refusedAccounts = new Map<string, Date>();
  /** Networks over their limit: for some seconds what they send costs the database nothing. */
  readonly #refusedNetworks = new Map<string, { until: Date; asked: Date }>();

  /**
   * Runs one guess on an account. Guesses on one account take turns, so that any number of right ones succeed.
   *
   * The attempt is counted first (I4), on account and network in one statement, and stays counted when `compare` throws, whatever
   * it throws: a comparison that was cut short may have been made. When it returns, the account's count goes back to zero and the
   * network's attempt is taken back, in one statement.
   *
   * @param account Normalised address or other stable name, whether or not there is such an account
   * @throws AuthError `rate_limited` with `retryAfter`; whatever `compare` throws
   */
  async guess<T>(step: LimitedStep, account: string, compare: () => Promise<T>): Promise<T> {
    const network = networkOf(step.ipAddress);
    this.#refuseKnownNetwork(network, step.now);
    const batch = new CountBatch(step.adapter);
    const limits = [this.#accountLimit(step, batch, account), this.#networkLimit(step, batch, network)] as const;
    const inTurn = async () => {
      this.#refuseKnownAccount(account, step.now);
      return this.#networks.run(network, async () => {
        await countOn(limits, step.now);
        const result = await compare();
        const [ofAccount, ofNetwork] = limits;
        await Promise.all([ofAccount.limiter.takeBackAll(), ofNetwork.limiter.takeBack()]);
        return result;
      });
    };
    try {
      return await this.#accounts.run(account, inTurn);
    } finally {
      if (!this.#accounts.isWaiting(account)) this.#refusedAccounts.delete(account);
    }
  }

  /**
   * Runs work that a stranger could ask for in a flood. A failure is counted for the network, success takes the attempt back.
   *
   * @throws AuthError `rate_limited` with `retryAfter`; whatever `work` throws
   */
  costly<T>(step: LimitedStep, work: () => Promise<T>): Promise<T> {
    const network = networkOf(step.ipAddress);
    const limit = this.#networkLimit(step, new CountBatch(step.adapter), network);
    return this.#networks.run(network, async () => {
      await countOn([limit], step.now);
      const result = await work();
      await limit.limiter.takeBack();
      return result;
    });
  }

  /** Waits until no guess on this account is under way, and keeps others waiting meanwhile. */
  alone<T>(account: string, work: () => Promise<T>): Promise<T> {
    return this.#accounts.run(account, work);
  }

  #accountLimit(step: LimitedStep, batch: CountBatch, identifier: string): Limit {
    const options = { purpose: "attempts:account", points: step.rateLimit.perAccount };
    return {
      limiter: limiterOf(step, { ...options, batch, identifier }),
      remember: (until) => void this.#refusedAccounts.set(identifier, until),
    };
  }

  #networkLimit(step: LimitedStep, batch: CountBatch, identifier: string): Limit {
    const options = { purpose: "attempts:network", points: step.rateLimit.perIp };
    return {
      limiter: limiterOf(step, { ...options, batch, identifier }),
      remember: (until) => {
        if (this.#refusedNetworks.size >= MAX_REFUSED_NETWORKS) this.#refusedNetworks.clear();
        this.#refusedNetworks.set(identifier, { until, asked: step.now });
      },
    };
  }

  #refuseKnownNetwork(network: string, now: Date): void {
    const refusal = this.#refusedNetworks.get(network);
    if (refusal === undefined) return;
    const isFresh = now.getTime() - refusal.asked.getTime() < REMEMBER_REFUSAL * 1000;
    if (isFresh && refusal.until > now) throw rateLimited(refusal.until, now);
    this.#refusedNetworks.delete(network);
  }

  /** Those who stood in line behind a refusal share it: a flood does not cost the database a statement each. */
  #refuseKnownAccount(account: string, now: Date): void {
    const until = this.#refusedAccounts.get(account);
    if (until !== undefined && until > now) throw rateLimited(until, now);
  }
}

function limiterOf(
  { rateLimit, now }: LimitedStep,
  options: { batch: CountBatch; identifier: string; purpose: string; points: number },
): AttemptLimiter {
  return new AttemptLimiter({ ...options, duration: rateLimit.window, now });
}

/**
 * Counts an attempt on all of these. Where one refuses it, the others take it back: what was refused has compared nothing.
 *
 * @throws AuthError `rate_limited`
 */
async function countOn(limits: readonly Limit[], now: Date): Promise<void> {
  const counted = await Promise.all(limits.map(async (limit) => ({ ...limit, until: await limit.limiter.count() })));
  const refused = counted.flatMap(({ until, remember }) => (until === null ? [] : [{ until, remember }]));
  if (refused.length === 0) return;
  for (const { until, remember } of refused) remember(until);
  await Promise.all(counted.map(({ until, limiter }) => until === null && limiter.takeBack()));
  throw rateLimited(new Date(Math.max(...refused.map(({ until }) => until.getTime()))), now);
}

function rateLimited(until: Date, now: Date): AuthError {
  const retryAfter = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  return new AuthError("rate_limited", "too many attempts on one account or from one network", { retryAfter });
}
