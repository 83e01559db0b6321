/** Microsoft: OpenID Connect for work, school and personal accounts. One server, an issuer for each tenant. */
import { AuthError, type Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { keyOf } from "./fields.js";
import { oauthProvider } from "./provider.js";

export interface MicrosoftOptions extends OAuthOptions {
  /**
   * Who may sign in: `"common"` for everybody, `"organizations"` for work and school accounts, `"consumers"` for personal ones, or the id
   * of one tenant. The id, not its domain: that is what tokens name.
   *
   * @default "common"
   */
  tenant?: string;
}

const LOGIN = "https://login.microsoftonline.com";
/** The tenant of all personal accounts. */
const CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad";
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws AuthError `config_invalid` unless it can be held against what tokens say of their tenant */
export function microsoftFor(tenant: string): OAuthProviderData {
  const id = String(tenant).toLowerCase();
  const isOne = GUID.test(id);
  if (!isOne && !["common", "organizations", "consumers"].includes(id))
    throw new AuthError(
      "config_invalid",
      'provider "microsoft": tenant must be "common", "organizations", "consumers" or the id of a tenant',
    );
  return {
    id: "microsoft",
    name: "Microsoft",
    server: {
      ...(isOne && { issuer: `${LOGIN}/${id}/v2.0` }),
      authorization_endpoint: `${LOGIN}/${id}/oauth2/v2.0/authorize`,
      token_endpoint: `${LOGIN}/${id}/oauth2/v2.0/token`,
      jwks_uri: `${LOGIN}/${id}/discovery/v2.0/keys`,
    },
    scope: "openid profile email",
    openid: true,
    issuerOf: ({ tid }) => (isAdmitted(tid, id) ? `${LOGIN}/${tid}/v2.0` : null),
    // Keys of personal accounts do not speak for a tenant, nor a tenant's for them: one set for both would let them.
    ...(id === "common" && {
      keysOf: ({ tid }) => `${LOGIN}/${tid === CONSUMERS ? "consumers" : "organizations"}/discovery/v2.0/keys`,
    }),
    // `sub` is unique within a tenant. `email` is what any tenant's administrator wrote there; `xms_edov` says that the domain is theirs.
    identity: ({ tid, sub, email, xms_edov, name }) => ({
      subject: keyOf(tid, sub),
      email,
      emailVerified: xms_edov,
      name,
    }),
  };
}

/**
 * Microsoft (Entra ID and personal accounts): OpenID Connect. The address is never trusted by itself: administrators of any tenant can write
 * any address there. It counts as verified only where the app registration adds the optional claim `xms_edov`, and that is `true`.
 *
 * Refresh tokens: the scope `offline_access`.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function microsoft({ tenant = "common", ...options }: MicrosoftOptions): Provider {
  return oauthProvider(microsoftFor(tenant), options);
}

function isAdmitted(tid: unknown, tenant: string): tid is string {
  if (typeof tid !== "string" || !GUID.test(tid)) return false;
  if (tenant === "common") return true;
  if (tenant === "organizations") return tid !== CONSUMERS;
  return tid === (tenant === "consumers" ? CONSUMERS : tenant);
}
