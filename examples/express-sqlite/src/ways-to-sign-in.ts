/** The ways in of a user as HTML: each with a button that unlinks it, and those that can be linked. */
import type { Account } from "@latchkey/core";
import { ago } from "./ago.js";
import { type Html, html } from "./html.js";
import { hidden, problemNote } from "./page.js";
import type { Problem } from "./problems.js";

/** A provider as the pages show it. */
export interface OfferedProvider {
  /** Last segment of its routes. */
  id: string;
  name: string;
  /** Path of its icon. */
  icon: string;
  /** Where its pages are: forms lead there. */
  origin: string;
}

export interface WaysView {
  accounts: readonly Account[];
  providers: readonly OfferedProvider[];
  now: Date;
  problem: Problem | null;
}

/** @returns null where there is nothing to choose: a password, and no provider beside it */
export function waysToSignIn({ accounts, providers, now, problem }: WaysView): Html | null {
  const linked = new Set(accounts.map(({ provider }) => provider));
  if (providers.length === 0 && [...linked].every((id) => id === "password")) return null;
  const isOnly = accounts.length === 1;
  const others = providers.filter(({ id }) => !linked.has(id));
  return html`<section class="card" aria-labelledby="ways-heading">
    <h2 id="ways-heading">Ways to sign in</h2>
    <p class="quiet">${isOnly ? "This is the only way into your account." : "Each of these opens your account."}</p>
    ${problemNote(problem)}
    <ul class="rows">${accounts.map((account) => wayItem(account, nameOf(account, providers), now, isOnly))}</ul>
    ${others.map(linkForm)}
  </section>`;
}

function wayItem({ id, provider, createdAt }: Account, name: string, now: Date, isOnly: boolean): Html {
  return html`<li class="row way">
    ${icon(provider)}
    <div class="about">
      <p class="name">${name}</p>
      <p class="quiet">Added <time datetime="${createdAt.toISOString()}">${ago(createdAt, now)}</time></p>
    </div>
    ${isOnly ? null : unlinkForm(id, name)}
  </li>`;
}

function unlinkForm(id: string, name: string): Html {
  return html`<form method="post" action="/accounts/${encodeURIComponent(id)}/unlink">
    <button class="secondary" type="submit">Unlink<span class="visually-hidden"> ${name}</span></button>
  </form>`;
}

/** Answered with a redirect to the provider, which sends the browser back to one of these pages. */
function linkForm({ id, name }: OfferedProvider): Html {
  return html`<form class="action" method="post" action="/auth/accounts/link/${id}">
    ${hidden("callbackUrl", "/dashboard?done=linked")}
    ${hidden("errorUrl", "/dashboard?form=accounts")}
    <button class="secondary" type="submit">Link ${name}</button>
  </form>`;
}

/** One that is not offered any more has no name but its id. */
function nameOf({ provider }: Account, providers: readonly OfferedProvider[]): string {
  return provider === "password" ? "Password" : (providers.find(({ id }) => id === provider)?.name ?? provider);
}

function icon(provider: string): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
    ${
      provider === "password"
        ? html`<circle cx="7.5" cy="15.5" r="4"/><path d="m10.5 12.5 8.5-8.5M15 8l3 3"/>`
        : html`<circle cx="12" cy="9" r="3.5"/><path d="M5 20a7 7 0 0 1 14 0"/>`
    }
  </svg>`;
}
