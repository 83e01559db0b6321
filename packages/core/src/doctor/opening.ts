/** Why a token does not open: its shape, its header, its key. */
import { hmacSha256, textFromBase64url } from "#crypto";
import type { ResolvedConfig } from "../contracts/config.js";
import { decryptJwt } from "../token/jwe.js";
import { isCanonical, verifyJwt } from "../token/jwt.js";
import { isOpaqueToken } from "../token/opaque.js";
import { type CookieVerdict, shown, verdict } from "./verdict.js";

/** Claims of a token that opened, and by whose key; or why it did not. */
export type Opened = { claims: Readonly<Record<string, unknown>>; by: string } | CookieVerdict;

export async function openEncrypted(token: string, config: ResolvedConfig): Promise<Opened> {
  const parts = token.split(".").length;
  if (parts === 3) return verdict("malformed", "the token is signed and not encrypted, but session.encrypt is on");
  if (parts !== 5) return verdict("malformed", malformedBy(token, "five parts, as an encrypted token has"));
  const claims = await decryptJwt(token, config.keyring);
  if (claims !== null) return { claims, by: "one of the configured secrets opened it" };
  const who = countOfSecrets(config.keyring.derive("session-encryption").length);
  return verdict("signature_wrong", `${who} encrypted the token: it was made with another one, or changed`);
}

export function openSigned(token: string, { keyring }: ResolvedConfig): Opened {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  if (more.length === 2) return verdict("malformed", "the token is encrypted, but session.encrypt is off");
  if (signature === "" || more.length > 0)
    return verdict("malformed", malformedBy(token, "three parts, as a signed token has"));
  const keys = keyring.keysByHeader.get(header);
  if (keys === undefined) return explainHeader(header);
  const input = `${header}.${payload}`;
  const signer = keys.findIndex((key) => hmacSha256(key, input) === signature);
  const total = keyring.derive("key-id").length;
  if (signer === -1) {
    const who = keys.length === total ? countOfSecrets(total) : "the configured secret that its key id names has not";
    const why = "AUTH_SECRET is another one on the server that made it, or the value was changed";
    return verdict("signature_wrong", `${who} signed the token: ${why}`);
  }
  const claims = verifyJwt(token, keyring);
  if (claims === null || !isCanonical(payload))
    return verdict(
      "claims_invalid",
      "the signature is right, but the claims are not one JSON object in UTF-8 without duplicate names",
    );
  const number = [...keyring.keysByHeader.values()].flat().indexOf(keys[signer] as (typeof keys)[number]) + 1;
  return { claims, by: total === 1 ? "signed with the configured secret" : `signed with secret ${number} of ${total}` };
}

/** The header is read to explain it, never to choose a key or an algorithm. */
function explainHeader(header: string): CookieVerdict {
  const { alg, typ, kid } = parsed(header) ?? {};
  if (alg === undefined) return verdict("malformed", "the first part of the value is not the header of a token");
  if (alg !== "HS256") return verdict("malformed", `the token says algorithm ${shown(alg)}; only HS256 is taken`);
  if (typ !== "JWT")
    return verdict(
      "purpose_wrong",
      `the token was made for something else: its typ is ${shown(typ)}, a session's is "JWT"`,
    );
  if (kid !== undefined)
    return verdict(
      "key_unknown",
      `the token was signed with key ${shown(kid)}, which none of the configured secrets is: an older secret was removed, or another app made it`,
    );
  return verdict("malformed", "the token's header is not written as this library writes it");
}

function malformedBy(token: string, wanted: string): string {
  if (isOpaqueToken(token)) return 'the value looks like a token of strategy "database", and these settings say "jwt"';
  return `the value has not the shape of a token: ${wanted}, separated by dots`;
}

function countOfSecrets(count: number): string {
  return count === 1 ? "the configured secret has not" : `none of the ${count} configured secrets has`;
}

function parsed(encoded: string): Record<string, unknown> | null {
  try {
    const value: unknown = isCanonical(encoded) ? JSON.parse(textFromBase64url(encoded)) : null;
    return typeof value === "object" ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null; // Not JSON: it is told as a header that is none.
  }
}
