/** A service for texts, as data: where it is, how it is asked, and when its answer means yes. */
import { isSuccess, post, refusal, type ServiceAnswer } from "./http.js";
import { checkSms } from "./message.js";
import type { SmsSender } from "./sender.js";

export interface SmsService {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @param to E.164 @returns a form, or an object that is sent as JSON */
  body(to: string, text: string): URLSearchParams | Readonly<Record<string, unknown>>;
  /** Whether an answer of the class of success also says that the text was taken: some answer 200 to everything. */
  isTaken(body: ServiceAnswer["body"]): boolean;
  /** Where an answer has the error code of the service, and what such a code looks like. */
  readonly error: { readonly field: string; readonly format: RegExp };
}

/** A sender that asks this service. */
export function smsSender(service: SmsService): SmsSender {
  return {
    async send(message) {
      checkSms(message);
      const answer = await post(service.url, service.body(message.to, message.text), service.headers);
      if (isSuccess(answer) && service.isTaken(answer.body)) return;
      throw refusal(service.name, answer, answer.body[service.error.field], service.error.format);
    },
  };
}

/** The Saudi services want the number without its plus. */
export function withoutPlus(phone: string): string {
  return phone.slice(1);
}
