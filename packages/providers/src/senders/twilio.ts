/** Twilio's Messages resource: https://www.twilio.com/docs/messaging/api/message-resource */
import { refuseUnknown, requireBaseUrl, requireOption, requireThat, VISIBLE_ASCII } from "./options.js";
import type { SmsSender } from "./sender.js";
import { smsSender } from "./sms-service.js";

export interface TwilioOptions {
  /** Of the account: `AC` and 32 hexadecimal digits. */
  accountSid: string;
  /** The account's own secret; in its place better an `apiKey`, which can be revoked alone. */
  authToken?: string;
  /** An API key of the account, and its secret. */
  apiKey?: { sid: string; secret: string };
  /** A number of the account in E.164, a short code, or an alphanumeric sender id. */
  from?: string;
  /** The service that picks the sender: `MG` and 32 hexadecimal digits. In place of `from`. */
  messagingServiceSid?: string;
  /** For one of Twilio's other regions. @default "https://api.twilio.com" */
  baseUrl?: string;
}

const OPTIONS = ["accountSid", "authToken", "apiKey", "from", "messagingServiceSid", "baseUrl"];
/** What a message is that will not be delivered. */
const FAILED: readonly unknown[] = ["failed", "undelivered", "canceled"];

/** Texts by Twilio. @throws AuthError `config_invalid` */
export function twilio(options: TwilioOptions): SmsSender {
  refuseUnknown("twilio", options, OPTIONS);
  const accountSid = requireOption("twilio", "accountSid", options?.accountSid, /^AC[0-9a-f]{32}$/i);
  const baseUrl = requireBaseUrl("twilio", options.baseUrl ?? "https://api.twilio.com");
  const [senderField, sender] = senderOf(options);
  return smsSender({
    name: "twilio",
    url: `${baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`,
    headers: { authorization: `Basic ${btoa(credentialsOf(accountSid, options))}` },
    body: (to, text) => new URLSearchParams({ To: to, [senderField]: sender, Body: text }),
    isTaken: ({ sid, status, error_code = null }) =>
      typeof sid === "string" && error_code === null && !FAILED.includes(status),
    error: { field: "code", format: /^\d{5}$/ },
  });
}

/** User and password of HTTP Basic (RFC 7617): an API key's, or else the account's. */
function credentialsOf(accountSid: string, { authToken, apiKey }: TwilioOptions): string {
  requireThat((authToken === undefined) !== (apiKey === undefined), "twilio", "needs authToken or apiKey, one of them");
  if (apiKey === undefined) return `${accountSid}:${requireOption("twilio", "authToken", authToken, VISIBLE_ASCII)}`;
  const sid = requireOption("twilio", "apiKey.sid", apiKey.sid, /^SK[0-9a-f]{32}$/i);
  return `${sid}:${requireOption("twilio", "apiKey.secret", apiKey.secret, VISIBLE_ASCII)}`;
}

function senderOf({ from, messagingServiceSid }: TwilioOptions): [field: string, sender: string] {
  const hasOne = (from === undefined) !== (messagingServiceSid === undefined);
  requireThat(hasOne, "twilio", "needs from or messagingServiceSid, one of them");
  if (messagingServiceSid === undefined) return ["From", requireOption("twilio", "from", from)];
  return [
    "MessagingServiceSid",
    requireOption("twilio", "messagingServiceSid", messagingServiceSid, /^MG[0-9a-f]{32}$/i),
  ];
}
