/** What the OpenID providers among the thirteen say of somebody, in the shapes that their documentation prints. */
import { APPLE } from "../../src/oauth/apple.js";
import { gitlabAt } from "../../src/oauth/gitlab.js";
import { GOOGLE } from "../../src/oauth/google.js";
import { LINKEDIN } from "../../src/oauth/linkedin.js";
import { microsoftFor } from "../../src/oauth/microsoft.js";
import { SLACK } from "../../src/oauth/slack.js";
import { TWITCH } from "../../src/oauth/twitch.js";
import { EMAIL, type Recording, said } from "./sources.js";

export const TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";

export const OPENID_RECORDINGS = {
  google: {
    data: GOOGLE,
    usual: {
      subject: "10769150350006150715113082367",
      email: EMAIL,
      verified: true,
      name: "Ann Lee",
      picture: "https://lh3.googleusercontent.com/a/photo=s96-c",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      claims: said({
        iss: "https://accounts.google.com",
        azp: "1234987819200.apps.googleusercontent.com",
        aud: "1234987819200.apps.googleusercontent.com",
        sub: subject,
        at_hash: "HK6E_P6Dh8Y93mRNtsDB1Q",
        email,
        email_verified: verified,
        name,
        picture,
        given_name: "Ann",
        family_name: "Lee",
        iat: 1353601026,
        exp: 1353604926,
        nonce: "0394852-3190485-2490358",
      }),
    }),
  },
  gitlab: {
    data: gitlabAt("https://gitlab.com"),
    usual: {
      subject: "574",
      email: EMAIL,
      verified: true,
      name: "Ann Lee",
      picture: "https://gitlab.com/uploads/-/system/user/avatar/574/avatar.png",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      claims: said({ iss: "https://gitlab.com", sub: subject, sub_legacy: "90b4", email, email_verified: verified }),
      userInfo: said({ sub: subject, name, nickname: "ann", email, email_verified: verified, picture, groups: ["a"] }),
    }),
  },
  microsoft: {
    data: microsoftFor("common"),
    usual: { subject: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", email: EMAIL, verified: true, name: "Ann Lee" },
    answers: ({ subject, email, verified, name, picture }) => ({
      claims: said({
        ver: "2.0",
        iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
        sub: subject,
        aud: "6cb04018-a3f5-46a7-b995-940c78f5aef3",
        exp: 1536361411,
        iat: 1536274711,
        nbf: 1536274711,
        name,
        preferred_username: "ann@example.com",
        oid: "00000000-0000-0000-66f3-3332eca7ea81",
        tid: TENANT,
        email,
        xms_edov: verified,
        picture,
        nonce: "123523",
      }),
    }),
  },
  linkedin: {
    data: LINKEDIN,
    usual: {
      subject: "782bbtaQ",
      email: EMAIL,
      verified: "true",
      name: "Ann Lee",
      picture: "https://media.licdn.com/dms/image/v2/C4D03/profile-displayphoto-shrink_100_100/0/",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      claims: said({
        iss: "https://www.linkedin.com/oauth",
        aud: "78bihyg95w4jjp",
        iat: 1773765084,
        exp: 1773768684,
        sub: subject,
        name,
        given_name: "Ann",
        family_name: "Lee",
        picture,
        email,
        email_verified: verified,
        locale: "en_US",
      }),
    }),
  },
  twitch: {
    data: TWITCH,
    usual: {
      subject: "713936733",
      email: EMAIL,
      verified: true,
      name: "ann_lee",
      picture: "https://static-cdn.jtvnw.net/jtv_user_pictures/profile_image-300x300.png",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      claims: said({
        aud: "hof5gwx0su6owfnys0yan9c87zr6t",
        exp: 1644263581,
        iat: 1644262681,
        iss: "https://id.twitch.tv/oauth2",
        sub: subject,
        azp: "hof5gwx0su6owfnys0yan9c87zr6t",
        nonce: "c3ab8aa609ea11e793ae92361f002671",
        preferred_username: name,
        email,
        email_verified: verified,
        picture,
      }),
    }),
  },
  apple: {
    data: APPLE,
    usual: { subject: "000792.d71059495fa24644b94e4a644e2e3b4a.0638", email: EMAIL, verified: true, name: "Ann Lee" },
    answers: ({ subject, email, verified, name, picture }) => ({
      claims: said({
        iss: "https://appleid.apple.com",
        aud: "com.example.app",
        exp: 1729045091,
        iat: 1728958691,
        sub: subject,
        at_hash: "sOQEniPF5EBkeGjJCjDewA",
        email,
        email_verified: verified,
        auth_time: 1728958690,
        nonce_supported: true,
        picture,
      }),
      ...(name !== undefined && { params: { user: JSON.stringify({ name: { firstName: name, lastName: "" } }) } }),
    }),
  },
  slack: {
    data: SLACK,
    usual: {
      subject: "U0R7JM",
      email: EMAIL,
      verified: true,
      name: "krane",
      picture: "https://secure.gravatar.com/avatar/bc.png",
    },
    answers: ({ subject, email, verified, name, picture }) => ({
      claims: said({
        iss: "https://slack.com",
        sub: subject,
        aud: "25259531569.1115258246291",
        exp: 1626874955,
        iat: 1626874655,
        auth_time: 1626874655,
        nonce: "abcd",
        at_hash: "tUbyWGBHe0V32FJEupkgVQ",
        "https://slack.com/team_id": "T0R7GR",
        "https://slack.com/user_id": subject,
        email,
        email_verified: verified,
        date_email_verified: 1622128723,
        locale: "en-US",
        name,
        given_name: "",
        family_name: "",
        "https://slack.com/user_image_512": picture,
      }),
    }),
  },
} satisfies Record<string, Recording>;
