/**
 * One POST to a service: bounded, never redirected, its answer read as JSON. Of what it says only a known error code
 * is passed on.
 */
import { AuthError } from "@latchkey/core";
import { ask } from "../oauth/transport.js";

export interface ServiceAnswer {
  /** 2xx or 4xx: all else was thrown. */
  readonly status: number;
  /** Empty where the answer is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** @throws AuthError `provider_unavailable` or `provider_rejected`, as {@link ask} */
export async function post(
  url: string,
  body: URLSearchParams | Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<ServiceAnswer> {
  const isForm = body instanceof URLSearchParams;
  const type = isForm ? "application/x-www-form-urlencoded;charset=UTF-8" : "application/json";
  const response = await ask(url, {
    method: "POST",
    headers: { accept: "application/json", "content-type": type, ...headers },
    body: isForm ? body.toString() : JSON.stringify(body),
  });
  const answer: unknown = await response.json().catch(() => null);
  return { status: response.status, body: isObject(answer) ? answer : {} };
}

/** True for the class of success (RFC 9110 §15.3). */
export function isSuccess({ status }: ServiceAnswer): boolean {
  return status < 300;
}

/**
 * @param code What the service calls its error
 * @param format Of such codes: any other text may quote the message, and is left out
 */
export function refusal(service: string, { status }: ServiceAnswer, code: unknown, format: RegExp): AuthError {
  const known = format.test(String(code)) ? `, error ${code}` : "";
  return new AuthError("provider_rejected", `${service} did not take the message: status ${status}${known}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
