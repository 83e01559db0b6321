/** HTML from templates: what is put into one is escaped, unless it is HTML itself. */

/** Text that is HTML already. Only {@link html} makes it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may hold; null leaves nothing. */
export type Part = Html | string | number | null | readonly Html[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Tag for templates of HTML. Values in attributes belong in quotes: escaping cannot hold an unquoted one together. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(literals.map((literal, at) => literal + textOf(parts[at] ?? null)).join(""));
}

/** Attributes of a tag; null and false leave one out, true writes its name alone. */
export function attributes(values: Readonly<Record<string, string | number | boolean | null>>): Html[] {
  return Object.entries(values)
    .filter(([, value]) => value !== null && value !== false)
    .map(([name, value]) => (value === true ? html` ${name}` : html` ${name}="${String(value)}"`));
}

function textOf(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(({ text }) => text).join("");
  return String(part).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}
