/** The senders for development. */
import { afterEach, expect, test, vi } from "vitest";
import { consoleEmail, consoleSms } from "../../src/senders/index.js";
import { MAIL, misconfigured, refused, TEXT } from "./refused.js";

afterEach(() => void vi.unstubAllEnvs());

test("a mail is printed as one block, with its link whole", async () => {
  const blocks: string[] = [];
  const sender = consoleEmail((block) => void blocks.push(block));
  await sender.send({
    ...MAIL,
    to: "nora@example.com",
    subject: "Sign in",
    text: "Hello,\n\nhttps://app.test/a?b=c\n",
  });
  expect(blocks).toEqual(["┌ mail to nora@example.com: Sign in\n│ Hello,\n│\n│ https://app.test/a?b=c\n└"]);
});

test("a text is printed as one block", async () => {
  const blocks: string[] = [];
  await consoleSms((block) => void blocks.push(block)).send({ to: "+966501234567", text: "رمزك: 123456" });
  expect(blocks).toEqual(["┌ text to +966501234567\n│ رمزك: 123456\n└"]);
});

test("R-L2: what is printed can forge no line of the log, and a terminal obeys none of it", async () => {
  const blocks: string[] = [];
  const text = "a\r\n2026-01-01 signed in\u001b[2J\rb\u2028c";
  await consoleEmail((block) => void blocks.push(block)).send({ ...MAIL, to: "a@example.com", subject: "s", text });
  expect(blocks).toEqual(["┌ mail to a@example.com: s\n│ a\n│ 2026-01-01 signed in\\u{1b}[2J\\u{d}b\\u{2028}c\n└"]);
});

test("by default it is the console that prints", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await consoleSms().send(TEXT);
  await consoleEmail().send(MAIL);
  expect(log).toHaveBeenCalledTimes(2);
  log.mockRestore();
});

test("both refuse NODE_ENV=production, when they are made: logs are no place for what signs people in", () => {
  vi.stubEnv("NODE_ENV", "production");
  expect(misconfigured(() => consoleEmail())).toContain("consoleEmail");
  expect(misconfigured(() => consoleSms())).toContain("consoleSms");
});

test("they refuse what a real sender refuses", async () => {
  await refused(consoleEmail(() => {}).send({ ...MAIL, subject: "a\r\nb" }), "request_invalid");
  await refused(consoleSms(() => {}).send({ ...TEXT, to: "0501234567" }), "request_invalid");
});
