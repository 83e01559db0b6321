/** Every mail through a real server and back out of a parser. */
import { describe, expect, test } from "vitest";
import { type SmtpOptions, smtp } from "../../src/senders/index.js";
import { headersOf, openMailServer, type ReceivedMail } from "./mail-server.js";
import { CODE, count, MAILS, URL_OF_LINK, unescapeHtml } from "./mails.js";
import { CANARIES, MAIL, misconfigured, refused } from "./refused.js";

const FROM = "متجر Acme <hello@acme.test>";

function only(mails: ReceivedMail[]): ReceivedMail {
  expect(mails).toHaveLength(1);
  return mails[0] as ReceivedMail;
}

describe.each([
  ["en", "en", "ltr"],
  ["ar-SA", "ar", "rtl"],
])("mails in %s", (language, tag, direction) => {
  test.each(MAILS)("%s (%s) arrives as it was written", async (_name, about, make) => {
    const server = await openMailServer();
    const sender = smtp({ host: "127.0.0.1", port: server.port, from: FROM });
    const content = make({ appName: "Acme", language }, "Nora");
    await sender.send({ ...content, to: "nora@example.com" });
    await sender.close();

    const received = only(server.mails);
    const { mail, recipients, raw } = received;
    expect(recipients).toEqual(["nora@example.com"]);
    expect(mail.to).toEqual([{ name: "", address: "nora@example.com" }]);
    expect(mail.from).toEqual({ name: "متجر Acme", address: "hello@acme.test" });
    expect(mail.subject).toBe(content.subject);
    // RFC 2046 §5.1.4: the last part is the preferred one.
    expect(headersOf(received, "content-type")[0]).toMatch(/^multipart\/alternative;/);
    expect(raw.indexOf("text/plain; charset=utf-8")).toBeGreaterThan(0);
    expect(raw.indexOf("text/html; charset=utf-8")).toBeGreaterThan(raw.indexOf("text/plain; charset=utf-8"));
    expect(mail.text?.replaceAll("\r\n", "\n").trimEnd()).toBe(content.text.trimEnd());
    expect(mail.html?.replaceAll("\r\n", "\n").trimEnd()).toBe(content.html.trimEnd());
    // RFC 5321 §4.5.3.1.6 and RFC 5322 §2.2: short lines of ASCII, and no more headers than these.
    for (const line of raw.split("\r\n")) expect(line).toMatch(/^[\t\x20-\x7e]{0,998}$/);
    expect(new Set(mail.headers.map(({ key }) => key))).toEqual(
      new Set([
        ...["from", "to", "subject", "date", "message-id", "mime-version", "content-type"],
        ...["auto-submitted", "content-language"],
      ]),
    );
    expect(headersOf(received, "auto-submitted")).toEqual(["auto-generated"]);
    expect(headersOf(received, "content-language")).toEqual([tag]);

    expect(count(mail.html ?? "", `lang="${tag}" dir="${direction}"`)).toBe(2);
    expect(count(mail.text ?? "", URL_OF_LINK)).toBe(about === "link" ? 1 : 0);
    expect(count(unescapeHtml(mail.html ?? ""), `href="${URL_OF_LINK}"`)).toBe(about === "link" ? 1 : 0);
    expect(count(mail.text ?? "", CODE)).toBe(about === "code" ? 1 : 0);
    expect(count(mail.html ?? "", CODE)).toBe(about === "code" ? 1 : 0);
  });
});

test("R-A12: a header cannot be added by any field, and one mail has one recipient", async () => {
  const server = await openMailServer();
  const sender = smtp({ host: "127.0.0.1", port: server.port, from: FROM });
  for (const end of ["\r\n", "\n", "\r", "\u0000", "\u0085", "\u2028", "\u2029"]) {
    await refused(sender.send({ ...MAIL, to: `${MAIL.to}${end}Bcc: eve@example.com` }), "request_invalid");
    await refused(sender.send({ ...MAIL, subject: `a${end}Bcc: eve@example.com` }), "request_invalid");
    await refused(sender.send({ ...MAIL, language: `ar${end}Bcc: eve@example.com` }), "request_invalid");
    const from = `A${end}Bcc: eve@example.com <a@acme.test>`;
    expect(misconfigured(() => smtp({ host: "127.0.0.1", from }))).toContain("from");
  }
  const lists = ["a@example.com,b@example.com", "a@example.com;b@example.com", "G: a@example.com;", "<a@example.com>"];
  for (const to of [...lists, "a@b@example.com", '"a b"@example.com', "a", ""])
    await refused(sender.send({ ...MAIL, to }), "request_invalid");
  await sender.close();
  expect(server.connections()).toBe(0);
});

test("a body can hold what looks like the end of a mail, or like a header", async () => {
  const server = await openMailServer();
  const sender = smtp({ host: "127.0.0.1", port: server.port, from: FROM });
  const text = ".\r\n\r\n.\r\nBcc: eve@example.com\r\nQUIT\r\n";
  await sender.send({ ...MAIL, text });
  await sender.close();
  const { mail, recipients } = only(server.mails);
  expect(mail.text?.trimEnd()).toBe(text.trimEnd().replaceAll("\r\n", "\n"));
  expect(recipients).toEqual([MAIL.to]);
});

test("an object in place of a text reads no file and asks no server", async () => {
  const server = await openMailServer();
  const sender = smtp({ host: "127.0.0.1", port: server.port, from: FROM });
  for (const html of [{ path: "/etc/hostname" }, { href: "http://127.0.0.1:1/" }])
    await refused(sender.send({ ...MAIL, html: html as never }), "request_invalid");
  await sender.close();
  expect(server.connections()).toBe(0);
});

test("a domain in another script is sent in ASCII, which every server understands", async () => {
  const server = await openMailServer();
  const sender = smtp({ host: "127.0.0.1", port: server.port, from: FROM });
  await sender.send({ ...MAIL, to: "Nora@Bücher.example" });
  await sender.close();
  const { raw, recipients } = only(server.mails);
  expect(raw).toContain("\r\nTo: nora@xn--bcher-kva.example\r\n");
  // The server's own reading of it.
  expect(recipients).toEqual(["nora@bücher.example"]);
});

test("mails share connections; close ends them, and nothing is sent after it", async () => {
  const server = await openMailServer();
  const sender = smtp({ host: "127.0.0.1", port: server.port, from: FROM });
  for (let index = 0; index < 5; index++) await sender.send(MAIL);
  expect(server.connections()).toBe(1);
  await Promise.all(Array.from({ length: 20 }, () => sender.send(MAIL)));
  expect(server.mails).toHaveLength(25);
  expect(server.connections()).toBeLessThanOrEqual(5);
  await sender.close();
  await refused(sender.send(MAIL), "provider_unavailable");
  await sender.close();
  expect(server.mails).toHaveLength(25);
});

test("a sender that was never used can be closed, and opens no connection after it", async () => {
  const server = await openMailServer();
  const sender = smtp({ host: "127.0.0.1", port: server.port, from: FROM });
  await sender.close();
  await refused(sender.send(MAIL), "provider_unavailable");
  expect(server.connections()).toBe(0);
});

test.each(["o'neil@example.com", "!#$%&'*+/=?^_`{|}~-@example.com", "a.b+c@example.com", "'a'@example.com"])(
  "an address with every character that one may have arrives unchanged: %s",
  async (to) => {
    const server = await openMailServer();
    const sender = smtp({ host: "127.0.0.1", port: server.port, from: FROM });
    await sender.send({ ...MAIL, to });
    await sender.close();
    const { mail, recipients } = only(server.mails);
    expect(recipients).toEqual([to]);
    expect(mail.to).toEqual([{ name: "", address: to }]);
  },
);

describe("options", () => {
  test("the URL is decoded, and its password is used", async () => {
    const logins: unknown[] = [];
    const server = await openMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth({ username, password }, _session, done) {
        logins.push([username, password]);
        done(null, { user: username });
      },
    });
    const url = `smtp://user%40acme.test:p%40ss%3Aw%2Ford@127.0.0.1:${server.port}`;
    const sender = smtp({ url, from: FROM });
    await sender.send(MAIL);
    await sender.close();
    expect(logins).toEqual([["user@acme.test", "p@ss:w/ord"]]);
    expect(only(server.mails).user).toBe("user@acme.test");
  });

  test("a server without the login that was configured gets nothing", async () => {
    const server = await openMailServer({ disabledCommands: ["AUTH"] });
    const auth = { user: "user", pass: CANARIES.password };
    const sender = smtp({ host: "127.0.0.1", port: server.port, auth, from: FROM });
    await refused(sender.send(MAIL), "provider_rejected");
    await sender.close();
    expect(server.mails).toEqual([]);
  });

  const secret = CANARIES.password;
  const url = (rest: string) => () => smtp({ url: rest, from: FROM });
  test.each([
    // what is wrong                                            named
    [() => smtp({ from: FROM }), "host"],
    [() => smtp({ host: "127.0.0.1" } as SmtpOptions), "from"],
    [() => smtp({ host: "127.0.0.1", from: "nobody" }), "from"],
    [() => smtp({ host: "127.0.0.1", from: "a@acme.test, b@acme.test" }), "from"],
    [() => smtp({ host: "a\r\nb", from: FROM }), "host"],
    [() => smtp({ host: "127.0.0.1", port: 0, from: FROM }), "port"],
    [() => smtp({ host: "127.0.0.1", port: 70_000, from: FROM }), "port"],
    [() => smtp({ host: "127.0.0.1", tls: false as never, from: FROM }), "tls"],
    [() => smtp({ host: "127.0.0.1", secure: true, tls: "off", from: FROM }), "secure"],
    [() => smtp({ host: "127.0.0.1", auth: { user: "u", pass: "" }, from: FROM }), "auth.pass"],
    [() => smtp({ host: "127.0.0.1", requireTLS: true, from: FROM } as never), "requireTLS"],
    [() => smtp({ url: "smtp://127.0.0.1", host: "127.0.0.1", from: FROM }), "url"],
    [() => smtp(undefined as never), "host"],
    [url(`http://user:${secret}@mail.test`), "url"],
    [url(`smtp://user:${secret}@mail.test/?tls.rejectUnauthorized=false`), "url"], // as the library itself would take it
    [url(`smtp://user:${secret}@mail.test/path`), "url"],
    [url(`smtp://user:${secret}%@mail.test`), "url"], // what decoding throws would quote it
    [url(`user:${secret}@mail.test`), "url"],
    [url(`smtp://user:${secret}@mail.test:99999`), "url"],
  ])("a mistake is config_invalid at start, names the option and tells no secret: %#", (work, named) => {
    expect(misconfigured(work)).toContain(named);
  });
});
