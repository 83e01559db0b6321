/** What all pages share: head, header and the parts of forms. */
import { attributes, type Html, html } from "./html.js";
import type { Problem } from "./problems.js";

const PROBLEM_ID = "problem";

/** Whose page it is, as its head and its header say. */
export interface Site {
  title: string;
  brand: string;
  icon: string;
}

const LATCHKEY: Site = { title: "Latchkey example", brand: "Latchkey", icon: "/icon.svg" };

export interface PageParts {
  title: string;
  main: Html;
  /** True for the pages of a signed-in user: they lead home to the dashboard, and out. */
  isSignedIn?: boolean;
  /** @default this app */
  site?: Site;
}

export function page({ title, main, isSignedIn = false, site = LATCHKEY }: PageParts): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · ${site.title}</title>
    <link rel="icon" href="${site.icon}" type="image/svg+xml">
    <link rel="stylesheet" href="/style.css">
    <script src="/app.js" type="module"></script>
  </head>
  <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
      <a class="brand" href="${isSignedIn ? "/dashboard" : "/"}"><img src="${site.icon}" alt="" width="28" height="28"> ${site.brand}</a>
      ${isSignedIn ? SIGN_OUT_FORM : null}
    </header>
    <main id="main">${main}</main>
  </body>
</html>
`;
}

const SIGN_OUT_FORM = html`<form method="post" action="/auth/signout">
  ${hidden("callbackUrl", "/login?done=signed-out")}
  <button class="secondary" type="submit">Sign out</button>
</form>`;

export interface Field {
  name: string;
  label: string;
  type: "email" | "password" | "text";
  /** What the browser may fill in (HTML §4.10.18.7). */
  autocomplete: string;
  hint?: string;
  /** Fewest characters. */
  minLength?: number;
  optional?: boolean;
  /** What stands in it when the page opens. */
  value?: string;
  /** True where the cursor stands when the page opens. */
  focus?: boolean;
}

/** An input with its label. @param problem The page's problem; the field refers to it when it is one of those at fault */
export function field({ name, label, hint, ...given }: Field, problem: Problem | null): Html {
  const isAtFault = problem?.fields.includes(name) ?? false;
  const hintId = hint === undefined ? null : `${name}-hint`;
  const describedBy = [isAtFault ? PROBLEM_ID : null, hintId].filter((id) => id !== null).join(" ");
  const input = attributes({
    id: name,
    name,
    type: given.type,
    autocomplete: given.autocomplete,
    value: given.value ?? null,
    required: !given.optional,
    minlength: given.minLength ?? null,
    autofocus: given.focus ?? false,
    "aria-invalid": isAtFault ? "true" : null,
    "aria-describedby": describedBy || null,
  });
  return html`<div class="field">
    <label for="${name}">${label}${given.optional ? html` <span class="quiet">(optional)</span>` : null}</label>
    <input${input}>
    ${hint === undefined ? null : html`<p class="hint" id="${hintId}">${hint}</p>`}
  </div>`;
}

/** The title is what a screen reader says first. */
export function titleOf(title: string, problem: Problem | null): string {
  return problem === null ? title : `Error: ${title}`;
}

/** Says what went wrong; read out at once. */
export function problemNote(problem: Problem | null): Html | null {
  return problem && html`<p class="note problem" id="${PROBLEM_ID}" role="alert">${problem.sentence}</p>`;
}

/** Says what has been done. */
export function successNote(sentence: string | null): Html | null {
  return sentence === null ? null : html`<p class="note success" role="status">${sentence}</p>`;
}

export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}
