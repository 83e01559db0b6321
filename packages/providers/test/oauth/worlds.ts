/** The thirteen providers as their own documentation describes them: where they are, what they ask for, how they answer. */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { jwtVerify } from "jose";
import type { Json } from "./hostile-tokens.js";
import type { ProviderName } from "./profiles.js";
import type { Grant, Issued, Place } from "./provider-world.js";

const APPLE_KEYS = generateKeyPairSync("ec", { namedCurve: "P-256" });
/** What an app at Apple has in place of a secret. */
export const APPLE_KEY = {
  teamId: "TEAM567890",
  keyId: "KEY4567890",
  privateKey: APPLE_KEYS.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
};
/** Apple's limit for client secrets, in seconds. */
const SIX_MONTHS = 15_777_000;

const FACEBOOK_SECRET = "0e1d2c3b4a5968778695a4b3c2d1e0f0";

/** What most token endpoints say. @param more Fields beside the standard ones, and in place of them */
function bearer({ accessToken, idToken }: Issued, expiresIn: number, more: Json): Json {
  const idTokens = idToken === undefined ? {} : { id_token: idToken };
  return { access_token: accessToken, token_type: "Bearer", expires_in: expiresIn, ...idTokens, ...more };
}

/** Scopes in the order in which nobody asked for them. */
function sorted({ scope }: Grant, separator = " "): string {
  return scope.split(" ").sort().join(separator);
}

/** GitHub and Discord refuse who does not say what they are. */
function namesItself({ headers }: Request): string | null {
  return headers.get("user-agent") ? null : "a User-Agent is missing";
}

export const WORLDS: Record<ProviderName, Place> = {
  google: {
    registration: { clientId: "1234987819200.apps.googleusercontent.com", clientSecret: "google-secret-Qm1Zt6Yx0" },
    authorization: "https://accounts.google.com/o/oauth2/v2/auth",
    token: "https://oauth2.googleapis.com/token",
    scope: "openid email profile",
    client: "post",
    pkce: "verified",
    idTokens: { keys: "https://www.googleapis.com/oauth2/v3/certs", nonce: true },
    callback: {
      scope: "email profile openid https://www.googleapis.com/auth/userinfo.email",
      authuser: "0",
      prompt: "consent",
    },
    answer: (issued, { request }) =>
      bearer(issued, 3599, {
        scope: "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile",
        ...(request.get("access_type") === "offline" && { refresh_token: issued.refreshToken }),
      }),
  },
  github: {
    registration: { clientId: "Iv1.8a61f9b3a7aba766", clientSecret: "6c1f0f5d2b7e48a39e1b4d7f3c2a1e0f9b8d7c6a" },
    authorization: "https://github.com/login/oauth/authorize",
    token: "https://github.com/login/oauth/access_token",
    scope: "user:email",
    client: "post",
    pkce: "verified",
    callback: { iss: "https://github.com/login/oauth" },
    answersInForms: true,
    // An OAuth app's: without an end and without a refresh token.
    answer: ({ accessToken }, grant) => ({
      access_token: accessToken,
      scope: sorted(grant, ","),
      token_type: "bearer",
    }),
    refusal: () => [200, { error: "bad_verification_code", error_description: "incorrect or expired", error_uri: "x" }],
    checks: namesItself,
  },
  gitlab: {
    registration: { clientId: "a8f1c2e3b4d5", clientSecret: "gloas-5e2c9a7f1b3d" },
    authorization: "https://gitlab.com/oauth/authorize",
    token: "https://gitlab.com/oauth/token",
    scope: "openid profile email",
    client: "post",
    pkce: "verified",
    idTokens: { keys: "https://gitlab.com/oauth/discovery/keys", nonce: true },
    userInfo: "https://gitlab.com/oauth/userinfo",
    answer: (issued, { scope }) =>
      bearer(issued, 7200, { refresh_token: issued.refreshToken, scope, created_at: issued.now }),
  },
  microsoft: {
    registration: { clientId: "6cb04018-a3f5-46a7-b995-940c78f5aef3", clientSecret: "JbQ8~a.b_c-d5e6f7" },
    authorization: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    token: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    scope: "openid profile email",
    client: "post",
    pkce: "verified",
    // The keys of work and school accounts, of which the recorded one is.
    idTokens: { keys: "https://login.microsoftonline.com/organizations/discovery/v2.0/keys", nonce: true },
    callback: { session_state: "fe1540c3-a69a-469a-9fa3-8a2470936421" },
    answer: (issued, grant) =>
      bearer(issued, 3599, {
        scope: sorted(grant),
        ext_expires_in: 3599,
        ...(grant.scope.includes("offline_access") && { refresh_token: issued.refreshToken }),
      }),
    refusal: (error) => [400, { error: "invalid_grant", error_description: `AADSTS70008: ${error}`, error_codes: [1] }],
  },
  linkedin: {
    registration: { clientId: "78bihyg95w4jjp", clientSecret: "WPL_AP1.4f1c9b7d.20e8a6==" },
    authorization: "https://www.linkedin.com/oauth/v2/authorization",
    token: "https://www.linkedin.com/oauth/v2/accessToken",
    scope: "openid profile email",
    client: "post",
    pkce: "refused",
    idTokens: { keys: "https://www.linkedin.com/oauth/openid/jwks", nonce: false },
    answer: (issued, grant) => bearer(issued, 5_183_999, { scope: sorted(grant, ",") }),
  },
  facebook: {
    registration: { clientId: "1015678901234567", clientSecret: FACEBOOK_SECRET },
    authorization: "https://www.facebook.com/v26.0/dialog/oauth",
    token: "https://graph.facebook.com/v26.0/oauth/access_token",
    scope: "public_profile email",
    client: "post",
    pkce: "verified",
    answer: (issued) => bearer(issued, 5_183_944, { token_type: "bearer" }),
    refusal: (error) => [400, { error: { message: error, type: "OAuthException", code: 100, fbtrace_id: "AY" } }],
    checks({ url }, _grant, token) {
      const query = new URL(url).searchParams;
      const proof = createHmac("sha256", FACEBOOK_SECRET).update(token).digest("hex");
      if (query.get("appsecret_proof") !== proof)
        return "API calls from the server require an appsecret_proof argument";
      return query.get("fields") === "id,name,email,picture.type(large)" ? null : "only fields that are asked for";
    },
  },
  discord: {
    registration: { clientId: "157730590492196864", clientSecret: "d-2XqoE8j0vLw_k3-Hs" },
    authorization: "https://discord.com/oauth2/authorize",
    token: "https://discord.com/api/oauth2/token",
    scope: "identify email",
    client: "post",
    pkce: "ignored",
    answer: (issued, { scope }) => bearer(issued, 604_800, { refresh_token: issued.refreshToken, scope }),
    checks: namesItself,
  },
  spotify: {
    registration: { clientId: "5fe01282e44241328a84e7c5cc169165", clientSecret: "2f8c0b7e91d34a56b8e0f1a2c3d4e5f6" },
    authorization: "https://accounts.spotify.com/authorize",
    token: "https://accounts.spotify.com/api/token",
    scope: "user-read-email",
    client: "basic",
    pkce: "verified",
    answer: (issued, { scope }) => bearer(issued, 3600, { refresh_token: issued.refreshToken, scope }),
  },
  twitch: {
    registration: { clientId: "hof5gwx0su6owfnys0yan9c87zr6t", clientSecret: "41vpdji4e9gif29md0ouet6fktd2" },
    authorization: "https://id.twitch.tv/oauth2/authorize",
    token: "https://id.twitch.tv/oauth2/token",
    scope: "openid user:read:email",
    client: "post",
    pkce: "ignored",
    idTokens: { keys: "https://id.twitch.tv/oauth2/keys", nonce: true },
    callback: { scope: "openid user:read:email" },
    tells(said, request) {
      const { id_token = {} } = JSON.parse(request.get("claims") ?? "{}") as { id_token?: object };
      const ifAsked = (claim: string, value: unknown) => (Object.hasOwn(id_token, claim) ? value : undefined);
      return {
        subject: said.subject,
        email: ifAsked("email", said.email),
        verified: ifAsked("email_verified", said.verified),
        name: ifAsked("preferred_username", said.name),
        picture: ifAsked("picture", said.picture),
      };
    },
    // Twitch alone writes scopes as a list.
    answer: (issued, { scope }) =>
      bearer(issued, 14_124, {
        refresh_token: issued.refreshToken,
        scope: scope.split(" "),
        token_type: "bearer",
      }),
    refusal: (error) => [400, { status: 400, message: error }],
  },
  epic: {
    registration: { clientId: "xyza7891lhxMVYGCON8zX0eV", clientSecret: "xL+wR1/e5Rnt6p4R+Qs8Ek/2" },
    authorization: "https://www.epicgames.com/id/authorize",
    token: "https://api.epicgames.dev/epic/oauth/v2/token",
    scope: "basic_profile",
    client: "basic",
    pkce: "ignored",
    userInfo: "https://api.epicgames.dev/epic/oauth/v2/userInfo",
    answer: (issued, { scope }) =>
      bearer(issued, 7200, {
        token_type: "bearer",
        refresh_token: issued.refreshToken,
        refresh_expires_in: 28_800,
        scope,
        account_id: "9a1f3bd0c1df4b0d8f6b2ef5c6a0d1aa",
        application_id: "fghi4567FNFBKFz3E4TROb0bmPS8h1GW",
      }),
    refusal: (error) => [400, { error: "invalid_grant", errorCode: "errors.com.epicgames.oauth", errorMessage: error }],
  },
  apple: {
    registration: { clientId: "com.example.web", clientSecret: "-----BEGIN PRIVATE KEY-----" },
    authorization: "https://appleid.apple.com/auth/authorize",
    token: "https://appleid.apple.com/auth/token",
    scope: "name email",
    client: async (form, now) => {
      const options = {
        issuer: APPLE_KEY.teamId,
        subject: "com.example.web",
        audience: "https://appleid.apple.com",
        algorithms: ["ES256"],
        currentDate: new Date(now * 1000),
        maxTokenAge: SIX_MONTHS,
        requiredClaims: ["exp"],
      };
      const { payload, protectedHeader } = await jwtVerify(
        form.get("client_secret") ?? "",
        APPLE_KEYS.publicKey,
        options,
      );
      if (protectedHeader.kid !== APPLE_KEY.keyId) return "an unknown key";
      return (payload.exp ?? 0) - now <= SIX_MONTHS ? null : "good for too long";
    },
    pkce: "ignored",
    idTokens: { keys: "https://appleid.apple.com/auth/keys", nonce: true },
    posts: true,
    answer: (issued) => bearer(issued, 3600, { refresh_token: issued.refreshToken }),
  },
  slack: {
    registration: { clientId: "25259531569.1115258246291", clientSecret: "e1b9e11dfcd19c1982d5de12921e17e8" },
    authorization: "https://slack.com/openid/connect/authorize",
    token: "https://slack.com/api/openid.connect.token",
    scope: "openid profile email",
    client: "post",
    pkce: "refused",
    idTokens: { keys: "https://slack.com/openid/connect/keys", nonce: true },
    answer: ({ accessToken, idToken }) => ({
      ...{ ok: true, access_token: accessToken, token_type: "Bearer", id_token: idToken },
    }),
    refusal: () => [200, { ok: false, error: "invalid_code" }],
  },
  x: {
    registration: { clientId: "VXNlcjEtOTpjaTowMQ", clientSecret: "xs_-8kQm1Zt6Yx0Wp4Ls9Hd3" },
    authorization: "https://x.com/i/oauth2/authorize",
    token: "https://api.x.com/2/oauth2/token",
    scope: "tweet.read users.read",
    client: "basic",
    pkce: "verified",
    answer: (issued, { scope }) =>
      bearer(issued, 7200, {
        token_type: "bearer",
        scope,
        ...(scope.includes("offline.access") && { refresh_token: issued.refreshToken }),
      }),
    tells: (said, request) => (request.get("scope")?.includes("users.email") ? said : { ...said, email: undefined }),
    checks({ url }, { scope }) {
      const fields = new URL(url).searchParams.get("user.fields")?.split(",") ?? [];
      if (!fields.includes("profile_image_url")) return "only fields that are asked for";
      const asksEmail = fields.includes("confirmed_email");
      return asksEmail === scope.split(" ").includes("users.email") ? null : "the address, and its scope, go together";
    },
  },
};
