/** The words: in both languages, for every input, and none of it able to become anything but words. */
import { describe, expect, test } from "vitest";
import { type EmailTemplates, emailTemplates, isSinglePart, smsTemplates } from "../../src/senders/index.js";
import { CODE, count, MAILS, URL_OF_LINK, unescapeHtml } from "./mails.js";
import { misconfigured } from "./refused.js";

const LANGUAGES = ["en", "ar"] as const;
const LETTERS = { en: /[A-Za-z]/, ar: /\p{Script=Arabic}/u };

/** The tags alone, in their order; links by what they are, not where they lead. */
function tagsOf(html: string): string[] {
  return (html.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/href="[^"]*"/, "href"));
}

describe.each(LANGUAGES)("in %s", (language) => {
  test.each(MAILS)(
    "%s (%s): subject, text and HTML say the same, in that language, with the app's name",
    (_name, _about, make) => {
      const { subject, text, html } = make({ appName: "Acme", language }, "Nora");
      for (const part of [subject, text, html]) {
        expect(part).toMatch(LETTERS[language]);
        expect(part).toContain("Acme");
      }
      // No undefined, no sentence without its value, no digits but Latin ones.
      expect(subject + text + html).not.toMatch(/undefined|null|NaN|\[object|\$\{|[٠-٩۰-۹]/);
      if (language === "en") expect(text + subject).not.toMatch(LETTERS.ar);
      const written = unescapeHtml(html);
      for (const paragraph of text.trim().split("\n\n"))
        if (!paragraph.includes(URL_OF_LINK)) expect(written).toContain(paragraph);
    },
  );

  test.each(MAILS)(
    "%s (%s): the HTML loads nothing, has no table, and is made for the dark, too",
    (_name, _about, make) => {
      const { html } = make({ appName: "Acme", language });
      expect(html).not.toMatch(
        /<(img|link|script|iframe|table|form|object|svg)|@import|url\(|\ssrc=|\son\w+=|javascript:/i,
      );
      expect(html).toContain('<meta name="color-scheme" content="light dark">');
      expect(html).toContain("@media (prefers-color-scheme: dark)");
      expect(count(html, "<p") - count(html, "</p>")).toBe(0);
      const links = html.match(/https?:\/\/[^"< ]*/g) ?? [];
      expect(links.map(unescapeHtml).every((link) => link === URL_OF_LINK)).toBe(true);
    },
  );

  const HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "</p></div></body></html>",
    "' onmouseover='x",
    "&lt;b&gt;",
    "A\r\nBcc: eve@example.com",
    "A\u2028B\u0000C\u001b[2J",
    "moc.live\u202e",
    "\ud800",
    "x".repeat(5000),
  ];
  test.each(HOSTILE)(
    "a name of app or person, an address, a code cannot be markup, header or another line: %j",
    (hostile) => {
      for (const [, , make] of MAILS) {
        const context = { appName: hostile, language };
        const { subject, text, html } = make(context, hostile);
        const plain = make({ appName: "Acme", language });
        expect(tagsOf(html)).toEqual(tagsOf(plain.html));
        expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
        expect(text.split("\n")).toHaveLength(plain.text.split("\n").length);
        expect(subject.length).toBeLessThan(250);
      }
      const at = new Date(0);
      const context = { appName: "Acme", language };
      const changed = { url: URL_OF_LINK, expiresIn: 60, at };
      expect(tagsOf(emailTemplates.emailChanged({ ...changed, newEmail: hostile }, context).html)).toEqual(
        tagsOf(emailTemplates.emailChanged({ ...changed, newEmail: "a@example.com" }, context).html),
      );
      expect(tagsOf(emailTemplates.signInCode({ code: hostile, expiresIn: 60 }, context).html)).toEqual(
        tagsOf(emailTemplates.signInCode({ code: CODE, expiresIn: 60 }, context).html),
      );
    },
  );

  test("a name that looks like one is greeted; what a mail program would make a link of, or is none, is left out", () => {
    const textWith = (name: string | null) =>
      emailTemplates.signInCode({ code: CODE, expiresIn: 60, name }, { appName: "Acme", language }).text;
    for (const name of ["Nora", "نورة العتيبي", "Jean-Luc O'Neil", "Dr. Nora", "José", "  Nora  "])
      expect(textWith(name).split("\n")[0]).toContain(name.trim());
    const without = textWith(null);
    for (const name of [
      "evil.com",
      "see https://evil.test",
      "evil.test/now",
      "call 0501234567",
      "a@b.c",
      "",
      " ",
      "-",
      "x".repeat(41),
    ])
      expect(textWith(name)).toBe(without);
  });

  test.each(["javascript:alert(1)", "data:text/html,x", "//evil.test", "/relative", "", "mailto:a@b.c"])(
    "R-A9: a link is an http or https URL with its host: %j is config_invalid",
    (url) => {
      const context = { appName: "Acme", language };
      expect(misconfigured(() => emailTemplates.signInLink({ url, expiresIn: 60 }, context))).toContain("URL");
    },
  );

  test("a link cannot leave its attribute, and is the same in text and HTML", () => {
    const url = `https://app.test/?a="onclick="x&b='><script>&lt;=1&amp;c=\r\nd#'"`;
    const { text, html } = emailTemplates.signInLink({ url, expiresIn: 60 }, { appName: "Acme", language });
    const { href } = new URL(url);
    expect(text).toContain(`\n${href}\n`);
    expect(unescapeHtml(/href="([^"]*)"/.exec(html)?.[1] ?? "")).toBe(href);
    expect(html).not.toContain("<script");
  });
});

test.each([
  // language     words of   why this row exists
  ["ar-SA", "ar"], // RFC 4647 §3.4: the primary subtag decides
  ["AR", "ar"],
  ["en-GB", "en"],
  ["arz", "en"], // another language, not a form of ar
  ["fr", "en"], // no words for it
  ["", "en"],
])("the language %j is answered in %s, and the mail says so", (language, tag) => {
  const content = emailTemplates.signInCode({ code: CODE, expiresIn: 60 }, { appName: "Acme", language });
  expect(content.language).toBe(tag);
  expect(content.html).toContain(`<html lang="${tag}"`);
});

test.each([
  // seconds  English       Arabic              why this row exists
  [30, "1 minute", "دقيقة واحدة"], // less than the smallest unit
  [60, "1 minute", "دقيقة واحدة"],
  [120, "2 minutes", "دقيقتين"], // the dual has no number
  [300, "5 minutes", "5 دقائق"], // few: 3 to 10
  [900, "15 minutes", "15 دقيقة"], // many: 11 to 99
  [6000, "100 minutes", "100 دقيقة"], // other
  [119, "1 minute", "دقيقة واحدة"], // never longer than it is
  [3600, "1 hour", "ساعة واحدة"],
  [5400, "90 minutes", "90 دقيقة"],
  [36_000, "10 hours", "10 ساعات"],
  [86_400, "1 day", "يوم واحد"],
  [172_800, "2 days", "يومين"],
  [604_800, "7 days", "7 أيام"],
  [2_592_000, "30 days", "30 يومًا"],
])("%i seconds are %s, %s", (expiresIn, english, arabic) => {
  const textIn = (language: string) =>
    emailTemplates.signInCode({ code: CODE, expiresIn }, { appName: "Acme", language }).text;
  expect(textIn("en")).toContain(`for ${english}.`);
  expect(textIn("ar")).toContain(`لمدة ${arabic}.`);
});

test("an instant is told in UTC, with Latin digits, in both languages", () => {
  const at = new Date("2026-03-04T14:05:00Z");
  const textIn = (language: string) => emailTemplates.passwordChanged({ at }, { appName: "Acme", language }).text;
  expect(textIn("en")).toMatch(/4 March 2026 at 14:05 UTC/);
  expect(textIn("ar")).toMatch(/4 مارس 2026 .*14:05 UTC/);
});

test("a template is pure, and one can take the place of another", () => {
  const context = { appName: "Acme", language: "en" };
  const data = Object.freeze({ code: CODE, expiresIn: 60 });
  expect(emailTemplates.signInCode(data, context)).toEqual(emailTemplates.signInCode(data, context));
  const own: EmailTemplates = {
    ...emailTemplates,
    signInCode: ({ code }, { language }) => ({ subject: "S", text: `${code} ${language}`, html: `<p>${code}</p>` }),
  };
  expect(own.signInCode(data, { ...context, language: "fr" }).text).toBe(`${CODE} fr`);
});

describe("texts", () => {
  test.each([
    // app's name               language
    ["Acme", "en"],
    ["Acme", "ar"],
    ["متجر المملكة", "en"], // makes all of it UCS-2: 70 units
    ["متجر المملكة", "ar"],
    ["A".repeat(30), "en"],
    ["م".repeat(30), "ar"],
    ["A".repeat(5000), "en"],
    ["م".repeat(5000), "en"],
    ["م".repeat(5000), "ar"],
    ["[€~]".repeat(25), "en"], // each is two septets
  ])("the code for %s in %s fits into one part, with the code in it once", (appName, language) => {
    for (const code of ["1234", CODE, "12345678"]) {
      const text = smsTemplates.code({ code, expiresIn: 300 }, { appName, language });
      expect(isSinglePart(text), text).toBe(true);
      expect(count(text, code)).toBe(1);
      expect(text).not.toMatch(/[٠-٩۰-۹]/);
    }
  });

  test("with a usual name they say all: whose code it is, for how long, and that it is nobody else's", () => {
    const textIn = (language: string) =>
      smsTemplates.code({ code: CODE, expiresIn: 300 }, { appName: "Acme", language });
    expect(textIn("en")).toBe(`${CODE} is your code for Acme. It works for 5 minutes. Do not share it with anyone.`);
    expect(textIn("ar")).toBe(`رمزك لدى Acme: ${CODE}. صالح لمدة 5 دقائق. لا تشاركه مع أحد.`);
  });

  test.each([
    // text                 one part   why this row exists
    ["a".repeat(160), true], // 3GPP TS 23.038: 160 septets in 140 octets
    ["a".repeat(161), false],
    [`${"a".repeat(158)}€`, true], // an extended character is two
    [`${"a".repeat(159)}€`, false],
    ["م".repeat(70), true], // UCS-2: two octets each
    ["م".repeat(71), false],
    [`${"a".repeat(70)}م`, false], // one letter makes all of it UCS-2
    [`${"a".repeat(68)}😀`, true], // two units
    [`${"a".repeat(69)}😀`, false],
    ["`".repeat(71), false], // ASCII, but not in the alphabet
    [`${"@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r".repeat(3)}`, true], // all that is not ASCII
  ])("%j in one part: %s", (text, fits) => {
    expect(isSinglePart(text)).toBe(fits);
  });
});
