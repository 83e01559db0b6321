/** Mail over SMTP (RFC 5321). The only file that knows the mail library, loaded with the first mail. */
import { AuthError } from "@latchkey/core";
import { checkEmail } from "./message.js";
import type { EmailMessage, EmailSender } from "./sender.js";
import { resolveSmtp, type SmtpOptions, type SmtpSettings } from "./smtp-settings.js";

/** Seconds for one mail, from the connection to the server's last word. */
const DEADLINE = 10;
/** Seconds that a connection is kept for the next mail. */
const IDLE = 30;

/** A sender with connections of its own. */
export interface SmtpSender extends EmailSender {
  /** Ends its connections once the mails on them are through. Nothing can be sent after it. */
  close(): Promise<void>;
}

/**
 * Mail by a server of your choice. Connections are kept for some seconds and shared by the mails. After ten seconds a
 * mail is given up; it may arrive all the same where the server had it already.
 *
 * @throws AuthError `config_invalid`
 */
export function smtp(options: SmtpOptions): SmtpSender {
  const settings = resolveSmtp(options);
  let transport: ReturnType<typeof open> | null = null;
  let isClosed = false;
  return {
    async send(message) {
      const mail = mailOf(checkEmail(message), settings);
      if (isClosed) throw new AuthError("provider_unavailable", "smtp: this sender was closed");
      transport ??= open(settings);
      const { sendMail } = await transport;
      await sendMail({ ...mail, signal: AbortSignal.timeout(DEADLINE * 1000) }).catch((error) => {
        throw failureOf(error);
      });
    },
    async close() {
      isClosed = true;
      (await transport)?.close();
    },
  };
}

async function open({ host, port, secure, auth, tls, ca }: SmtpSettings) {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    pool: true,
    // One more try where the server had ended a kept connection; the mail's deadline holds for both.
    maxRequeues: 1,
    idleTimeout: IDLE * 1000,
    host,
    port,
    secure,
    requireTLS: tls === "required",
    ignoreTLS: tls === "off",
    // A server without the AUTH that was configured is not the one that was meant.
    ...(auth && { auth, forceAuth: true }),
    tls: { ...(ca && { ca }) },
  });
  return { sendMail: transport.sendMail.bind(transport), close: () => transport.close() };
}

function mailOf({ to, subject, text, html, language }: EmailMessage, { from }: SmtpSettings) {
  return {
    from,
    to,
    subject,
    text,
    html,
    // RFC 3834 §5: nobody's vacation notice answers.
    headers: { "Auto-Submitted": "auto-generated", ...(language && { "Content-Language": language }) },
  };
}

/** The library's messages quote the server, which quotes the address, or the password: only codes are passed on. */
function failureOf(error: unknown): AuthError {
  const { responseCode, code, originalCode } = (error ?? {}) as Record<string, unknown>;
  if (typeof responseCode !== "number") {
    const reason = [originalCode, code].find((each) => /^[A-Z][A-Z0-9_]+$/.test(String(each)));
    return new AuthError("provider_unavailable", `smtp: the server cannot be reached: ${reason ?? "unknown reason"}`);
  }
  // RFC 5321 §4.2.1: 5yz is final, 4yz is not.
  const isFinal = responseCode >= 500;
  return new AuthError(isFinal ? "provider_rejected" : "provider_unavailable", `smtp: the server said ${responseCode}`);
}
