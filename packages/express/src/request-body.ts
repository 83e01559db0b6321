/** The body of an Express request: as it comes in, or as a body parser left it. */
import { AuthError } from "@latchkey/core";
import type { ExpressRequest } from "./express-api.js";

export const FORM_TYPE = "application/x-www-form-urlencoded";

/** Media type without parameters, in lower case; empty when there is none. */
export function mediaTypeOf(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/**
 * The body as it comes in, no faster than it is read.
 *
 * Cancelling lets the rest flow away, and does not close the connection: the answer still has to go out on it.
 */
export function streamOf(req: ExpressRequest): ReadableStream<Uint8Array<ArrayBuffer>> {
  let detach = () => {};
  return new ReadableStream({
    start(controller) {
      const forward = (chunk: Uint8Array<ArrayBuffer>) => {
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) req.pause();
      };
      const close = () => controller.close();
      req.on("data", forward);
      req.on("end", close);
      // A client that went away made a bad request; nothing failed here that anybody should be told of.
      req.on("error", (cause) => controller.error(new AuthError("request_invalid", "the body broke off", { cause })));
      detach = () => {
        req.off("data", forward);
        req.off("end", close);
      };
    },
    pull() {
      req.resume();
    },
    cancel() {
      detach();
      req.resume();
    },
  });
}

/** Writes down again what a body parser read. @param isForm Whether it was a form, so that an object stands for fields */
export function parsedBody(body: unknown, isForm: boolean): BodyInit | null {
  if (body === undefined) return null;
  if (typeof body === "string") return new TextEncoder().encode(body);
  // A copy: the memory of a Buffer may be shared.
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return isForm ? new URLSearchParams(fieldsOf(body, "")).toString() : JSON.stringify(body);
}

/** Fields of a form, nested ones as `name[inner]`: the notation in which extended parsers read them. */
function fieldsOf(value: unknown, name: string): [name: string, value: string][] {
  if (typeof value !== "object" || value === null) return [[name, String(value ?? "")]];
  if (Array.isArray(value)) return value.flatMap((item) => fieldsOf(item, name));
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, name === "" ? key : `${name}[${key}]`));
}
