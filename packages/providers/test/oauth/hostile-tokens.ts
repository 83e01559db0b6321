/** Keys, and tokens signed with them or with nothing: right ones, and whatever a test wants. */
import { createHash } from "node:crypto";
import { type CompactJWSHeaderParameters, CompactSign, exportJWK, generateKeyPair, type JWK } from "jose";

export type Json = Record<string, unknown>;

/** A pair of keys under the name that its public half is published by. */
export interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  publicJwk: JWK;
}

/** RSA keys take long to make: each is made once for the file. */
const keys = new Map<string, Promise<SigningKey>>();

export function signingKey(kid: string, alg = "RS256"): Promise<SigningKey> {
  const made = keys.get(kid) ?? makeKey(kid, alg);
  keys.set(kid, made);
  return made;
}

async function makeKey(kid: string, alg: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/** Signs whatever it is given as a JWS in the compact form (RFC 7515 §7.1). */
export function signToken(claims: object, header: CompactJWSHeaderParameters, key: CryptoKey | Uint8Array) {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader(header).sign(key);
}

/** Left half of the hash, as `at_hash` has it (OpenID Connect Core §3.1.3.6). */
export function halfHash(text: string): string {
  return createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url");
}

/** A token that is no signed one: the parts, put together. */
export function assembled(header: object, claims: object, signature = ""): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [part(header), part(claims), signature].join(".");
}
