/** Reading of answers that are not yet known to be anything. */
import type { Profile } from "./definition.js";

/** @returns the value, for its fields; what is no object has none */
export function fieldsOf(value: unknown): Profile {
  return typeof value === "object" && value !== null ? (value as Profile) : {};
}

/** @returns the members of a list, for their fields; what is no list has none */
export function itemsOf(value: unknown): readonly Profile[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** @returns one key of two; nothing unless both are texts, so that no half of a key is taken for the whole */
export function keyOf(realm: unknown, id: unknown): string | undefined {
  return typeof realm === "string" && typeof id === "string" && realm !== "" && id !== ""
    ? `${realm}.${id}`
    : undefined;
}

/** True for `true`, and for the text that a few providers write in its place. */
export function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}
