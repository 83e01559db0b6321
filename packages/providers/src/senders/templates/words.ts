/**
 * What a language must have words for. Codes and links never pass through it, so no translation can lose or change
 * one.
 */

/** The words of one mail. */
export interface Words {
  /** One line. */
  subject: string;
  /** Before the code or the link. The first sentence is what lists of mails show, too. */
  opening: string;
  /** On the link. */
  action?: string;
  /** After it: what to do if it was somebody else. */
  closing: string;
}

export type Unit = "minute" | "hour" | "day";

/** A language: one file. Every `life` is the answer of `lifetime`, every `when` an instant in words. */
export interface Language {
  /** RFC 5646. */
  tag: string;
  direction: "ltr" | "rtl";
  /** For instants, with Latin digits. */
  locale: string;
  /** @param name null where there is none that can be used */
  greeting(name: string | null): string;
  lifetime(count: number, unit: Unit): string;
  signInLink(app: string, life: string): Words;
  signInCode(app: string, life: string): Words;
  secondFactorCode(app: string, life: string): Words;
  verifyEmailLink(app: string, life: string): Words;
  verifyEmailCode(app: string, life: string): Words;
  resetPasswordLink(app: string, life: string): Words;
  resetPasswordCode(app: string, life: string): Words;
  emailChanged(app: string, life: string, when: string, newEmail: string): Words;
  passwordChanged(app: string, when: string): Words;
  alreadyRegistered(app: string): Words;
  /** Texts that say the same in fewer and fewer letters: the first that fits into one part is sent. */
  codeTexts(app: string, code: string, life: string): readonly string[];
}
