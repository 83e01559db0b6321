/**
 * Tokens whose signature has been verified: a session that comes again costs neither HMAC nor JSON. Pure memory of a pure
 * function: dates, policy and rows are judged anew at every read, and other secrets have a memory of their own.
 */
import { isObject } from "./claims.js";

type VerifiedClaims = Readonly<Record<string, unknown>>;

/** Most tokens that are remembered; the oldest goes first. A token is a few hundred bytes. */
const MAX_TOKENS = 1000;

export class VerifiedTokens {
  /** By the whole text of the token. What holds objects is kept as JSON, so that no reader can change another's. */
  readonly #known = new Map<string, VerifiedClaims | string>();

  get(token: string): VerifiedClaims | undefined {
    const known = this.#known.get(token);
    return typeof known === "string" ? (JSON.parse(known) as VerifiedClaims) : known;
  }

  /** @param json the text that the claims were parsed from */
  add(token: string, claims: Record<string, unknown>, json: string): void {
    if (this.#known.size >= MAX_TOKENS) this.#known.delete(this.#known.keys().next().value as string);
    this.#known.set(token, isFlat(claims) ? frozen(claims) : json);
  }
}

/** True when only `user` is an object, and holds none. */
function isFlat({ user, ...others }: Record<string, unknown>): boolean {
  const holdsObject = (record: Record<string, unknown>) =>
    Object.values(record).some((value) => typeof value === "object" && value !== null);
  return isObject(user) && !holdsObject(user) && !holdsObject(others);
}

function frozen(claims: Record<string, unknown>): VerifiedClaims {
  Object.freeze(claims.user);
  return Object.freeze(claims);
}
