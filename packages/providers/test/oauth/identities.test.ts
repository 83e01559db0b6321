/** Who each provider says that somebody is, and what of that is believed. */
import { AuthError, isAuthError } from "@latchkey/core";
import { describe, expect, test } from "vitest";
import type { OAuthOptions } from "../../src/oauth/definition.js";
import { GITHUB } from "../../src/oauth/github.js";
import { GOOGLE } from "../../src/oauth/google.js";
import { identityFrom } from "../../src/oauth/identity.js";
import { TENANT } from "./openid-profiles.js";
import { PROVIDER_NAMES, type ProviderName, profileOf, RECORDINGS } from "./profiles.js";
import { EMAIL, readProfile, type Said, sourcesOf } from "./sources.js";

/** The identity of somebody of whom the provider says this, and its usual things beside. */
async function identify(name: ProviderName, fields: Said = {}, trustEmail?: OAuthOptions["trustEmail"]) {
  return identityFrom(RECORDINGS[name].data, await profileOf(name, fields), trustEmail);
}

async function refusalOf(name: ProviderName, fields: Said): Promise<string | undefined> {
  const error = await identify(name, fields).catch((thrown: unknown) => thrown);
  return isAuthError(error) ? error.code : undefined;
}

const NO_EMAIL: readonly ProviderName[] = ["epic"];
const NEVER_VERIFIED: readonly ProviderName[] = ["epic", "facebook", "spotify"];
const NO_PICTURE: readonly ProviderName[] = ["apple", "epic", "microsoft"];
/** They write `"true"` for `true`. */
const TEXT_FOR_TRUE: readonly ProviderName[] = ["apple", "linkedin"];
/** Whoever has a confirmed address at X has it told, and nobody else. */
const SAID_WHEN_VERIFIED: readonly ProviderName[] = ["x"];

const WITH_EMAIL = PROVIDER_NAMES.filter((name) => !NO_EMAIL.includes(name));
const WITH_PICTURE = PROVIDER_NAMES.filter((name) => !NO_PICTURE.includes(name));
const SAYING_VERIFIED = PROVIDER_NAMES.filter(
  (name) => !NEVER_VERIFIED.includes(name) && !SAID_WHEN_VERIFIED.includes(name),
);

describe("a usual user", () => {
  test.each([
    // provider    id there                                        name               verified
    ["google", "10769150350006150715113082367", "Ann Lee", true],
    ["github", "583231", "monalisa octocat", true],
    ["gitlab", "574", "Ann Lee", true],
    ["microsoft", `${TENANT}.AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ`, "Ann Lee", true],
    ["linkedin", "782bbtaQ", "Ann Lee", true],
    ["facebook", "10222012345678901", "Ann Lee", false],
    ["discord", "80351110224678912", "Nelly", true],
    ["spotify", "0f2b7c1e9d8a4f63", "Ann Lee", false],
    ["twitch", "713936733", "ann_lee", true],
    ["epic", "9a1f3bd0c1df4b0d8f6b2ef5c6a0d1aa", "Ann", false],
    ["apple", "000792.d71059495fa24644b94e4a644e2e3b4a.0638", "Ann Lee", true],
    ["slack", "T0R7GR.U0R7JM", "krane", true],
    ["x", "2244994945", "X Dev", true],
  ] as const)("R-O6: %s: is %s there", async (name, providerAccountId, shown, emailVerified) => {
    const email = NO_EMAIL.includes(name) ? null : EMAIL;
    const identity = { provider: name, providerAccountId, email, emailVerified, emailTrusted: false, name: shown };
    expect(await identify(name)).toMatchObject(identity);
  });

  test.each(WITH_PICTURE)("%s: has a picture at an https URL", async (name) => {
    const { picture } = await identify(name);
    expect(picture).toMatch(/^https:\/\/[^ ]+$/);
  });

  test("Discord tells the name of a picture, of which the URL is made", async () => {
    const { picture } = await identify("discord");
    expect(picture).toBe("https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png");
  });
});

describe("what is not said", () => {
  test.each(PROVIDER_NAMES)("%s: without address, name and picture there is still somebody", async (name) => {
    const fields = { email: undefined, verified: undefined, name: undefined, picture: undefined };
    const { email, emailVerified, emailTrusted, picture, providerAccountId } = await identify(name, fields, true);
    expect({ email, emailVerified, emailTrusted, picture }).toEqual({
      email: null,
      emailVerified: false,
      emailTrusted: false,
      picture: null,
    });
    expect(providerAccountId).not.toBe("");
  });

  test.each(PROVIDER_NAMES)("%s: null is as good as nothing", async (name) => {
    const fields = { email: null, verified: null, picture: null };
    expect(await identify(name, fields, true)).toMatchObject({ email: null, emailVerified: false, picture: null });
  });

  test.each([
    ["github", "octocat"], // the handle, where nobody wrote a name
    ["apple", null], // after the very first sign-in
    ["facebook", null],
  ] as const)("%s: without a name it shows %s", async (provider, shown) => {
    expect(await identify(provider, { name: undefined })).toMatchObject({ name: shown });
  });
});

describe("R-O7: verified addresses", () => {
  const NOT_TRUE = [false, "false", "FALSE", "yes", "1", 1, 0, {}, [], [true], "True", " true"] as const;

  test.each(WITH_EMAIL.filter((name) => !SAID_WHEN_VERIFIED.includes(name)))(
    "%s: nothing but true makes an address verified",
    async (name) => {
      for (const verified of NOT_TRUE)
        expect(await identify(name, { verified }, true)).toMatchObject({
          email: EMAIL,
          emailVerified: false,
          emailTrusted: false,
        });
    },
  );

  test.each(SAYING_VERIFIED)(
    '%s: the text "true" counts where the provider writes it, and nowhere else',
    async (name) => {
      const { emailVerified } = await identify(name, { verified: "true" });
      expect(emailVerified).toBe(TEXT_FOR_TRUE.includes(name));
    },
  );

  test.each(NEVER_VERIFIED)("%s: no address is ever verified, whatever the app trusts", async (name) => {
    const identity = await identify(name, { email: EMAIL, verified: true }, true);
    expect(identity).toMatchObject({ emailVerified: false, emailTrusted: false });
  });

  test("X's mark of verified persons says nothing about their address", async () => {
    expect(await identify("x", { email: undefined, verified: true }, true)).toMatchObject({ emailVerified: false });
  });

  test.each(SAYING_VERIFIED)("%s: a verified address is trusted where the app says so", async (name) => {
    const verified = TEXT_FOR_TRUE.includes(name) ? "true" : true;
    expect(await identify(name, { verified }, ["example.com"])).toMatchObject({ emailTrusted: true });
    expect(await identify(name, { verified }, ["example.org"])).toMatchObject({ emailTrusted: false });
  });
});

describe("R-O7: mailboxes that a provider operates itself", () => {
  const trusts = async (name: ProviderName, email: string) => (await identify(name, { email })).emailTrusted;

  test.each(["gmail.com", "googlemail.com"])("Google: %s, and nobody else there", async (domain) => {
    for (const name of WITH_EMAIL)
      expect([name, await trusts(name, `ann@${domain}`)]).toEqual([name, name === "google"]);
  });

  test.each(["icloud.com", "me.com", "mac.com", "privaterelay.appleid.com"])(
    "Apple: %s, and nobody else there",
    async (domain) => {
      for (const name of WITH_EMAIL)
        expect([name, await trusts(name, `ann@${domain}`)]).toEqual([name, name === "apple"]);
    },
  );

  test.each(["outlook.com", "hotmail.com", "live.com", "facebook.com", "slack.com", "x.com"])(
    "%s is nobody's: any tenant or workspace can claim it",
    async (domain) => {
      for (const name of WITH_EMAIL) expect([name, await trusts(name, `ann@${domain}`)]).toEqual([name, false]);
    },
  );

  test.each([
    // domain of the address       hd                 trusted
    ["example.com", "example.com", true], // the own domain of a Workspace
    ["example.com", "example.org", false], // a second domain, or an address from elsewhere
    ["example.com", undefined, false], // a Google account with an address from elsewhere
    ["mail.example.com", "example.com", false], // no ending is enough
    ["evilgmail.com", undefined, false],
    ["gmail.com.evil.test", undefined, false],
  ] as const)("Google: %s with hd %s: %s", async (domain, hd, trusted) => {
    const profile = { ...(await profileOf("google", { email: `ann@${domain}` })), hd };
    expect(identityFrom(GOOGLE, profile, undefined).emailTrusted).toBe(trusted);
  });

  test("Google: an unverified address is trusted nowhere", async () => {
    expect(await identify("google", { email: "ann@gmail.com", verified: false })).toMatchObject({
      emailTrusted: false,
    });
  });
});

describe("R-O6: the key of an account", () => {
  const NOBODY = [undefined, null, "", {}, [], ["1"], { toString: () => "1" }, Number.NaN, 1.5, 1e300, true, "1\u0000"];

  test.each(PROVIDER_NAMES)("%s: who is not named by a text or a whole number is nobody", async (name) => {
    for (const subject of [...NOBODY, "s".repeat(256), "1\r\n2"])
      expect([subject, await refusalOf(name, { subject })]).toEqual([subject, "provider_rejected"]);
  });

  test.each(PROVIDER_NAMES)("%s: __proto__ names nobody, and harms nobody", async (name) => {
    const { data } = RECORDINGS[name];
    const hostile = JSON.parse(
      '{"__proto__":{"sub":"1","id":1,"account_id":"1","tid":"t","data":{"id":"1"},"email_verified":true,"polluted":true}}',
    );
    const sources = { ...sourcesOf({ claims: hostile, userInfo: hostile }), get: async () => hostile };
    const profile = (await data.profile?.(sources)) ?? (data.profile === undefined ? hostile : {});
    expect(() => identityFrom(data, profile, true)).toThrow(AuthError);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("Slack: one user id in two workspaces is two accounts", async () => {
    const profile = await profileOf("slack");
    const elsewhere = { ...profile, "https://slack.com/team_id": "T1" };
    expect(identityFrom(RECORDINGS.slack.data, elsewhere, undefined).providerAccountId).toBe("T1.U0R7JM");
    const nowhere = { ...profile, "https://slack.com/team_id": undefined };
    expect(() => identityFrom(RECORDINGS.slack.data, nowhere, undefined)).toThrow(AuthError);
  });

  test("GitHub: a number and its text are the same account; the handle is none", async () => {
    expect(await identify("github", { subject: 583231 })).toMatchObject({ providerAccountId: "583231" });
    expect(await refusalOf("github", { subject: undefined })).toBe("provider_rejected");
  });
});

describe("F-21: hostile texts", () => {
  test.each(PROVIDER_NAMES)("%s: a name is cleaned and bounded", async (name) => {
    const shown = async (text: string) => (await identify(name, { name: text })).name;
    expect(await shown("Ann\r\nSet-Cookie: a=b\u0000\u001b[2J")).toBe("Ann Set-Cookie: a=b [2J");
    expect(await shown("Ann \u202eeeL")).toBe("Ann eeL");
    expect((await shown("n".repeat(100_000)))?.length).toBe(128);
  });

  test.each(WITH_EMAIL)("%s: what is no address is no address", async (name) => {
    for (const email of [
      "ann@example.com\r\nBcc: all@example.com",
      "ann",
      "a@b@c",
      {},
      1,
      `${"a".repeat(100_000)}@x.test`,
    ])
      expect(await identify(name, { email }, true)).toMatchObject({ email: null, emailVerified: false });
  });

  test.each(WITH_PICTURE.filter((name) => name !== "discord"))(
    "%s: a picture is an https URL or none",
    async (name) => {
      for (const picture of ["javascript:alert(1)", "data:image/png;base64,AA", "http://a.test/", "//a.test", 1, {}])
        expect(await identify(name, { picture })).toMatchObject({ picture: null });
    },
  );

  test("Discord: the name of a picture leads nowhere but to Discord's pictures", async () => {
    for (const picture of ["../../x", "javascript:alert(1)", "https://evil.test/"]) {
      const { picture: shown } = await identify("discord", { picture });
      expect(new URL(shown ?? "").origin).toBe("https://cdn.discordapp.com");
    }
    expect(await identify("discord", { picture: {} })).toMatchObject({ picture: null });
  });
});

describe("GitHub's addresses", () => {
  const USER = { login: "octocat", id: 1, name: null, email: "shown@example.com" };
  const addressOf = async (emails: unknown) => {
    const get = { "https://api.github.com/user": USER, "https://api.github.com/user/emails": emails };
    return identityFrom(GITHUB, await readProfile(GITHUB, { get }), undefined);
  };
  const other = { email: "other@example.com", primary: false, verified: true };

  test.each([
    [[other, { email: EMAIL, primary: true, verified: true }], EMAIL, true],
    [[other, { email: EMAIL, primary: true, verified: false }], EMAIL, false], // B72: a verified one beside it changes nothing
    [[other], null, false],
    [[{ email: EMAIL, primary: "true", verified: true }], null, false],
    [[null, "text", 1], null, false],
    [{ message: "Not Found" }, null, false],
  ] as const)("of %j it is %s, verified: %s", async (emails, email, emailVerified) => {
    expect(await addressOf(emails)).toMatchObject({ email, emailVerified });
  });

  test.each([
    ["provider_rejected", null], // no permission to read addresses: who it is is known all the same
    ["provider_unavailable", "provider_unavailable"], // to be tried again, not to be signed in without the address
  ] as const)("when they answer %s: %s", async (code, outcome) => {
    const get = async (url: string) => {
      if (url.includes("/user/emails")) throw new AuthError(code);
      return USER;
    };
    const profile = GITHUB.profile?.({ ...sourcesOf({}), get });
    const read = profile?.then((found) => identityFrom(GITHUB, found as typeof USER, true).email);
    expect(await read?.catch((error: AuthError) => error.code)).toBe(outcome);
  });
});
