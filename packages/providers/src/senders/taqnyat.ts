/** Taqnyat's SMS API: https://dev.taqnyat.sa/en/doc/sms/ */
import { refuseUnknown, requireBaseUrl, requireOption, VISIBLE_ASCII } from "./options.js";
import type { SmsSender } from "./sender.js";
import { smsSender, withoutPlus } from "./sms-service.js";

export interface TaqnyatOptions {
  /** From the account's page for developers. */
  bearerToken: string;
  /** The registered sender name. */
  sender: string;
  /** @default "https://api.taqnyat.sa" */
  baseUrl?: string;
}

/** Texts by Taqnyat. @throws AuthError `config_invalid` */
export function taqnyat(options: TaqnyatOptions): SmsSender {
  refuseUnknown("taqnyat", options, ["bearerToken", "sender", "baseUrl"]);
  const token = requireOption("taqnyat", "bearerToken", options?.bearerToken, VISIBLE_ASCII);
  const sender = requireOption("taqnyat", "sender", options.sender);
  const baseUrl = requireBaseUrl("taqnyat", options.baseUrl ?? "https://api.taqnyat.sa");
  return smsSender({
    name: "taqnyat",
    url: `${baseUrl}/v1/messages`,
    headers: { authorization: `Bearer ${token}` },
    body: (to, text) => ({ recipients: [withoutPlus(to)], body: text, sender }),
    // The numbers that were refused come as a list in a text: "[]" when there are none.
    isTaken: ({ statusCode, rejected = "" }) => /^20[01]$/.test(String(statusCode)) && !/\d/.test(String(rejected)),
    error: { field: "statusCode", format: /^[1-5]\d{2}$/ },
  });
}
