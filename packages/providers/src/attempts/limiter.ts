/** rate-limiter-flexible over the adapter: counts are kept in `verifications` and shared by all processes on one database. */
import type { Adapter, AttemptCount } from "@latchkey/core";
import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import RateLimiterStoreAbstract from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";

export interface LimiterOptions {
  adapter: Adapter;
  /** Separates counters of the same identifier. */
  purpose: string;
  /** Attempts within one window. */
  points: number;
  /** Seconds from the first attempt until the count starts anew. */
  duration: number;
  /** Current time of the request: windows follow the injected clock, never a timer. */
  now: Date;
}

export class AttemptLimiter extends RateLimiterStoreAbstract {
  readonly #options: LimiterOptions;

  constructor(options: LimiterOptions) {
    super({ points: options.points, duration: options.duration, keyPrefix: "" });
    this.#options = options;
  }

  /** One atomic statement of the adapter: no two attempts see the same count. */
  protected _upsert(identifier: string, by: number, durationMs: number): Promise<AttemptCount> {
    const { adapter, purpose, now } = this.#options;
    return adapter.countAttempt({ identifier, purpose, by, expires: new Date(now.getTime() + durationMs), now });
  }

  /** An addition of nothing reads. */
  protected _get(identifier: string): Promise<AttemptCount> {
    return this._upsert(identifier, 0, this.#options.duration * 1000);
  }

  protected async _delete(identifier: string): Promise<boolean> {
    await this.#options.adapter.deleteVerification({ identifier, purpose: this.#options.purpose });
    return true;
  }

  protected _getRateLimiterRes(_identifier: string, by: number, { attempts, expires }: AttemptCount): RateLimiterRes {
    const msBeforeNext = Math.max(0, expires.getTime() - this.#options.now.getTime());
    return new RateLimiterRes(Math.max(0, this.points - attempts), msBeforeNext, attempts, attempts === by);
  }
}

/** True for the refusal of a limiter; false for an error of the database. */
export function isRefusal(error: unknown): error is RateLimiterRes {
  return error instanceof RateLimiterRes;
}
