/**
 * From the parts of a mail to its text and its HTML: no tables, nothing remote, readable on a phone and in the dark.
 */
import type { Language, Words } from "./words.js";

/** What stands alone between the paragraphs, at most one of the two. */
export interface Key {
  code?: string | undefined;
  /** An http or https URL. */
  url?: string | undefined;
}

/**
 * Colours by class, for mail programs that have a dark mode and keep styles; the others show what is written on each
 * element.
 */
const DARK_MODE = `@media (prefers-color-scheme: dark) {
.page { background: #16181c !important; color: #e6e8eb !important; }
.quiet { color: #a3a9b3 !important; }
.button { background: #e6e8eb !important; color: #16181c !important; }
.code { background: #24272d !important; }
}`;

/** The mail as text: paragraphs, with the code or the link on a line of its own. */
export function textOf(language: Language, name: string | null, words: Words, { code, url }: Key, app: string): string {
  const link = url === undefined ? undefined : `${words.action}:\n${url}`;
  const paragraphs = [language.greeting(name), words.opening, code, link, words.closing, app];
  return `${paragraphs.filter((paragraph) => paragraph !== undefined).join("\n\n")}\n`;
}

/**
 * The mail as HTML. Some programs take `html` and `body` away, so the element inside has language and direction, too.
 */
export function htmlOf(language: Language, name: string | null, words: Words, key: Key, app: string): string {
  const attributes = `lang="${language.tag}" dir="${language.direction}"`;
  return `<!doctype html>
<html ${attributes}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(words.subject)}</title>
<style>
${DARK_MODE}
</style>
</head>
<body class="page" style="margin: 0; background: #ffffff; color: #1f2328;">
<div style="display: none; max-height: 0; overflow: hidden;">${escapeHtml(words.opening)}</div>
<div class="page" ${attributes} style="${PAGE}">
<p class="quiet" style="margin: 0 0 24px; color: #59636e; font-weight: 600;">${escapeHtml(app)}</p>
<p style="${PARAGRAPH}">${escapeHtml(language.greeting(name))}</p>
<p style="${PARAGRAPH}">${escapeHtml(words.opening)}</p>
${keyOf(words, key)}<p class="quiet" style="margin: 24px 0 0; color: #59636e; font-size: 14px;">${escapeHtml(words.closing)}</p>
</div>
</body>
</html>
`;
}

const PAGE =
  "max-width: 520px; margin: 0 auto; padding: 32px 24px; font: 16px/1.6 -apple-system, 'Segoe UI', Roboto, Tahoma, Arial, sans-serif; background: #ffffff; color: #1f2328;";
const PARAGRAPH = "margin: 0 0 16px;";
const CODE =
  "margin: 24px 0; padding: 16px; border-radius: 8px; background: #f1f3f5; font: 600 28px/1.2 ui-monospace, Menlo, Consolas, monospace; letter-spacing: 4px; text-align: center;";
const BUTTON =
  "display: inline-block; padding: 12px 24px; border-radius: 8px; background: #1f2328; color: #ffffff; font-weight: 600; text-decoration: none;";

function keyOf({ action }: Words, { code, url }: Key): string {
  if (code !== undefined) return `<p class="code" dir="ltr" style="${CODE}">${escapeHtml(code)}</p>\n`;
  if (url === undefined || action === undefined) return "";
  return `<p style="margin: 24px 0;"><a class="button" href="${escapeHtml(url)}" style="${BUTTON}">${escapeHtml(action)}</a></p>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For texts and for values of quoted attributes alike. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
