/** One of each mail that is sent, with data as a flow would give it. */
import { type EmailContent, emailTemplates, type TemplateContext } from "../../src/senders/index.js";

export const URL_OF_LINK = "https://app.test/auth/callback/email?token=3f9c&callbackUrl=%2Fhome";
export const CODE = "481516";
const AT = new Date("2026-03-04T14:05:00Z");

type Make = (context: TemplateContext, name?: string) => EmailContent;

const link = { url: URL_OF_LINK, expiresIn: 900 };
const code = { code: CODE, expiresIn: 300 };

/** Each with what it is about: a link, a code, or neither. */
export const MAILS: readonly (readonly [
  name: keyof typeof emailTemplates,
  about: "link" | "code" | "none",
  make: Make,
])[] = [
  ["signInLink", "link", (context, name) => emailTemplates.signInLink({ ...link, name }, context)],
  ["signInCode", "code", (context, name) => emailTemplates.signInCode({ ...code, name }, context)],
  ["secondFactorCode", "code", (context, name) => emailTemplates.secondFactorCode({ ...code, name }, context)],
  ["verifyEmailLink", "link", (context, name) => emailTemplates.verifyEmailLink({ ...link, name }, context)],
  ["verifyEmailCode", "code", (context, name) => emailTemplates.verifyEmailCode({ ...code, name }, context)],
  ["resetPasswordLink", "link", (context, name) => emailTemplates.resetPasswordLink({ ...link, name }, context)],
  ["resetPasswordCode", "code", (context, name) => emailTemplates.resetPasswordCode({ ...code, name }, context)],
  [
    "emailChanged",
    "link",
    (context, name) =>
      emailTemplates.emailChanged(
        { url: URL_OF_LINK, expiresIn: 7 * 86_400, newEmail: "new@example.com", at: AT, name },
        context,
      ),
  ],
  [
    "passwordChanged",
    "link",
    (context, name) => emailTemplates.passwordChanged({ at: AT, url: URL_OF_LINK, name }, context),
  ],
  ["passwordChanged", "none", (context, name) => emailTemplates.passwordChanged({ at: AT, name }, context)],
  [
    "alreadyRegistered",
    "link",
    (context, name) => emailTemplates.alreadyRegistered({ url: URL_OF_LINK, name }, context),
  ],
];

/** How often the text has the part. */
export function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** What a browser would make of the few entities that are written. */
export function unescapeHtml(html: string): string {
  return html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
