/** Mail over Resend's HTTP API. */
import { expect, test } from "vitest";
import { resend } from "../../src/senders/index.js";
import { CANARIES, MAIL, misconfigured, refused } from "./refused.js";
import { openService } from "./service.js";

const FROM = "متجر Acme <hello@acme.test>";
const open = (baseUrl: string) => resend({ apiKey: CANARIES.key, from: FROM, baseUrl });

test("asks what is documented, and nothing more", async () => {
  const service = await openService();
  service.answer(200, { id: "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794" });
  await open(service.baseUrl).send({ ...MAIL, subject: "رمزك", language: "ar", id: "reset/42" });
  const [asked] = service.asked;
  expect(asked).toMatchObject({
    method: "POST",
    path: "/emails",
    headers: {
      authorization: `Bearer ${CANARIES.key}`,
      "content-type": "application/json",
      "idempotency-key": "reset/42",
    },
  });
  expect(JSON.parse(asked?.body ?? "")).toEqual({
    from: FROM,
    to: [MAIL.to],
    subject: "رمزك",
    text: MAIL.text,
    html: MAIL.html,
    headers: { "Auto-Submitted": "auto-generated", "Content-Language": "ar" },
  });
});

test("each mail without an id has a key of its own: two alike are two", async () => {
  const service = await openService();
  service.answer(200, { id: "1" });
  await open(service.baseUrl).send(MAIL);
  await open(service.baseUrl).send(MAIL);
  const keys = service.asked.map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(2);
  for (const key of keys) expect(key).toMatch(/^[\x21-\x7e]{1,256}$/);
});

test.each([
  [400, { statusCode: 400, name: "validation_error", message: CANARIES.address }, "error validation_error"],
  [401, { statusCode: 401, name: "missing_api_key", message: "Missing API key" }, "error missing_api_key"],
  [403, { statusCode: 403, name: "invalid_api_key", message: "API key is invalid" }, "error invalid_api_key"],
  [409, { statusCode: 409, name: "invalid_idempotent_request", message: "" }, "error invalid_idempotent_request"],
  [422, { statusCode: 422, name: `For ${CANARIES.address}`, message: "" }, "status 422"],
  [200, { error: "no id" }, "status 200"],
  [200, "not JSON", "status 200"],
  [200, "[]", "status 200"],
])(
  "an answer %i that means no is provider_rejected, and tells no more than its code: %j",
  async (status, answer, told) => {
    const service = await openService();
    service.answer(status, answer);
    expect(await refused(open(service.baseUrl).send(MAIL), "provider_rejected")).toContain(told);
  },
);

test("R-A12: what is no single address, and what could begin a header, is asked of nobody", async () => {
  const service = await openService();
  const sender = open(service.baseUrl);
  for (const to of ["a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com", "a@b@example.com", "a"])
    await refused(sender.send({ ...MAIL, to }), "request_invalid");
  for (const subject of ["", "a\r\nBcc: b@example.com", "a\nb", "a\u0000b", "a\u2028b"])
    await refused(sender.send({ ...MAIL, subject }), "request_invalid");
  for (const language of ["", "ar\r\nx: y", "ar; q=1"])
    await refused(sender.send({ ...MAIL, language }), "request_invalid");
  for (const id of ["", "a\r\nb", "é", "x".repeat(257)]) await refused(sender.send({ ...MAIL, id }), "request_invalid");
  await refused(sender.send({ ...MAIL, html: "" }), "request_invalid");
  await refused(sender.send({ ...MAIL, text: { path: "/etc/hostname" } as never }), "request_invalid");
  expect(service.asked).toEqual([]);
});

test.each([
  [() => resend({ apiKey: "", from: FROM }), "apiKey"],
  [() => resend({ apiKey: `${CANARIES.key}\r\nx: y`, from: FROM }), "apiKey"],
  [() => resend({ apiKey: CANARIES.key, from: "nobody" }), "from"],
  [() => resend({ apiKey: CANARIES.key, from: "A <a@acme.test>\r\nBcc: b@acme.test" }), "from"],
  [() => resend({ apiKey: CANARIES.key, from: "A <a@acme.test>, B <b@acme.test>" }), "from"],
  [() => resend({ apiKey: CANARIES.key, from: FROM, baseUrl: "http://resend.test" }), "baseUrl"],
  [() => resend({ apiKey: CANARIES.key, from: FROM, replyTo: "x" } as never), "replyTo"],
])("a mistake is config_invalid at start, and names the option: %#", (work, named) => {
  expect(misconfigured(work)).toContain(named);
});
