/** Reads the body of a request: JSON, or a form where one is expected; bounded in size. */
import { DEFAULTS } from "../defaults.js";
import { AuthError, isAuthError } from "../errors.js";
import { isObject } from "../token/claims.js";

export const FORM_TYPE = "application/x-www-form-urlencoded";

/** Media type without parameters, in lower case; empty when there is none. */
export function mediaType(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/**
 * @returns the fields of the body; none when there is no body
 * @throws AuthError `media_type_unsupported`, `payload_too_large`, `request_invalid`
 */
export async function readBody(request: Request, acceptsForm: boolean): Promise<Record<string, unknown>> {
  const type = mediaType(request);
  const isForm = acceptsForm && type === FORM_TYPE;
  if (type !== "" && type !== "application/json" && !isForm) throw new AuthError("media_type_unsupported");

  const text = await readText(request);
  if (text === "") return {};
  if (type === "") throw new AuthError("media_type_unsupported");
  return isForm ? Object.fromEntries(new URLSearchParams(text)) : parseObject(text);
}

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > DEFAULTS.bodyLimit) throw new AuthError("payload_too_large");
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (let chunk = await nextChunk(reader); chunk !== null; chunk = await nextChunk(reader)) {
    size += chunk.byteLength;
    if (size > DEFAULTS.bodyLimit) {
      await reader.cancel();
      throw new AuthError("payload_too_large");
    }
    chunks.push(chunk);
  }
  return decode(chunks, size);
}

/** @returns null at the end. @throws AuthError `request_invalid` when the client breaks off */
async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
  try {
    const { done, value } = await reader.read();
    return done ? null : value;
  } catch (cause) {
    throw isAuthError(cause) ? cause : new AuthError("request_invalid", "the body broke off", { cause });
  }
}

function decode(chunks: readonly Uint8Array[], size: number): string {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AuthError("request_invalid", "the body is not UTF-8", { cause });
  }
}

function parseObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new AuthError("request_invalid", "the body is not JSON", { cause });
  }
  if (!isObject(parsed)) throw new AuthError("request_invalid", "the body must be a JSON object");
  return parsed;
}
