/** Verifications and counters in memory, which share a table. */
import { type Attempt, type AttemptCount, requireKey } from "../contracts/adapter.js";
import type { VerificationRecord } from "../model.js";
import { createId } from "../token/opaque.js";
import { MemoryTable } from "./table.js";

/** What names a verification or a counter. */
export interface VerificationKey {
  identifier: string;
  purpose: string;
}

export class MemoryVerifications {
  readonly #table: MemoryTable<VerificationRecord>;

  constructor(max: number) {
    this.#table = new MemoryTable("verifications", max);
  }

  put(verification: VerificationRecord): void {
    requireKey(verification.id, "id");
    this.delete(verification);
    this.#table.insert(verification, verification.createdAt);
  }

  take(key: VerificationKey & { tokenHash: string; now: Date }): VerificationRecord | null {
    requireKey(key.tokenHash, "tokenHash");
    const found = this.#find(key);
    if (found?.tokenHash !== key.tokenHash || found.expires <= key.now) return null;
    this.#table.delete(found);
    return found;
  }

  count(attempts: readonly Attempt[]): AttemptCount[] {
    // All keys are looked at before anything is counted.
    for (const attempt of attempts) this.#find(attempt);
    return attempts.map((attempt) => this.#countOne(attempt));
  }

  delete(key: VerificationKey): void {
    const found = this.#find(key);
    if (found) this.#table.delete(found);
  }

  /** @returns how many */
  deleteExpired(before: Date, batch: number): number {
    const expired = this.#table.filter(({ expires }) => expires < before).slice(0, batch);
    this.#table.delete(...expired);
    return expired.length;
  }

  #countOne(attempt: Attempt): AttemptCount {
    const found = this.#find(attempt);
    const { attempts, expires } =
      found && found.expires > attempt.now
        ? this.#table.update(found, { attempts: Math.max(0, found.attempts + attempt.by) })
        : this.#openWindow(attempt, found);
    return { attempts, expires };
  }

  /** Its row has no hash: a code whose time was over must not live again because somebody counts. */
  #openWindow({ identifier, purpose, by, expires, now }: Attempt, ended?: VerificationRecord): VerificationRecord {
    if (ended) this.#table.delete(ended);
    const window = { id: createId(), identifier, purpose, tokenHash: "", createdAt: now };
    return this.#table.insert({ ...window, attempts: Math.max(0, by), expires }, now);
  }

  #find({ identifier, purpose }: VerificationKey): VerificationRecord | undefined {
    requireKey(identifier, "identifier");
    return this.#table.find({ identifier, purpose: requireKey(purpose, "purpose") });
  }
}
