/** Argon2id: makes and checks password hashes, off the event loop. The only file that knows the algorithm. */
import { AuthError } from "@latchkey/core";
import { type Algorithm, hash, type ParsedHashOptions, parseOptions, verify } from "@node-rs/argon2";
import { Turns } from "../attempts/turns.js";

/** Cost of one hash (RFC 9106 §3.1). */
export interface Argon2Options {
  /** KiB of memory. @default 19456 (19 MiB) */
  memoryCost?: number;
  /** Passes over the memory. @default 2 */
  timeCost?: number;
  /** Lanes. @default 1 */
  parallelism?: number;
}

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. */
const DEFAULT_COST: Required<Argon2Options> = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** The weakest of the settings that OWASP holds equivalent is 7 MiB in 5 passes; nothing below it is accepted. */
const LEAST_MEMORY = 7 * 1024;
const LEAST_WORK = LEAST_MEMORY * 5;
/** 1 GiB, 100 passes, 16 lanes: beyond these a unit was mistaken, and one sign-in would stop the server. */
const MOST: Required<Argon2Options> = { memoryCost: 1024 * 1024, timeCost: 100, parallelism: 16 };

const ARGON2ID: Algorithm.Argon2id = 2;
/** libuv has four threads by default; half of them stay free for files, DNS and databases. */
const HASHES_AT_ONCE = 2;
/** A few seconds' worth; who would come later is told to come again (F-5: bounded queue, early 503). */
const HASHES_WAITING = 200;
/** All hashes stand in one line. */
const LINE = "hashes";

export class PasswordHasher {
  readonly #cost: Required<Argon2Options>;
  readonly #threads = new Turns({ atOnce: HASHES_AT_ONCE, maxWaiting: HASHES_WAITING });
  #decoy: Promise<string> | null = null;

  /** @throws AuthError `config_invalid` below OWASP's floor, or far beyond what a sign-in can cost */
  constructor(options: Argon2Options = {}) {
    this.#cost = resolveCost(options);
  }

  /** @returns a PHC string, which names algorithm, cost and salt */
  hash(password: string): Promise<string> {
    return this.#threads.run(LINE, () => hash(password, { ...this.#cost, algorithm: ARGON2ID }));
  }

  /**
   * Compares with a stored hash, or with that of a password nobody knows: the same work whether or not there is one (R-A8).
   *
   * @throws AuthError `internal` when the stored hash cannot be read
   */
  async verify(stored: string | null, password: string): Promise<boolean> {
    // Made before it is known to be needed: the first stranger must not be told by a second hash.
    const decoy = await this.#decoyHash();
    const matches = await this.#threads.run(LINE, () => verifyReadable(stored ?? decoy, password));
    return matches && stored !== null;
  }

  /** True when a hash was made with less work than is configured now. */
  isWeaker(stored: string): boolean {
    const made = parseOptions(stored);
    return !isArgon2id(made) || made.memoryCost < this.#cost.memoryCost || made.timeCost < this.#cost.timeCost;
  }

  /** Made once, at the cost of real ones. One that failed is made anew. */
  #decoyHash(): Promise<string> {
    this.#decoy ??= this.hash(crypto.randomUUID()).catch((error: unknown) => {
      this.#decoy = null;
      throw error;
    });
    return this.#decoy;
  }
}

function isArgon2id({ algorithm, version }: ParsedHashOptions): boolean {
  // 1 is version 0x13, the one of RFC 9106.
  return algorithm === ARGON2ID && version === 1;
}

async function verifyReadable(stored: string, password: string): Promise<boolean> {
  try {
    return await verify(stored, password);
  } catch (cause) {
    throw new AuthError("internal", "the passwordHash of an account is no Argon2 PHC string", { cause });
  }
}

function resolveCost(options: Argon2Options): Required<Argon2Options> {
  const cost = { ...DEFAULT_COST, ...options };
  for (const [name, value] of Object.entries(cost)) {
    const most = MOST[name as keyof Argon2Options];
    if (most === undefined) throw new AuthError("config_invalid", `password: argon2.${name} is not an option`);
    if (!(Number.isSafeInteger(value) && value >= 1 && value <= most))
      throw new AuthError("config_invalid", `password: argon2.${name} must be a whole number from 1 to ${most}`);
  }
  if (cost.memoryCost < LEAST_MEMORY || cost.memoryCost * cost.timeCost < LEAST_WORK)
    throw new AuthError(
      "config_invalid",
      `password: argon2 must use at least ${LEAST_MEMORY} KiB and memoryCost × timeCost of at least ${LEAST_WORK}`,
    );
  return cost;
}
