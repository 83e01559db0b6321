/** What of an ID token is read by hand, beside its validation by `oauth4webapi`. */
import type { Profile } from "./definition.js";
import { base64url } from "./pkce.js";

/** Tolerated difference between the provider's clock and ours, in seconds. */
export const CLOCK_TOLERANCE = 60;
/** RFC 7515 §7.1, unpadded base64url. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

interface Tokens {
  access_token: string;
  id_token?: string | undefined;
}

/**
 * Checks what the package leaves to its caller: the form and type of the token (RFC 8725 §3.11), who it was made for and when (OpenID
 * Connect Core §3.1.3.7), and that it belongs to this very code and access token (§3.1.3.6, §3.3.2.11).
 */
export async function holdsFurther(
  { azp, iat, auth_time, at_hash, c_hash }: Profile,
  { access_token, id_token = "" }: Tokens,
  { clientId, code, now }: { clientId: string; code: string | null; now: Date },
): Promise<boolean> {
  if (!COMPACT.test(id_token)) return false;
  const { alg, typ } = unverified(id_token, 0);
  const latest = now.getTime() / 1000 + CLOCK_TOLERANCE;
  const isPast = (time: unknown) => typeof time === "number" && time <= latest;
  const isHashOf = async (hash: unknown, text: string) => hash === undefined || hash === (await leftHalf(text, alg));
  return (
    (typ === undefined || (typeof typ === "string" && /^(application\/)?jwt$/i.test(typ))) &&
    (azp === undefined || azp === clientId) &&
    isPast(iat) &&
    (auth_time === undefined || isPast(auth_time)) &&
    (await isHashOf(at_hash, access_token)) &&
    (await isHashOf(c_hash, code ?? ""))
  );
}

/** Header (0) or claims (1) of a token, as they stand there. Empty for what is no token. */
export function unverified(token: unknown, part: 0 | 1): Profile {
  const encoded = typeof token === "string" ? token.split(".")[part] : undefined;
  if (encoded === undefined) return {};
  const bytes = Uint8Array.from(atob(encoded.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Profile;
}

/** The left half of the hash of a text, by the hash of the signature's algorithm. */
async function leftHalf(text: string, alg: unknown): Promise<string> {
  // EdDSA with Ed25519 signs by SHA-512 (RFC 8032 §5.1).
  const bits = /^[REP]S(256|384|512)$/.exec(String(alg))?.[1] ?? "512";
  const digest = new Uint8Array(await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(text)));
  return base64url(digest.slice(0, digest.length / 2));
}
