/** A real mail server on the loopback. What it receives is read by a parser that shares no code with what wrote it. */
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { onTestFinished } from "vitest";

export interface ReceivedMail {
  /** Who it was for, as the server was told. */
  recipients: string[];
  /** As it came. */
  raw: string;
  mail: Email;
  /** Over TLS. */
  isSecure: boolean;
  /** Of the login, where there was one. */
  user: unknown;
}

/** Starts a server without TLS and login, until the end of the test. */
export async function openMailServer(options: SMTPServerOptions = {}) {
  const mails: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    closeTimeout: 100,
    onConnect(_session, done) {
      connections++;
      done();
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => void chunks.push(chunk));
      stream.on("end", async () => {
        const raw = Buffer.concat(chunks);
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        const mail = await PostalMime.parse(raw);
        mails.push({ recipients, raw: raw.toString(), mail, isSecure: session.secure, user: session.user });
        done();
      });
    },
    ...options,
  });
  // A client that hangs up in the middle is one of the cases.
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => new Promise<void>((resolve) => server.close(resolve));
  onTestFinished(close);
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    connections: () => connections,
    /** Ends all of its connections, as a crash does. */
    drop() {
      for (const connection of server.connections) connection._socket.destroy();
    },
  };
}

/** All that the header of a mail says under this name. */
export function headersOf({ mail }: ReceivedMail, name: string): string[] {
  return mail.headers.filter(({ key }) => key === name).map(({ value }) => value);
}
