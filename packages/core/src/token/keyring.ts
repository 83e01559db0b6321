/** From the configured secrets to keys: one for the session JWT, and a derived one for each other purpose. */
import { base64urlFromBytes, base64urlFromText, type HmacKey, hkdfSha256, hmacKey } from "#crypto";
import { AuthError } from "../errors.js";
import { VerifiedTokens } from "./verified-tokens.js";

/** One secret, or several: the first signs, all verify. Each at least 32 bytes. */
export type Secret = string | readonly string[];

/** What a derived key is for. No artefact made for one purpose is accepted for another (RFC 8725 §3.11, §3.12). */
export type KeyPurpose = "session-encryption" | "key-id" | "sign-in" | "provider-token";

/** Keys of all configured secrets, in their order. */
export interface Keyring {
  /** The JWS header segment that new tokens carry. */
  readonly header: string;
  /** The key that signs. */
  readonly signingKey: HmacKey;
  /** Which keys may have signed a token with this exact header segment. An unknown header is not in the map. */
  readonly keysByHeader: ReadonlyMap<string, readonly HmacKey[]>;
  /** Tokens that these keys have verified. */
  readonly verified: VerifiedTokens;
  /** 32 bytes for each secret, for one purpose (HKDF-SHA-256, RFC 5869), the signing secret's first. */
  derive(purpose: KeyPurpose): readonly Uint8Array<ArrayBuffer>[];
}

const MIN_SECRET_BYTES = 32;
const MIN_DISTINCT_CHARACTERS = 8;
const MAX_PERIOD = 10;
const PLACEHOLDER =
  /change.?(me|this|it)|replace.?(me|this|with)|your.{0,12}(secret|key)|(secret|key).{0,6}here|placeholder|password|insert.?(your|secret)|(super|ultra|very).?(secret|secure)|at.least.(32|256)|abcdefghijklmnop/i;

/**
 * Prepares the keys.
 *
 * @throws AuthError `config_invalid` when a secret is missing, shorter than 32 bytes (RFC 7518 §3.2) or guessable (RFC 8725 §3.5)
 */
export function createKeyring(secret: Secret): Keyring {
  const secrets = (Array.isArray(secret) ? secret : [secret]).map(secretBytes);
  if (secrets.length === 0)
    throw new AuthError("config_invalid", "secret is missing: set AUTH_SECRET to 32 random bytes");

  const keys = secrets.map(hmacKey);
  const derived = new Map<KeyPurpose, readonly Uint8Array<ArrayBuffer>[]>();
  const derive = (purpose: KeyPurpose) => {
    const known = derived.get(purpose) ?? secrets.map((bytes) => hkdfSha256(bytes, `latchkey ${purpose}`, 32));
    derived.set(purpose, known);
    return known;
  };
  const headersWithId = derive("key-id").map((bytes) => jwsHeader(base64urlFromBytes(bytes.slice(0, 6))));

  const plainHeader = jwsHeader();
  const keysByHeader = new Map<string, readonly HmacKey[]>([[plainHeader, keys]]);
  for (const [index, header] of headersWithId.entries()) keysByHeader.set(header, [keys[index] as HmacKey]);

  return {
    header: secrets.length === 1 ? plainHeader : (headersWithId[0] as string),
    signingKey: keys[0] as HmacKey,
    keysByHeader,
    verified: new VerifiedTokens(),
    derive,
  };
}

/** Header of a session JWT (RFC 7515 §4); the order of its members is fixed, because readers match it as text. */
function jwsHeader(kid?: string): string {
  return base64urlFromText(JSON.stringify({ alg: "HS256", typ: "JWT", kid }));
}

function secretBytes(secret: string): Uint8Array {
  const remedy = "generate one with: openssl rand -base64 32";
  if (typeof secret !== "string" || secret === "") {
    throw new AuthError("config_invalid", `secret is missing: set AUTH_SECRET (${remedy})`);
  }
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new AuthError(
      "config_invalid",
      `secret (AUTH_SECRET) has ${bytes.length} bytes and needs at least ${MIN_SECRET_BYTES}; ${remedy}`,
    );
  }
  if (PLACEHOLDER.test(secret) || isRepetitive(secret)) {
    throw new AuthError("config_invalid", `secret (AUTH_SECRET) is a placeholder or can be guessed; ${remedy}`);
  }
  return bytes;
}

function isRepetitive(secret: string): boolean {
  return new Set(secret).size < MIN_DISTINCT_CHARACTERS || isPeriodic(secret);
}

/** True for `"abcdabcd…"`: the text equals itself moved by a few characters. */
function isPeriodic(secret: string): boolean {
  for (let period = 1; period <= MAX_PERIOD; period++) {
    if (secret.slice(period) === secret.slice(0, -period)) return true;
  }
  return false;
}
