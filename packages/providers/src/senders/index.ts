/** Senders of mails and texts, and what they send. */
export { consoleEmail, consoleSms, type Print } from "./console.js";
export { type MsegatOptions, msegat } from "./msegat.js";
export { type ResendOptions, resend } from "./resend.js";
export type { EmailMessage, EmailSender, SmsMessage, SmsSender } from "./sender.js";
export { isSinglePart } from "./sms-length.js";
export { type SmtpSender, smtp } from "./smtp.js";
export type { SmtpOptions } from "./smtp-settings.js";
export { type TaqnyatOptions, taqnyat } from "./taqnyat.js";
export {
  type AlreadyRegisteredData,
  type CodeData,
  type EmailChangedData,
  type EmailContent,
  type EmailTemplate,
  type EmailTemplates,
  emailTemplates,
  type LinkData,
  type PasswordChangedData,
  type PersonData,
  type SmsTemplates,
  smsTemplates,
  type TemplateContext,
} from "./templates/templates.js";
export { type TwilioOptions, twilio } from "./twilio.js";
export { type UnifonicOptions, unifonic } from "./unifonic.js";
