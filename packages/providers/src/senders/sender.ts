/** What a sender of mails or texts must do. Nothing here knows what is in a message, or why it is sent. */

/** A mail to one person. */
export interface EmailMessage {
  /** One address. */
  to: string;
  /** One line. */
  subject: string;
  text: string;
  html: string;
  /** Language of all of it (RFC 5646), for `Content-Language` (RFC 3282). */
  language?: string;
  /**
   * Names this mail, for services that send what has one name only once: whoever tries again after a failure gives the
   * same. Up to 256 visible ASCII characters.
   *
   * @default a new one at each try
   */
  id?: string;
}

/** A text to one phone. */
export interface SmsMessage {
  /** E.164, with its plus: `+966501234567`. */
  to: string;
  text: string;
  /** The code in `text`, for services that have their own words around it. */
  otp?: string;
}

/** Takes a mail to whoever delivers it. */
export interface EmailSender {
  /**
   * Resolves once the mail was taken over. A rejection with anything means that it was not, as far as is known; the
   * senders of this package reject with what says more, and never with the address, the subject or the body in it:
   *
   * @throws AuthError `provider_unavailable` where another try makes sense: no answer in time, too many requests, a
   *   fault over there; `provider_rejected` where it does not: the credentials, the sender or the recipient were
   *   refused; `request_invalid` for a message that cannot be sent at all
   */
  send(message: EmailMessage): Promise<void>;
}

/** Takes a text to whoever delivers it. */
export interface SmsSender {
  /** As {@link EmailSender.send}. */
  send(message: SmsMessage): Promise<void>;
}
