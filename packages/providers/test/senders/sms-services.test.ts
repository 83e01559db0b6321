/** Texts over HTTP: what each service is asked, to the letter, and how its answers are taken. */
import { describe, expect, test } from "vitest";
import { msegat, taqnyat, twilio, unifonic } from "../../src/senders/index.js";
import { CANARIES, misconfigured, refused, TEXT } from "./refused.js";
import { type Asked, openService } from "./service.js";
import { ACCOUNT, SERVICES } from "./services.js";

const TYPES = { form: "application/x-www-form-urlencoded;charset=UTF-8", json: "application/json" };

function bodyOf({ body }: Asked, type: "form" | "json"): unknown {
  return type === "json" ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
}

describe.each(SERVICES)("$name", ({ name, open, path, type, headers, body, taken, refused: refusals }) => {
  test.each([
    // text                              why this row exists
    ["123456 is your code & more=yes+no"], // nothing of a form or of JSON leaks out of the text
    ["رمزك لدى متجر: 123456. لا تشاركه مع أحد."], // Arabic, in UTF-8
    ["two\nlines 😀"], // beyond the basic plane
  ])("asks what is documented, and nothing more: %s", async (text) => {
    const service = await openService();
    for (const [status, answer] of taken) {
      service.answer(status, answer);
      await open(service.baseUrl).send({ to: CANARIES.phone, text, otp: "123456" });
    }
    expect(service.asked).toHaveLength(taken.length);
    for (const asked of service.asked) {
      expect(asked).toMatchObject({ method: "POST", path, headers: { "content-type": TYPES[type], ...headers } });
      expect(bodyOf(asked, type)).toEqual(body(CANARIES.phone, text));
    }
  });

  test.each(refusals)(
    "an answer %i that means no is provider_rejected, and tells no more than its code: %j",
    async (...row) => {
      const [status, answer, told] = row;
      const service = await openService();
      service.answer(status, answer);
      const message = await refused(open(service.baseUrl).send(TEXT), "provider_rejected");
      expect(message).toContain(name);
      expect(message).toContain(told);
    },
  );

  test("an answer that says yes under a status that says no is a no", async () => {
    const service = await openService();
    for (const [, answer] of taken) {
      service.answer(400, answer);
      await refused(open(service.baseUrl).send(TEXT), "provider_rejected");
    }
  });

  test.each([
    ["0501234567"],
    ["00966501234567"],
    ["966501234567"],
    ["+0966501234567"],
    ["+٩٦٦٥٠١٢٣٤٥٦٧"],
    ["+966501234567,+966507654321"],
    ["+966501234567\r\n"],
    ["+9665012345678901"],
    [""],
  ])("R-A12: what is no single number in E.164 is asked of nobody: %j", async (to) => {
    const service = await openService();
    await refused(open(service.baseUrl).send({ ...TEXT, to }), "request_invalid");
    expect(service.asked).toEqual([]);
  });

  test.each([[""], ["a\u0000b"], ["a\u001bb"], ["a\rb"], ["\ud800"]])(
    "a text with no text in it, or controls, is refused: %j",
    async (text) => {
      const service = await openService();
      await refused(open(service.baseUrl).send({ ...TEXT, text }), "request_invalid");
      expect(service.asked).toEqual([]);
    },
  );
});

describe("options", () => {
  test("twilio takes an API key, and a messaging service, in place of the account's token and a number", async () => {
    const service = await openService();
    service.answer(201, { sid: "SM1", status: "accepted", error_code: null });
    const sid = ACCOUNT.replace("AC", "SK");
    const messagingServiceSid = ACCOUNT.replace("AC", "MG");
    const { baseUrl } = service;
    await twilio({ accountSid: ACCOUNT, apiKey: { sid, secret: "s3cret" }, messagingServiceSid, baseUrl }).send(TEXT);
    const [asked] = service.asked;
    expect(asked?.headers.authorization).toBe(`Basic ${Buffer.from(`${sid}:s3cret`).toString("base64")}`);
    expect(bodyOf(asked as Asked, "form")).toEqual({
      To: TEXT.to,
      MessagingServiceSid: messagingServiceSid,
      Body: TEXT.text,
    });
  });

  test("unifonic without a sender leaves the choice to the application's own", async () => {
    const service = await openService();
    service.answer(200, { success: true, errorCode: "ER-00" });
    await unifonic({ appSid: "app", baseUrl: service.baseUrl }).send(TEXT);
    expect(bodyOf(service.asked[0] as Asked, "form")).not.toHaveProperty("SenderID");
  });

  const { key } = CANARIES;
  const token = { bearerToken: key, sender: "Latchkey" };
  test.each([
    // what is wrong                       named
    [() => twilio({ accountSid: `${ACCOUNT}/../..`, authToken: key, from: "A" }), "accountSid"], // it is part of the path
    [() => twilio({ accountSid: ACCOUNT, authToken: `${key}\r\nx: y`, from: "A" }), "authToken"],
    [() => twilio({ accountSid: ACCOUNT, authToken: key }), "from"],
    [() => twilio({ accountSid: ACCOUNT, from: "A" }), "authToken"],
    [() => twilio({ accountSid: ACCOUNT, authToken: key, from: "A", messagingServiceSid: "B" }), "messagingServiceSid"],
    [() => unifonic({ appSid: "" }), "appSid"],
    [() => unifonic({ appSid: key, senderID: "A" } as never), "senderID"],
    [() => unifonic(undefined as never), "appSid"],
    [() => taqnyat({ ...token, bearerToken: "كلمة" }), "bearerToken"],
    [() => taqnyat({ ...token, baseUrl: "http://api.taqnyat.sa" }), "baseUrl"], // the token would go in clear
    [() => taqnyat({ ...token, sender: "a\nb" }), "sender"],
    [() => msegat({ userName: "u", apiKey: key } as never), "sender"],
    [() => msegat({ userName: "u", apiKey: key, sender: "S", baseUrl: "ftp://x" }), "baseUrl"],
  ])("a mistake is config_invalid at start, and names the option: %#", (work, named) => {
    expect(misconfigured(work)).toContain(named);
  });
});
