/** The mails and texts that are sent, as pure functions. An app puts its own in their place: `{ ...emailTemplates, … }`. */
import type { EmailMessage } from "../sender.js";
import { isSinglePart } from "../sms-length.js";
import { arabic } from "./arabic.js";
import { english } from "./english.js";
import { instantOf, lifetimeOf, lineOf, linkOf, nameOf } from "./input.js";
import { htmlOf, type Key, textOf } from "./letter.js";
import type { Language, Words } from "./words.js";

export interface TemplateContext {
  /** As the readers know it. */
  appName: string;
  /** RFC 5646, such as `"ar-SA"`. Without words for it: English. */
  language: string;
}

/** All of a mail but to whom; `language` is that of the words. */
export type EmailContent = Pick<EmailMessage, "subject" | "text" | "html" | "language">;

export interface PersonData {
  /**
   * For the greeting. Left out where it does not look like a name, and best not given before the address is verified.
   */
  name?: string | null;
}

export interface LinkData extends PersonData {
  /** The whole link, host and all, of the configured base URL. */
  url: string;
  /** Seconds for which it works. */
  expiresIn: number;
}

export interface CodeData extends PersonData {
  code: string;
  /** Seconds for which it works. */
  expiresIn: number;
}

export interface EmailChangedData extends LinkData {
  /** As much of the new address as the owner of the old one may see. */
  newEmail: string;
  at: Date;
}

export interface PasswordChangedData extends PersonData {
  at: Date;
  /** Where passwords are reset. */
  url?: string;
}

export interface AlreadyRegisteredData extends PersonData {
  /** Where one signs in. */
  url: string;
}

/** Pure: the same data, the same mail. */
export type EmailTemplate<Data> = (data: Data, context: TemplateContext) => EmailContent;

export interface EmailTemplates {
  signInLink: EmailTemplate<LinkData>;
  signInCode: EmailTemplate<CodeData>;
  /** After the first factor was right. */
  secondFactorCode: EmailTemplate<CodeData>;
  verifyEmailLink: EmailTemplate<LinkData>;
  verifyEmailCode: EmailTemplate<CodeData>;
  resetPasswordLink: EmailTemplate<LinkData>;
  resetPasswordCode: EmailTemplate<CodeData>;
  /** To the old address; the link undoes the change. */
  emailChanged: EmailTemplate<EmailChangedData>;
  passwordChanged: EmailTemplate<PasswordChangedData>;
  /**
   * For a sign-up with an address that has an account: the page answers like for a new one, and only this mail tells
   * (R-A8).
   */
  alreadyRegistered: EmailTemplate<AlreadyRegisteredData>;
}

export interface SmsTemplates {
  /** Fits into one part whatever the app is called: what is too long is left out, the code never. */
  code(data: Omit<CodeData, "name">, context: TemplateContext): string;
}

/** Code points, of which RFC 5321 §4.5.3.1.3 allows no address more. */
const MAX_ADDRESS = 254;
const LANGUAGES: readonly Language[] = [english, arabic];

export const emailTemplates: EmailTemplates = {
  signInLink: keyTemplate("signInLink"),
  signInCode: keyTemplate("signInCode"),
  secondFactorCode: keyTemplate("secondFactorCode"),
  verifyEmailLink: keyTemplate("verifyEmailLink"),
  verifyEmailCode: keyTemplate("verifyEmailCode"),
  resetPasswordLink: keyTemplate("resetPasswordLink"),
  resetPasswordCode: keyTemplate("resetPasswordCode"),
  emailChanged: template((data: EmailChangedData, app, language) => {
    const life = lifetimeOf(data.expiresIn, language);
    return language.emailChanged(app, life, instantOf(data.at, language), lineOf(data.newEmail, MAX_ADDRESS));
  }),
  passwordChanged: template((data: PasswordChangedData, app, language) =>
    language.passwordChanged(app, instantOf(data.at, language)),
  ),
  alreadyRegistered: template((_data: AlreadyRegisteredData, app, language) => language.alreadyRegistered(app)),
};

export const smsTemplates: SmsTemplates = {
  code({ code, expiresIn }, context) {
    const language = languageOf(context);
    const texts = language.codeTexts(lineOf(context.appName), lineOf(code), lifetimeOf(expiresIn, language));
    return texts.find(isSinglePart) ?? code;
  },
};

type KeyTemplate =
  | "signInLink"
  | "signInCode"
  | "secondFactorCode"
  | "verifyEmailLink"
  | "verifyEmailCode"
  | "resetPasswordLink"
  | "resetPasswordCode";

/** For mails that are about nothing but their link or code. */
function keyTemplate<Data extends LinkData | CodeData>(name: KeyTemplate): EmailTemplate<Data> {
  return template((data, app, language) => language[name](app, lifetimeOf(data.expiresIn, language)));
}

function template<Data extends PersonData & Key>(
  wordsOf: (data: Data, app: string, language: Language) => Words,
): EmailTemplate<Data> {
  return (data, context) => {
    const language = languageOf(context);
    const app = lineOf(context.appName);
    const words = wordsOf(data, app, language);
    const name = nameOf(data.name);
    const key: Key = {
      code: data.code === undefined ? undefined : lineOf(data.code),
      url: data.url === undefined ? undefined : linkOf(data.url),
    };
    const parts = [language, name, words, key, app] as const;
    return { subject: words.subject, text: textOf(...parts), html: htmlOf(...parts), language: language.tag };
  };
}

/** By the first subtag (RFC 4647 §3.4): `ar-SA` is `ar`. */
function languageOf({ language }: TemplateContext): Language {
  const [primary] = language.toLowerCase().split("-");
  return LANGUAGES.find(({ tag }) => tag === primary) ?? english;
}
