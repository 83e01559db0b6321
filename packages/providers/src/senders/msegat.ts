/** Msegat's API: https://msegat.docs.apiary.io */
import { refuseUnknown, requireBaseUrl, requireOption } from "./options.js";
import type { SmsSender } from "./sender.js";
import { smsSender, withoutPlus } from "./sms-service.js";

export interface MsegatOptions {
  /** Of the account. */
  userName: string;
  /** A key of the account; never its password. */
  apiKey: string;
  /** The activated sender name. */
  sender: string;
  /** @default "https://www.msegat.com" */
  baseUrl?: string;
}

/** The codes of success; every other answer has status 200, too. */
const TAKEN: readonly string[] = ["1", "M0000"];

/** Texts by Msegat. @throws AuthError `config_invalid` */
export function msegat(options: MsegatOptions): SmsSender {
  refuseUnknown("msegat", options, ["userName", "apiKey", "sender", "baseUrl"]);
  const userName = requireOption("msegat", "userName", options?.userName);
  const apiKey = requireOption("msegat", "apiKey", options.apiKey);
  const userSender = requireOption("msegat", "sender", options.sender);
  const baseUrl = requireBaseUrl("msegat", options.baseUrl ?? "https://www.msegat.com");
  return smsSender({
    name: "msegat",
    url: `${baseUrl}/gw/sendsms.php`,
    body: (to, text) => ({ userName, apiKey, userSender, numbers: withoutPlus(to), msg: text, msgEncoding: "UTF8" }),
    isTaken: ({ code }) => TAKEN.includes(String(code)),
    error: { field: "code", format: /^(M\d{4}|1\d{3})$/ },
  });
}
