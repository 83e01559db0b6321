/**
 * The part of rate-limiter-flexible that `limiter.ts` builds on. Its types name this class as an export of the package, which at
 * run time it is not; it is reached by its file.
 */
declare module "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js" {
  import type { RateLimiterRes } from "rate-limiter-flexible";

  export default abstract class RateLimiterStoreAbstract {
    constructor(options: { points: number; duration: number; keyPrefix: string });
    readonly points: number;
    /** @throws RateLimiterRes when more than `points` are consumed; anything else is an error of the store */
    consume(key: string, points?: number, options?: object): Promise<RateLimiterRes>;
    reward(key: string, points?: number, options?: object): Promise<RateLimiterRes>;
  }
}

declare module "rate-limiter-flexible/lib/RateLimiterRes.js" {
  export { RateLimiterRes as default } from "rate-limiter-flexible";
}
