/** Fields of a right request, broken one by one. */
import { DEFAULTS } from "../defaults.js";

/** Bytes below the limit of a body, so that the provider itself has to refuse it. */
const HUGE = "x".repeat(DEFAULTS.bodyLimit - 4096);
const CONTROL_CHARACTERS = "\u0000\r\nSet-Cookie: a=b\u001b[2J";
const WRONG_TYPES: readonly unknown[] = [42, true, null, [], ["a"], {}, { $ne: "" }, { toString: "a" }];
const NO_OBJECTS = ["null", "[]", '"text"', "42", "{", '{"a":', "\u0000"];
type Fields = Readonly<Record<string, string>>;

/** What can stand in a query. */
export function hostileQueries(fields: Fields): { why: string; query: string }[] {
  return hostileTexts(fields).map(({ why, input }) => ({ why, query: String(new URLSearchParams(input)) }));
}

/** What can stand in a body of type JSON, whether or not it is JSON. */
export function hostileBodies(fields: Fields): { why: string; body: string }[] {
  const objects = [...hostileTexts(fields), ...hostileValues(fields)];
  return [
    ...objects.map(({ why, input }) => ({ why, body: JSON.stringify(input) })),
    ...NO_OBJECTS.map((body) => ({ why: `the body ${JSON.stringify(body)}`, body })),
  ];
}

/** What can stand in a query as well as in a body. */
function hostileTexts(fields: Fields): { why: string; input: Record<string, string> }[] {
  const names = Object.keys(fields);
  return [
    { why: "nothing", input: {} },
    { why: "control characters", input: withControlCharacters(fields) },
    ...names.map((name) => ({ why: `without ${name}`, input: without(fields, name) })),
    ...names.map((name) => ({ why: `empty ${name}`, input: { ...fields, [name]: "" } })),
    ...names.map((name) => ({ why: `huge ${name}`, input: { ...fields, [name]: HUGE } })),
  ];
}

/** What JSON can say and no field means. */
function hostileValues(fields: Fields): { why: string; input: object }[] {
  const wrongTypes = Object.keys(fields).flatMap((name) =>
    WRONG_TYPES.map((value) => ({ why: `${name}: ${JSON.stringify(value)}`, input: { ...fields, [name]: value } })),
  );
  return [...wrongTypes, { why: "__proto__", input: { ["__proto__"]: fields } }];
}

function withControlCharacters(fields: Fields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value + CONTROL_CHARACTERS]));
}

function without(fields: Fields, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name));
}
