/** The answers that a provider's profile is read from, without a provider. */
import type { OAuthProviderData, Profile, ProfileSources } from "../../src/oauth/definition.js";

export const CLIENT = { clientId: "client-1", clientSecret: "secret-1" };
/** The address that every usual user has. */
export const EMAIL = "ann@example.com";

/** The fields that an identity is made of, wherever a provider writes them. `undefined` is what it does not say. */
export interface Said {
  subject?: unknown;
  email?: unknown;
  verified?: unknown;
  name?: unknown;
  picture?: unknown;
}

/** What the requests of one sign-in are answered with. */
export interface Answers {
  /** Claims of the ID token. */
  claims?: Profile;
  userInfo?: Profile;
  /** By address, without the query. */
  get?: Readonly<Record<string, unknown>>;
  /** What came to the callback. */
  params?: Record<string, string>;
}

export interface Recording {
  data: OAuthProviderData;
  /** What the provider says of a usual user. */
  usual: Said;
  answers(said: Said): Answers;
}

export async function readProfile(data: OAuthProviderData, answers: Answers): Promise<Profile> {
  const { claims = {} } = answers;
  return data.profile === undefined ? claims : ((await data.profile(sourcesOf(answers))) as Profile);
}

/** @throws Error for a request that is not recorded */
export function sourcesOf({ claims = {}, userInfo = {}, get = {}, params = {} }: Answers): ProfileSources {
  return {
    claims,
    params: new URLSearchParams(params),
    accessToken: "token-1",
    get: async (url) => {
      const [address = ""] = url.split("?");
      if (!Object.hasOwn(get, address)) throw new Error(`${address} was not recorded`);
      return get[address];
    },
    userInfo: async () => userInfo,
  };
}

/** Without the fields that are not said, as in JSON. */
export function said(fields: Record<string, unknown>): Profile {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
