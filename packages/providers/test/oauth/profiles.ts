/** What the thirteen providers say of somebody, in the shapes that their documentation prints. */

import type { Profile } from "../../src/oauth/definition.js";
import { DISCORD } from "../../src/oauth/discord.js";
import { EPIC } from "../../src/oauth/epic.js";
import { facebookFor } from "../../src/oauth/facebook.js";
import { GITHUB } from "../../src/oauth/github.js";
import { SPOTIFY } from "../../src/oauth/spotify.js";
import { xFor } from "../../src/oauth/x.js";
import { OPENID_RECORDINGS } from "./openid-profiles.js";
import { CLIENT, EMAIL, type Recording, readProfile, type Said, said } from "./sources.js";

export const RECORDINGS = {
  ...OPENID_RECORDINGS,
  github: {
    data: GITHUB,
    usual: {
      subject: 583231,
      email: EMAIL,
      verified: true,
      name: "monalisa octocat",
      picture: "https://avatars.githubusercontent.com/u/583231?v=4",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      get: {
        "https://api.github.com/user": said({
          login: "octocat",
          id: subject,
          node_id: "MDQ6VXNlcjE=",
          avatar_url: picture,
          type: "User",
          site_admin: false,
          name: name ?? null,
          // Shown in public, and not known to be the user's.
          email: "octocat@example.org",
        }),
        "https://api.github.com/user/emails":
          email === undefined ? [] : [{ email, verified, primary: true, visibility: "private" }],
      },
    }),
  },
  facebook: {
    data: facebookFor(CLIENT.clientSecret),
    usual: {
      subject: "10222012345678901",
      email: EMAIL,
      verified: true,
      name: "Ann Lee",
      picture: "https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=10222012345678901",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      get: {
        "https://graph.facebook.com/v26.0/me": said({
          id: subject,
          name,
          email,
          email_verified: verified,
          picture: { data: pictureAtFacebook(picture) },
        }),
      },
    }),
  },
  discord: {
    data: DISCORD,
    usual: {
      subject: "80351110224678912",
      email: EMAIL,
      verified: true,
      name: "Nelly",
      picture: "8342729096ea3675442027381ff50dfe",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      get: {
        "https://discord.com/api/v10/users/@me": said({
          id: subject,
          username: name,
          global_name: null,
          discriminator: "1337",
          avatar: picture ?? null,
          verified,
          email,
          flags: 64,
          premium_type: 0,
        }),
      },
    }),
  },
  spotify: {
    data: SPOTIFY,
    usual: {
      subject: "0f2b7c1e9d8a4f63",
      email: EMAIL,
      verified: true,
      name: "Ann Lee",
      picture: "https://i.scdn.co/image/ab67616d00001e02ff9ca10b55ce82ae553c8228",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      get: {
        "https://api.spotify.com/v1/me": said({
          account_id: subject,
          display_name: name ?? null,
          email,
          email_verified: verified,
          id: "wizzler",
          images: picture === undefined ? [] : [{ url: picture, height: 300, width: 300 }],
          type: "user",
          uri: "spotify:user:wizzler",
        }),
      },
    }),
  },
  epic: {
    data: EPIC,
    usual: { subject: "9a1f3bd0c1df4b0d8f6b2ef5c6a0d1aa", name: "Ann" },
    answers: ({ subject, email, verified, name, picture }) => ({
      userInfo: said({ sub: subject, preferred_username: name, email, email_verified: verified, picture }),
    }),
  },
  x: {
    data: xFor({ ...CLIENT, scope: "tweet.read users.read users.email" }),
    usual: {
      subject: "2244994945",
      email: EMAIL,
      name: "X Dev",
      picture: "https://pbs.twimg.com/profile_images/1267175364003901441/tBZNFAgA_normal.jpg",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      get: {
        "https://api.x.com/2/users/me": {
          data: said({
            id: subject,
            name,
            username: "XDevelopers",
            confirmed_email: email,
            verified,
            profile_image_url: picture,
          }),
        },
      },
    }),
  },
} satisfies Record<string, Recording>;

export type ProviderName = keyof typeof RECORDINGS;
export const PROVIDER_NAMES = Object.keys(RECORDINGS) as ProviderName[];

/** Whoever has none is shown with a silhouette. */
function pictureAtFacebook(picture: unknown) {
  const is_silhouette = picture === undefined;
  return {
    height: 200,
    width: 200,
    is_silhouette,
    url: is_silhouette ? "https://scontent.example/silhouette" : picture,
  };
}

/** The profile that a provider's data makes of what it says. @param fields What it says otherwise than usually */
export async function profileOf(name: ProviderName, fields: Said = {}): Promise<Profile> {
  const { data, usual, answers }: Recording = RECORDINGS[name];
  return readProfile(data, answers({ ...usual, ...fields }));
}
