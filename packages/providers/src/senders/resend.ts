/** Resend's API for mail: https://resend.com/docs/api-reference/emails */
import { isSuccess, post, refusal } from "./http.js";
import { checkEmail } from "./message.js";
import { refuseUnknown, requireBaseUrl, requireMailbox, requireOption, VISIBLE_ASCII } from "./options.js";
import type { EmailSender } from "./sender.js";

export interface ResendOptions {
  apiKey: string;
  /** `"Acme <hello@acme.com>"`, or an address alone; of a domain that is verified there. */
  from: string;
  /** @default "https://api.resend.com" */
  baseUrl?: string;
}

/** Mail by Resend. A mail that is sent again with its `id` is delivered once. @throws AuthError `config_invalid` */
export function resend(options: ResendOptions): EmailSender {
  refuseUnknown("resend", options, ["apiKey", "from", "baseUrl"]);
  const apiKey = requireOption("resend", "apiKey", options?.apiKey, VISIBLE_ASCII);
  requireMailbox("resend", options.from);
  const { from } = options;
  const baseUrl = requireBaseUrl("resend", options.baseUrl ?? "https://api.resend.com");
  return {
    async send(message) {
      const { to, subject, text, html, language, id = crypto.randomUUID() } = checkEmail(message);
      // RFC 3834 §5: nobody's vacation notice answers.
      const headers = { "Auto-Submitted": "auto-generated", ...(language && { "Content-Language": language }) };
      const answer = await post(
        `${baseUrl}/emails`,
        { from, to: [to], subject, text, html, headers },
        { authorization: `Bearer ${apiKey}`, "idempotency-key": id },
      );
      if (isSuccess(answer) && typeof answer.body.id === "string") return;
      throw refusal("resend", answer, answer.body.name, /^[a-z_]{1,40}$/);
    },
  };
}
