/** The services as they are documented: what each wants to be asked, and what it answers. */
import { msegat, type SmsSender, taqnyat, twilio, unifonic } from "../../src/senders/index.js";
import { CANARIES } from "./refused.js";

export const ACCOUNT = "AC0123456789abcdef0123456789abcdef";

export interface Documented {
  name: string;
  open(baseUrl: string): SmsSender;
  path: string;
  type: "form" | "json";
  /** Headers beside the type of the body. */
  headers: Readonly<Record<string, string>>;
  /** All of it. */
  body(phone: string, text: string): Readonly<Record<string, unknown>>;
  /** Status and body of answers that mean yes. */
  taken: readonly (readonly [status: number, body: unknown])[];
  /** Of answers that mean no, and what the error tells of them. */
  refused: readonly (readonly [status: number, body: unknown, told: string])[];
}

const basic = (user: string) => `Basic ${Buffer.from(`${user}:${CANARIES.key}`).toString("base64")}`;

export const SERVICES: readonly Documented[] = [
  {
    name: "twilio",
    open: (baseUrl) => twilio({ accountSid: ACCOUNT, authToken: CANARIES.key, from: "+15005550006", baseUrl }),
    path: `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`,
    type: "form",
    headers: { authorization: basic(ACCOUNT) },
    body: (phone, text) => ({ To: phone, From: "+15005550006", Body: text }),
    taken: [
      [201, { sid: "SM0123456789abcdef0123456789abcdef", status: "queued", error_code: null, error_message: null }],
      [201, { sid: "SM0123456789abcdef0123456789abcdef", status: "accepted", error_code: null }],
    ],
    refused: [
      [400, { code: 21211, message: `The 'To' number ${CANARIES.phone} is not valid`, status: 400 }, "error 21211"],
      [401, { code: 20003, message: "Authenticate", status: 401 }, "error 20003"],
      [201, { sid: "SM01", status: "failed", error_code: 30007 }, "status 201"],
      [201, { sid: "SM01", status: "queued", error_code: 21610 }, "status 201"],
      [200, {}, "status 200"],
    ],
  },
  {
    name: "unifonic",
    open: (baseUrl) => unifonic({ appSid: CANARIES.key, sender: "Latchkey", baseUrl }),
    path: "/rest/SMS/messages",
    type: "form",
    headers: {},
    body: (phone, text) => ({
      AppSid: CANARIES.key,
      SenderID: "Latchkey",
      Recipient: phone.slice(1),
      Body: text,
      responseType: "JSON",
    }),
    taken: [
      [200, { success: true, message: "", errorCode: "ER-00", data: { MessageID: 42000348806924, Status: "Sent" } }],
      [200, { success: "true", message: "", errorCode: "ER-00", data: { Status: "Queued" } }],
    ],
    refused: [
      [200, { success: false, message: "Dest num is too short", errorCode: "ER-04", data: {} }, "error ER-04"],
      [200, { success: "false", message: CANARIES.text, errorCode: "ER-07", data: {} }, "error ER-07"],
      [200, { success: true, errorCode: "ER-08" }, "error ER-08"],
      [401, {}, "status 401"],
      [480, { success: "false", errorCode: CANARIES.code }, "status 480"],
    ],
  },
  {
    name: "taqnyat",
    open: (baseUrl) => taqnyat({ bearerToken: CANARIES.key, sender: "Latchkey", baseUrl }),
    path: "/v1/messages",
    type: "json",
    headers: { authorization: `Bearer ${CANARIES.key}` },
    body: (phone, text) => ({ recipients: [phone.slice(1)], body: text, sender: "Latchkey" }),
    taken: [
      [201, { statusCode: 201, messageId: 5452899970, accepted: "[966501234567,]", rejected: "[]" }],
      [201, { statusCode: 201, messageId: 5452899970 }],
    ],
    refused: [
      [201, { statusCode: 201, messageId: 1, accepted: "[]", rejected: "[966501234567,]" }, "status 201"],
      [200, { statusCode: 400, message: "102", reason: CANARIES.phone }, "error 400"],
      [400, { statusCode: 400, message: CANARIES.text }, "status 400"],
      [401, { statusCode: 401, message: "Unauthenticated" }, "status 401"],
      [200, {}, "status 200"],
    ],
  },
  {
    name: "msegat",
    open: (baseUrl) => msegat({ userName: "latchkey", apiKey: CANARIES.key, sender: "Latchkey", baseUrl }),
    path: "/gw/sendsms.php",
    type: "json",
    headers: {},
    body: (phone, text) => ({
      userName: "latchkey",
      apiKey: CANARIES.key,
      userSender: "Latchkey",
      numbers: phone.slice(1),
      msg: text,
      msgEncoding: "UTF8",
    }),
    taken: [
      [200, { code: "1", message: "Success" }],
      [200, { code: 1, message: "Success", id: "987654321" }],
      [200, { code: "M0000", message: "Success" }],
    ],
    refused: [
      [200, { code: "1020", message: "Invalid login info" }, "error 1020"],
      [200, { code: "1060", message: "Balance is not enough" }, "error 1060"],
      [200, { code: "M0002", message: CANARIES.text }, "error M0002"],
      [200, { code: CANARIES.code, message: CANARIES.text }, "status 200"],
      [200, "1120", "status 200"],
      [200, "", "status 200"],
    ],
  },
];
