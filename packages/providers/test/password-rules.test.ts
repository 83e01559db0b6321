import { describe, expect, test } from "vitest";
import { cookieOf, EMAIL, openApp, outcomeOf, PASSWORD } from "./app.js";

/** Outcomes of signing up with a password, and of changing to it. */
async function outcomesWith(password: string, fields: object = {}): Promise<string[]> {
  const { post, signUp } = openApp({ password: { blockedWords: ["Latchkey"] } });
  const signedUp = await outcomeOf(await signUp({ ...fields, password }));
  const cookie = cookieOf(await signUp({ ...fields, email: "ann@changing.example" }));
  const changed = await post("/password/change", { currentPassword: PASSWORD, newPassword: password }, { cookie });
  return [signedUp, await outcomeOf(changed)];
}

const ACCEPTED = ["201", "200"];
const REJECTED = ["400 password_rejected", "400 password_rejected"];

describe("R-A1: length", () => {
  test.each([
    // password                 outcome   why this row exists
    ["kestrel", REJECTED, "7 characters"],
    ["kestrels", ACCEPTED, "8 characters, no composition rules"],
    ["🦊🐻🐼🐨🐯🦁🐮", REJECTED, "7 code points are 14 UTF-16 units"],
    ["🦊🐻🐼🐨🐯🦁🐮🐷", ACCEPTED, "8 code points"],
    ["e\u0301".repeat(7), REJECTED, "7 characters in NFC, 14 in NFD"],
    ["kestrel ".repeat(32), ACCEPTED, "256 characters"],
    [`${"kestrel ".repeat(32)}x`, REJECTED, "257 characters"],
    ["🦊".repeat(256), ACCEPTED, "256 code points, 1 KiB"],
    ["x".repeat(4097), REJECTED, "over 4 KiB"],
    ["        ", ACCEPTED, "blanks are characters"],
    ["a\ud800bcdefgh", REJECTED, "a lone surrogate"],
    ["a\udc00\ud800cdefgh", REJECTED, "two lone surrogates"],
    ["kes\u0000\r\n\u001btrel", ACCEPTED, "control characters are characters"],
  ])("$2: $1", async (password, outcome) => {
    expect(await outcomesWith(password)).toEqual(outcome);
  });

  test.each([
    // signed up with                      signs in with                        why they differ
    [`${"x".repeat(72)}-first ending`, `${"x".repeat(72)}-other ending`, "after byte 72 (B36)"],
    [`${"é".repeat(100)}a`, `${"é".repeat(100)}b`, "after 200 bytes"],
    ["kestrel\u0000 one", "kestrel\u0000 two", "after NUL"],
    ["kestrels\u0000", "kestrels", "in a NUL at the end"],
    ["Kestrels", "kestrels", "in case"],
    ["kestrels ", "kestrels", "in a blank at the end"],
    ["x".repeat(256), "x".repeat(255), "in length"],
  ])("two passwords are not one that differ $2", async (password, other) => {
    const { signIn, signUp } = openApp();
    expect((await signUp({ password })).status).toBe(201);
    expect(await outcomeOf(await signIn({ password: other }))).toBe("401 invalid_credentials");
    expect(await outcomeOf(await signIn({ password }))).toBe("200");
  });

  test.each([
    ["over 4 KiB", "x".repeat(4097)],
    ["over 256 characters", "x".repeat(257)],
    ["over 4 KiB in fewer characters", "🦊".repeat(1025)],
    ["not Unicode", "a\ud800bcdefgh"],
    ["empty", ""],
  ])("what no password can be is refused at sign-in alike for known and unknown accounts: %s", async (_, password) => {
    const { signIn, signUp } = openApp();
    await signUp();
    for (const email of [EMAIL, "nobody@example.com"])
      expect(await outcomeOf(await signIn({ email, password }))).toBe("400 request_invalid");
  });
});

describe("R-A2: Unicode", () => {
  test.each([
    // signed up with              signs in with              outcome
    ["caf\u00e9 kestrel", "cafe\u0301 kestrel", "200"], // NFC and NFD are one password
    ["cafe\u0301 kestrel", "caf\u00e9 kestrel", "200"],
    ["\u212bngstr\u00f6m", "\u00c5ngstro\u0308m", "200"], // the Ångström sign is canonically Å
    ["\ufb01nancier", "financier", "401 invalid_credentials"], // a ligature is not its letters: NFC, not NFKC
    ["kestrel\u2460\u2461", "kestrel12", "401 invalid_credentials"],
  ])("signed up with %j, %j is answered %s", async (password, other, outcome) => {
    const { signIn, signUp } = openApp();
    expect((await signUp({ password })).status).toBe(201);
    expect(await outcomeOf(await signIn({ password: other }))).toBe(outcome);
  });
});

describe("R-A3: blocklist", () => {
  test.each([
    ["password", "the commonest"],
    ["PassWord", "case does not matter"],
    ["12345678", "digits"],
    ["qwertyuiop", "a row of keys"],
    ["iloveyou", "a phrase that many have"],
    ["password123", "a common variation is on the list itself"],
    ["latchkey", "a word of the app"],
    ["LATCHKEY", "a word of the app, in other case"],
    ["!latchkey2026", "a word of the app with digits and signs"],
  ])("%j is refused on sign-up and on change: %s", async (password) => {
    expect(await outcomesWith(password)).toEqual(REJECTED);
  });

  test.each([
    // password             name              why this row exists
    ["ann@example.com", "Ann Lee", "the address"],
    ["Ann123456", "Somebody", "the local part with digits"],
    ["AnnLee2026!", "Ann Lee", "the name"],
    ["lee-12345", "Ann Lee", "a part of the name"],
  ])("%j of %s is refused on sign-up: %s", async (password, name) => {
    const { signUp } = openApp();
    expect(await outcomeOf(await signUp({ password, name }))).toBe("400 password_rejected");
  });

  test("what is known of the user is refused on change too", async () => {
    const { post, signUp } = openApp();
    const cookie = cookieOf(await signUp({ name: "Ann Lee" }));
    const change = (newPassword: string) =>
      post("/password/change", { currentPassword: PASSWORD, newPassword }, { cookie });
    expect(await outcomeOf(await change("AnnLee2026!"))).toBe("400 password_rejected");
    expect(await outcomeOf(await change("annlee the kestrel"))).toBe("200");
  });

  test("the list has at least the 3,000 commonest passwords that are long enough", async () => {
    const { dictionary } = await import("@zxcvbn-ts/language-common");
    const { createBlocklist } = await import("../src/password/blocklist.js");
    const isBlocked = createBlocklist([]);
    const common = dictionary["passwords-common"].filter((password) => password.length >= 8).slice(0, 5000);
    expect(common).toHaveLength(5000);
    const blocked = await Promise.all(common.map((password) => isBlocked(password.toUpperCase(), [])));
    expect(blocked.filter((isBlocked) => !isBlocked)).toEqual([]);
  });

  test.each([[{ blockedWords: [""] }], [{ blockedWords: "word" }], [{ blockedWords: [42] }], [{ minLength: 4 }]])(
    "options %j are refused at start",
    (options) => {
      expect(() => openApp({ password: options as never })).toThrow(
        expect.objectContaining({ code: "config_invalid" }),
      );
    },
  );
});
