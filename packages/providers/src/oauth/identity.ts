/** From what a provider says of somebody to an identity: narrowed, cleaned and bounded, whoever the provider is. */
import { AuthError, type Identity, isAuthError, normalizeEmail } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData, Profile, ProfileFields } from "./definition.js";

/** OpenID Connect Core §2: `sub` has at most 255 characters. */
const MAX_SUBJECT = 255;
/** Both at most as long as a session with everything at its longest still fits into a cookie of 4,096 bytes. */
const MAX_NAME = 128;
const MAX_PICTURE = 1024;

/**
 * @param trustEmail The app's word on whom to trust for an address; without it, mailboxes that the provider operates
 * @throws AuthError `provider_rejected` when it is not said who it is
 */
export function identityFrom(
  data: OAuthProviderData,
  profile: Profile,
  trustEmail: OAuthOptions["trustEmail"],
): Identity {
  const { subject, email, emailVerified, name, picture } = fieldsBy(data, profile);
  const address = addressOf(email);
  const verified = address !== null && emailVerified === true;
  return {
    provider: data.id,
    providerAccountId: subjectOf(subject, data.id),
    email: address,
    emailVerified: verified,
    emailTrusted: verified && isTrusted(address, data, profile, trustEmail),
    name: textOf(name, MAX_NAME),
    picture: pictureOf(picture),
  };
}

/** A function that stumbles over a profile has met one that nobody expected: that is not this server's fault. */
function fieldsBy(data: OAuthProviderData, profile: Profile): ProfileFields {
  try {
    return data.identity(profile);
  } catch (cause) {
    throw new AuthError("provider_rejected", `${data.id}: identity() cannot read the profile`, { cause });
  }
}

function isTrusted(
  address: string,
  data: OAuthProviderData,
  profile: Profile,
  trustEmail: OAuthOptions["trustEmail"],
): boolean {
  const domain = address.slice(address.lastIndexOf("@") + 1);
  if (trustEmail === undefined) return data.operatesMailbox?.(domain, profile) === true;
  return typeof trustEmail === "boolean" ? trustEmail : trustEmail.includes(domain);
}

function subjectOf(subject: unknown, id: string): string {
  const text = Number.isSafeInteger(subject) ? String(subject) : subject;
  if (typeof text === "string" && text !== "" && text.length <= MAX_SUBJECT && !/[\p{Cc}\p{Cs}]/u.test(text))
    return text;
  throw new AuthError("provider_rejected", `${id}: the profile names nobody`);
}

/** An address that is none is as good as no address. */
function addressOf(email: unknown): string | null {
  if (typeof email !== "string") return null;
  try {
    return normalizeEmail(email);
  } catch (error) {
    if (isAuthError(error, "request_invalid")) return null;
    throw error;
  }
}

/** Text for people: without control characters, and without those that turn the direction of what comes after (R-L2). */
function textOf(value: unknown, length: number): string | null {
  if (typeof value !== "string") return null;
  const visible = value.slice(0, 4 * length).replace(/[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/gu, " ");
  const text = [...visible.replace(/ +/g, " ").trim()].slice(0, length).join("").trim();
  return text === "" ? null : text;
}

/** Only what a page may show without harm: no script, no data, no password. */
function pictureOf(value: unknown): string | null {
  if (typeof value !== "string" || value.length > MAX_PICTURE || !URL.canParse(value)) return null;
  const { protocol, username, href } = new URL(value);
  return protocol === "https:" && username === "" ? href : null;
}
