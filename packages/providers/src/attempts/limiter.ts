/** rate-limiter-flexible over the adapter: counts are kept in `verifications` and shared by all processes on one database. */
import type { AttemptCount } from "@latchkey/core";
import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import RateLimiterStoreAbstract from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";
import type { CountBatch } from "./count-batch.js";

export interface LimiterOptions {
  /** Limiters of one request share it: what they do at the same time is one statement. */
  batch: CountBatch;
  /** What is limited: an account, a network. */
  identifier: string;
  /** Separates counters of the same identifier. */
  purpose: string;
  /** Attempts within one window. */
  points: number;
  /** Seconds from the first attempt until the count starts anew. */
  duration: number;
  /** Current time of the request: windows follow the injected clock, never a timer. */
  now: Date;
}

/** More than any counter holds, and no more than a 32-bit column can subtract. */
const ALL = 2 ** 31 - 1;

/** One counter and its limit, for one request. */
export class AttemptLimiter extends RateLimiterStoreAbstract {
  readonly #options: LimiterOptions;

  constructor(options: LimiterOptions) {
    super({ points: options.points, duration: options.duration, keyPrefix: "" });
    this.#options = options;
  }

  /** Counts an attempt. @returns null within the limit; over it, when the window ends */
  async count(): Promise<Date | null> {
    const { identifier, now } = this.#options;
    try {
      await this.consume(identifier);
      return null;
    } catch (error) {
      if (error instanceof RateLimiterRes) return new Date(now.getTime() + error.msBeforeNext);
      throw error;
    }
  }

  /** Undoes one `count`. */
  async takeBack(): Promise<void> {
    await this.reward(this.#options.identifier);
  }

  /** Undoes all that was counted in this window. */
  async takeBackAll(): Promise<void> {
    await this.reward(this.#options.identifier, ALL);
  }

  /** One atomic statement of the adapter: no two attempts see the same count. */
  protected _upsert(identifier: string, by: number, durationMs: number): Promise<AttemptCount> {
    const { batch, purpose, now } = this.#options;
    return batch.count({ identifier, purpose, by, expires: new Date(now.getTime() + durationMs), now });
  }

  protected _getRateLimiterRes(_identifier: string, by: number, { attempts, expires }: AttemptCount): RateLimiterRes {
    const msBeforeNext = Math.max(0, expires.getTime() - this.#options.now.getTime());
    return new RateLimiterRes(Math.max(0, this.points - attempts), msBeforeNext, attempts, attempts === by);
  }
}
