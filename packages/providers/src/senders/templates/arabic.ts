/**
 * The words in Arabic. Digits stay Latin: a code is typed as it is read, and most keyboards for numbers have no
 * others.
 */
import type { Language, Unit } from "./words.js";

const IGNORE = "إذا لم تطلب ذلك فتجاهل هذه الرسالة، ولن يحدث شيء من دونك.";
const SECRET = "لا تشارك هذا الرمز مع أحد، فلن يطلبه منك أي شخص يعمل لدينا.";
const NOT_YOU = "إذا لم تكن أنت من طلب ذلك فتجاهل هذه الرسالة، وستبقى كلمة المرور كما هي.";
const NOTHING_TO_DO = "إذا كنت أنت من فعل ذلك فلا يلزمك فعل شيء.";

/** After "for": one, two, 3 to 10, and the others, as the number has them (CLDR's plural rules for Arabic). */
const UNITS: Readonly<Record<Unit, readonly [one: string, two: string, few: string, many: string, other: string]>> = {
  minute: ["دقيقة واحدة", "دقيقتين", "دقائق", "دقيقة", "دقيقة"],
  hour: ["ساعة واحدة", "ساعتين", "ساعات", "ساعة", "ساعة"],
  day: ["يوم واحد", "يومين", "أيام", "يومًا", "يوم"],
};
const FORMS: readonly string[] = ["one", "two", "few", "many", "other"];

export const arabic: Language = {
  tag: "ar",
  direction: "rtl",
  locale: "ar-u-ca-gregory-nu-latn",
  greeting: (name) => (name === null ? "مرحبًا،" : `مرحبًا ${name}،`),
  lifetime: (count, unit) => {
    const words = UNITS[unit][FORMS.indexOf(new Intl.PluralRules("ar").select(count))];
    return count === 1 || count === 2 ? `${words}` : `${count} ${words}`;
  },

  signInLink: (app, life) => ({
    subject: `تسجيل الدخول إلى ${app}`,
    opening: `هذا الرابط يسجّل دخولك إلى ${app}. يعمل مرة واحدة فقط، لمدة ${life}.`,
    action: "تسجيل الدخول",
    closing: IGNORE,
  }),
  signInCode: (app, life) => ({
    subject: `رمز تسجيل الدخول إلى ${app}`,
    opening: `أدخل هذا الرمز لتسجيل الدخول إلى ${app}. يعمل مرة واحدة فقط، لمدة ${life}.`,
    closing: `${SECRET} ${IGNORE}`,
  }),
  secondFactorCode: (app, life) => ({
    subject: `الخطوة الثانية لتسجيل الدخول إلى ${app}`,
    opening: `أدخل هذا الرمز لإكمال تسجيل الدخول إلى ${app}. يعمل مرة واحدة فقط، لمدة ${life}.`,
    closing: `${SECRET} إذا لم تكن تسجّل الدخول الآن فهناك من يعرف كلمة مرورك، فغيّرها.`,
  }),
  verifyEmailLink: (app, life) => ({
    subject: `تأكيد بريدك الإلكتروني لدى ${app}`,
    opening: `أكّد أن هذا البريد الإلكتروني لك لتتمكن من استخدامه لدى ${app}. يعمل الرابط مرة واحدة فقط، لمدة ${life}.`,
    action: "تأكيد البريد الإلكتروني",
    closing: IGNORE,
  }),
  verifyEmailCode: (app, life) => ({
    subject: `تأكيد بريدك الإلكتروني لدى ${app}`,
    opening: `أدخل هذا الرمز لدى ${app} لتأكيد أن هذا البريد الإلكتروني لك. يعمل مرة واحدة فقط، لمدة ${life}.`,
    closing: `${SECRET} ${IGNORE}`,
  }),
  resetPasswordLink: (app, life) => ({
    subject: `إعادة تعيين كلمة المرور لدى ${app}`,
    opening: `طُلبت إعادة تعيين كلمة مرورك لدى ${app}. يتيح لك هذا الرابط اختيار كلمة مرور جديدة. يعمل مرة واحدة فقط، لمدة ${life}.`,
    action: "اختيار كلمة مرور جديدة",
    closing: NOT_YOU,
  }),
  resetPasswordCode: (app, life) => ({
    subject: `إعادة تعيين كلمة المرور لدى ${app}`,
    opening: `طُلبت إعادة تعيين كلمة مرورك لدى ${app}. أدخل هذا الرمز لاختيار كلمة مرور جديدة. يعمل مرة واحدة فقط، لمدة ${life}.`,
    closing: `${SECRET} ${NOT_YOU}`,
  }),
  emailChanged: (app, life, when, newEmail) => ({
    subject: `تم تغيير بريدك الإلكتروني لدى ${app}`,
    opening: `تم تغيير البريد الإلكتروني لحسابك لدى ${app} إلى ${newEmail} بتاريخ ${when}. إذا لم تكن أنت من فعل ذلك فهذا الرابط يعيد البريد السابق. يعمل الرابط لمدة ${life}.`,
    action: "التراجع عن التغيير",
    closing: NOTHING_TO_DO,
  }),
  passwordChanged: (app, when) => ({
    subject: `تم تغيير كلمة مرورك لدى ${app}`,
    opening: `تم تغيير كلمة مرور حسابك لدى ${app} بتاريخ ${when}. إذا لم تكن أنت من فعل ذلك فأعد تعيينها الآن.`,
    action: "إعادة تعيين كلمة المرور",
    closing: NOTHING_TO_DO,
  }),
  alreadyRegistered: (app) => ({
    subject: `لديك حساب بالفعل لدى ${app}`,
    opening: `حاول أحدهم إنشاء حساب لدى ${app} بهذا البريد الإلكتروني، لكن لديك حساب بالفعل. إذا كنت أنت فسجّل الدخول إليه، ويمكنك هناك إعادة تعيين كلمة المرور.`,
    action: "تسجيل الدخول",
    closing: "إذا لم تكن أنت فتجاهل هذه الرسالة، فلم يتغير شيء.",
  }),

  codeTexts: (app, code, life) => [
    `رمزك لدى ${app}: ${code}. صالح لمدة ${life}. لا تشاركه مع أحد.`,
    `رمزك لدى ${app}: ${code}. لا تشاركه مع أحد.`,
    `رمزك: ${code}. لا تشاركه مع أحد.`,
  ],
};
