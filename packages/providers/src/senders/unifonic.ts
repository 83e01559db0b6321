/** Unifonic's SMS API: https://docs.unifonic.com/reference/sms-api */
import { refuseUnknown, requireBaseUrl, requireOption } from "./options.js";
import type { SmsSender } from "./sender.js";
import { smsSender, withoutPlus } from "./sms-service.js";

export interface UnifonicOptions {
  /** Names and authenticates the application. */
  appSid: string;
  /** The registered sender id. @default the application's own */
  sender?: string;
  /** @default "https://el.cloud.unifonic.com" */
  baseUrl?: string;
}

/** Texts by Unifonic. @throws AuthError `config_invalid` */
export function unifonic(options: UnifonicOptions): SmsSender {
  refuseUnknown("unifonic", options, ["appSid", "sender", "baseUrl"]);
  const fields: Record<string, string> = { AppSid: requireOption("unifonic", "appSid", options?.appSid) };
  if (options.sender !== undefined) fields.SenderID = requireOption("unifonic", "sender", options.sender);
  const baseUrl = requireBaseUrl("unifonic", options.baseUrl ?? "https://el.cloud.unifonic.com");
  return smsSender({
    name: "unifonic",
    url: `${baseUrl}/rest/SMS/messages`,
    body: (to, text) =>
      new URLSearchParams({ ...fields, Recipient: withoutPlus(to), Body: text, responseType: "JSON" }),
    // Their own examples have the boolean here and the text there. ER-00 is the code of success.
    isTaken: ({ success, errorCode = "ER-00" }) => String(success) === "true" && errorCode === "ER-00",
    error: { field: "errorCode", format: /^ER-\d{2}$/ },
  });
}
