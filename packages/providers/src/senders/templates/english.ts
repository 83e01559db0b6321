/** The words in English. */
import type { Language } from "./words.js";

const IGNORE = "If you did not ask for this, ignore this mail: nothing happens without you.";
const SECRET = "Do not share this code. Nobody who works for us will ask you for it.";

export const english: Language = {
  tag: "en",
  direction: "ltr",
  locale: "en-GB",
  greeting: (name) => (name === null ? "Hello," : `Hello ${name},`),
  lifetime: (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"}`,

  signInLink: (app, life) => ({
    subject: `Sign in to ${app}`,
    opening: `This link signs you in to ${app}. It works once, for ${life}.`,
    action: "Sign in",
    closing: IGNORE,
  }),
  signInCode: (app, life) => ({
    subject: `Your sign-in code for ${app}`,
    opening: `Enter this code to sign in to ${app}. It works once, for ${life}.`,
    closing: `${SECRET} ${IGNORE}`,
  }),
  secondFactorCode: (app, life) => ({
    subject: `Your second step for ${app}`,
    opening: `Enter this code to finish signing in to ${app}. It works once, for ${life}.`,
    closing: `${SECRET} If you are not signing in right now, somebody else has your password: change it.`,
  }),
  verifyEmailLink: (app, life) => ({
    subject: `Confirm your e-mail address for ${app}`,
    opening: `Confirm that this e-mail address is yours, so that you can use it at ${app}. The link works once, for ${life}.`,
    action: "Confirm address",
    closing: IGNORE,
  }),
  verifyEmailCode: (app, life) => ({
    subject: `Confirm your e-mail address for ${app}`,
    opening: `Enter this code at ${app} to confirm that this e-mail address is yours. It works once, for ${life}.`,
    closing: `${SECRET} ${IGNORE}`,
  }),
  resetPasswordLink: (app, life) => ({
    subject: `Reset your password for ${app}`,
    opening: `Somebody asked to reset your password for ${app}. This link lets you choose a new one. It works once, for ${life}.`,
    action: "Choose a new password",
    closing: "If it was not you, ignore this mail: your password stays as it is.",
  }),
  resetPasswordCode: (app, life) => ({
    subject: `Reset your password for ${app}`,
    opening: `Somebody asked to reset your password for ${app}. Enter this code to choose a new one. It works once, for ${life}.`,
    closing: `${SECRET} If it was not you, ignore this mail: your password stays as it is.`,
  }),
  emailChanged: (app, life, when, newEmail) => ({
    subject: `Your e-mail address for ${app} was changed`,
    opening: `The e-mail address of your account at ${app} was changed to ${newEmail} on ${when}. If it was not you, this link brings the old one back. It works for ${life}.`,
    action: "Undo the change",
    closing: "If it was you, there is nothing to do.",
  }),
  passwordChanged: (app, when) => ({
    subject: `Your password for ${app} was changed`,
    opening: `The password of your account at ${app} was changed on ${when}. If it was not you, reset it now.`,
    action: "Reset your password",
    closing: "If it was you, there is nothing to do.",
  }),
  alreadyRegistered: (app) => ({
    subject: `You already have an account at ${app}`,
    opening: `Somebody tried to create an account at ${app} with this e-mail address, but you have one already. If it was you, sign in to it; you can reset the password there.`,
    action: "Sign in",
    closing: "If it was not you, ignore this mail: nothing was changed.",
  }),

  codeTexts: (app, code, life) => [
    `${code} is your code for ${app}. It works for ${life}. Do not share it with anyone.`,
    `${code} is your code for ${app}. Do not share it.`,
    `${code} is your code. Do not share it.`,
  ],
};
