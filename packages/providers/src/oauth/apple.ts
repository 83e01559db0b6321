/** Apple: OpenID Connect whose answers are posted, and whose client secret is signed anew for each request. */
import { AuthError, type Provider } from "@latchkey/core";
import { importPKCS8, SignJWT } from "jose";
import type { ClientAuthentication, OAuthOptions, OAuthProviderData } from "./definition.js";
import { fieldsOf, isTrue } from "./fields.js";
import { oauthProvider } from "./provider.js";

/** The client id is that of a Services ID. There is no `clientSecret`: it is made of these. */
export interface AppleOptions extends Omit<OAuthOptions, "clientSecret"> {
  /** Id of the developer team. */
  teamId: string;
  /** Id of the private key. */
  keyId: string;
  /** The key itself: the whole text of the file `AuthKey_….p8`. */
  privateKey: string;
}

const ISSUER = "https://appleid.apple.com";
/** Seconds for which a client secret is good; Apple allows six months. */
const SECRET_LIFE = 300;
const MAILBOXES: readonly string[] = ["icloud.com", "me.com", "mac.com", "privaterelay.appleid.com"];

export const APPLE: OAuthProviderData = {
  id: "apple",
  name: "Apple",
  server: {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/auth/authorize`,
    token_endpoint: `${ISSUER}/auth/token`,
    jwks_uri: `${ISSUER}/auth/keys`,
  },
  scope: "name email",
  openid: true,
  // Apple insists on it where a scope is asked for.
  formPost: true,
  profile: async ({ claims, params }) => ({ ...claims, name: nameOf(params.get("user")) }),
  identity: ({ sub, email, email_verified, name }) => {
    return { subject: sub, email, emailVerified: isTrue(email_verified), name };
  },
  operatesMailbox: (domain) => MAILBOXES.includes(domain),
};

/**
 * Apple: OpenID Connect. `email_verified` is false for some school and work accounts. Addresses of iCloud, and those that hide the user's own
 * one, are Apple's mailboxes, and trusted. The name comes at the very first sign-in only, and no picture ever.
 *
 * A refresh token always comes.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function apple({ teamId, keyId, privateKey, ...options }: AppleOptions): Provider {
  const clientAuthentication = signedSecret({ clientId: options.clientId, teamId, keyId, privateKey });
  return oauthProvider({ ...APPLE, clientAuthentication }, options);
}

/** @throws AuthError `config_invalid`, naming the option */
export function signedSecret(
  key: Required<Pick<AppleOptions, "clientId" | "teamId" | "keyId" | "privateKey">>,
): ClientAuthentication {
  const { clientId, teamId, keyId, privateKey } = key;
  for (const [name, value] of Object.entries({ teamId, keyId, privateKey }))
    if (typeof value !== "string" || value === "")
      throw new AuthError("config_invalid", `provider "apple": ${name} is missing`);
  if (!privateKey.includes("-----BEGIN PRIVATE KEY-----"))
    throw new AuthError("config_invalid", 'provider "apple": privateKey must be the text of the .p8 file');

  return async (body, _headers, now) => {
    const issued = Math.floor(now.getTime() / 1000);
    const secret = new SignJWT()
      .setProtectedHeader({ alg: "ES256", kid: keyId })
      .setIssuer(teamId)
      .setSubject(clientId)
      .setAudience(ISSUER)
      .setIssuedAt(issued)
      .setExpirationTime(issued + SECRET_LIFE);
    body.set("client_id", clientId);
    body.set("client_secret", await secret.sign(await keyFrom(privateKey)));
  };
}

function keyFrom(privateKey: string): Promise<CryptoKey> {
  return importPKCS8(privateKey, "ES256").catch(() => {
    throw new AuthError("config_invalid", 'provider "apple": privateKey is no PKCS #8 key for ES256');
  });
}

/** Came through the browser, unsigned: good for a name, and for nothing else that it says. */
function nameOf(user: string | null): string | undefined {
  try {
    const { firstName, lastName } = fieldsOf(fieldsOf(JSON.parse(user ?? "null")).name);
    return [firstName, lastName].filter((part) => typeof part === "string").join(" ");
  } catch {
    return undefined;
  }
}
