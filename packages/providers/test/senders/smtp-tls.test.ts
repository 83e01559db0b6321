/** TLS to the mail server: required wherever there is a network in between, and checked. */
import { expect, test } from "vitest";
import { smtp } from "../../src/senders/index.js";
import { selfSigned } from "./certificate.js";
import { openMailServer } from "./mail-server.js";
import { CANARIES, MAIL, refused } from "./refused.js";

const from = "hello@acme.test";
const certificate = selfSigned();
const STARTTLS = { ...certificate, hideSTARTTLS: false };
/** This machine by an address that does not say so: what follows is what holds for every other host. */
const ELSEWHERE = "::ffff:127.0.0.1";

async function sendTo(
  options: Omit<Parameters<typeof smtp>[0], "from">,
  send: (sent: Promise<void>) => Promise<unknown>,
) {
  const sender = smtp({ ...options, from });
  await send(sender.send(MAIL));
  await sender.close();
}

const unavailable = (told: string) => async (sent: Promise<void>) =>
  expect(await refused(sent, "provider_unavailable")).toContain(told);

test("a certificate that signed itself is refused, with STARTTLS and from the first byte: nothing is sent, no password either", async () => {
  const auth = { user: "user", pass: CANARIES.password };
  let logins = 0;
  const onAuth = () => logins++;
  const starttls = await openMailServer({ ...STARTTLS, allowInsecureAuth: true, onAuth });
  const implicit = await openMailServer({ ...STARTTLS, secure: true, onAuth });
  const told = unavailable("DEPTH_ZERO_SELF_SIGNED_CERT");
  await sendTo({ host: "127.0.0.1", port: starttls.port, tls: "required", auth }, told);
  await sendTo({ host: "127.0.0.1", port: implicit.port, secure: true, auth }, told);
  await sendTo({ url: `smtps://127.0.0.1:${implicit.port}` }, told);
  expect([...starttls.mails, ...implicit.mails, logins]).toEqual([0]);
});

test("it is accepted when it is one of those to trust, and for its own name alone", async () => {
  const starttls = await openMailServer(STARTTLS);
  const implicit = await openMailServer({ ...STARTTLS, secure: true });
  const ca = certificate.cert;
  const sent = (sending: Promise<void>) => sending;
  await sendTo({ host: "127.0.0.1", port: starttls.port, tls: "required", ca }, sent);
  await sendTo({ host: "127.0.0.1", port: implicit.port, secure: true, ca: [ca] }, sent);
  expect([...starttls.mails, ...implicit.mails].map(({ isSecure }) => isSecure)).toEqual([true, true]);
  await sendTo({ host: ELSEWHERE, port: starttls.port, ca }, unavailable("ERR_TLS_CERT_ALTNAME_INVALID"));
  await sendTo({ host: "127.0.0.1", port: starttls.port, tls: "required", ca: selfSigned().cert }, unavailable("CERT"));
  expect(starttls.mails).toHaveLength(1);
});

test("a server elsewhere that offers no TLS gets nothing, unless TLS is off by its option", async () => {
  const server = await openMailServer({ disabledCommands: ["STARTTLS"] });
  await sendTo({ host: ELSEWHERE, port: server.port }, (sent) => refused(sent, "provider_rejected"));
  await sendTo({ url: `smtp://[${ELSEWHERE}]:${server.port}` }, (sent) => refused(sent, "provider_rejected"));
  expect(server.mails).toEqual([]);
  await sendTo({ host: ELSEWHERE, port: server.port, tls: "off" }, (sent) => sent);
  expect(server.mails.map(({ isSecure }) => isSecure)).toEqual([false]);
});

test("a server on this machine needs none, whatever certificate it offers", async () => {
  const server = await openMailServer(STARTTLS);
  await sendTo({ host: "127.0.0.1", port: server.port }, (sent) => sent);
  expect(server.mails.map(({ isSecure }) => isSecure)).toEqual([false]);
});

test("a name that begins like an address of this machine is another's", () => {
  for (const host of ["127.example.com", "localhost.example.com", "127.0.0.1.example.com", "0.0.0.0"])
    expect(() => smtp({ host, secure: true, from })).not.toThrow();
});
