/** The pages of the identity provider: who it is, and whether the app may know. */
import { type Html, html } from "../html.js";
import { field, page, problemNote, type Site, titleOf } from "../page.js";
import type { Problem } from "../problems.js";
import { nameOf } from "./person.js";

const SITE: Site = { title: "Example ID", brand: "Example ID", icon: "/example-id.svg" };

const EMAIL = { name: "email", label: "E-mail address", type: "email", autocomplete: "username" } as const;

/** @param email The address that signed in here last; null where nobody has */
export function loginPage(path: string, email: string | null, problem: Problem | null): Html {
  return page({
    site: SITE,
    title: titleOf("Sign in", problem),
    main: html`<section class="narrow">
      <h1>Sign in to Example&nbsp;ID</h1>
      <p class="quiet">This page plays the part of Google or your company. Any address will do, and no password is asked for.</p>
      ${problemNote(problem)}
      <form method="post" action="${path}/login">
        ${field({ ...EMAIL, value: email ?? "ada@example.com", focus: true }, problem)}
        <button type="submit">Continue</button>
      </form>
      ${cancelForm(path, "Cancel")}
    </section>`,
  });
}

export function consentPage(path: string, email: string, app: string): Html {
  return page({
    site: SITE,
    title: `Let ${app} know who you are?`,
    main: html`<section class="narrow">
      <h1>Let ${app} know who you are?</h1>
      <p>It will learn your name and your address:</p>
      <p class="person"><strong>${nameOf(email)}</strong> <span class="quiet">${email}</span></p>
      <form method="post" action="${path}/consent">
        <button type="submit">Allow</button>
      </form>
      ${cancelForm(path, "Deny")}
    </section>`,
  });
}

export function overPage(): Html {
  return page({
    site: SITE,
    title: "This page is over",
    main: html`<section class="narrow">
      <h1>This page is over</h1>
      <p>Go back to the app and start again there.</p>
    </section>`,
  });
}

function cancelForm(path: string, label: string): Html {
  return html`<form method="post" action="${path}/cancel">
    <button class="secondary" type="submit">${label}</button>
  </form>`;
}
