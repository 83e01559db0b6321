/** F-24: a mail server that is down, slow or broken, or says no. */

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import type { SMTPServerOptions } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";
import { smtp } from "../../src/senders/index.js";
import { openMailServer } from "./mail-server.js";
import { CANARIES, MAIL, refused } from "./refused.js";

/** The deadline is 10 s; the tests assert no time, they only end. */
const PATIENCE_MS = 60_000;

function open(port: number, host = "127.0.0.1") {
  const auth = { user: "user", pass: CANARIES.password };
  const sender = smtp({ host, port, auth, from: "hello@acme.test" });
  onTestFinished(() => sender.close());
  return sender;
}

/** A reply that quotes what it should not. */
const reply = (responseCode: number) =>
  Object.assign(new Error(`${CANARIES.address} ${CANARIES.password} ${CANARIES.code}`), { responseCode });

const LOGIN: SMTPServerOptions = {
  allowInsecureAuth: true,
  onAuth: (_auth, _session, done) => done(null, { user: 1 }),
};

const STAGES: readonly (readonly [stage: string, refuse: (code: number) => SMTPServerOptions])[] = [
  ["connection", (code) => ({ onConnect: (_session, done) => done(reply(code)) })],
  ["login", (code) => ({ onAuth: (_auth, _session, done) => done(reply(code)) })],
  ["sender", (code) => ({ onMailFrom: (_address, _session, done) => done(reply(code)) })],
  ["recipient", (code) => ({ onRcptTo: (_address, _session, done) => done(reply(code)) })],
  [
    "mail",
    (code) => ({
      onData(stream, _session, done) {
        stream.resume().on("end", () => done(reply(code)));
      },
    }),
  ],
];

test.each(STAGES)(
  "a %s refused with 5yz is provider_rejected, with 4yz provider_unavailable; neither quotes the server",
  async (_stage, refuse) => {
    for (const [code, failure] of [
      [421, "provider_unavailable"],
      [451, "provider_unavailable"],
      [535, "provider_rejected"],
      [554, "provider_rejected"],
    ] as const) {
      const server = await openMailServer({ ...LOGIN, ...refuse(code) });
      expect(await refused(open(server.port).send(MAIL), failure)).toContain(`${code}`);
      expect(server.mails).toEqual([]);
    }
  },
);

test("a server that is down is provider_unavailable, and used again once it is back", async () => {
  const server = await openMailServer(LOGIN);
  const sender = open(server.port);
  await sender.send(MAIL);
  server.drop();
  await sender.send(MAIL);
  expect(server.mails).toHaveLength(2);
  await refused(open(1).send(MAIL), "provider_unavailable");
  await refused(open(587, "mail.invalid").send(MAIL), "provider_unavailable");
});

test("a server that ends the connection in the middle is provider_unavailable, and asked twice at most", async () => {
  for (const stage of ["onConnect", "onMailFrom", "onRcptTo", "onData"] as const) {
    let asked = 0;
    const server = await openMailServer({
      ...LOGIN,
      [stage]: () => {
        asked++;
        server.drop();
      },
    });
    await refused(open(server.port).send(MAIL), "provider_unavailable");
    expect(asked, stage).toBeLessThanOrEqual(2);
  }
});

/** A server that speaks no SMTP. */
async function openSocketServer(speak: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

test("a server that speaks something else is not sent a mail", async () => {
  const port = await openSocketServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await refused(open(port).send(MAIL), "provider_unavailable");
});

test(
  "a server that is silent, or never comes to its end, is provider_unavailable, and hung up on",
  async () => {
    const left: Promise<void>[] = [];
    const leaving = (socket: Socket) => left.push(new Promise((resolve) => socket.once("close", () => resolve())));
    const silent = await openSocketServer((socket) => void leaving(socket.resume()));
    const dribbling = await openSocketServer((socket) => {
      leaving(socket.resume());
      const timer = setInterval(() => socket.write("220-still here\r\n"), 200);
      socket.once("close", () => clearInterval(timer));
    });
    const hanging = await openMailServer({ ...LOGIN, onData: (stream) => void stream.resume() });
    await Promise.all(
      [silent, dribbling, hanging.port].map((port) => refused(open(port).send(MAIL), "provider_unavailable")),
    );
    await Promise.all(left);
    expect(left).toHaveLength(2);
  },
  PATIENCE_MS,
);
