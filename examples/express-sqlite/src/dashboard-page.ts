/** The dashboard as HTML: greeting, devices, ways to sign in, password. */
import type { Account, SessionUser } from "@latchkey/core";
import { type DeviceView, deviceList } from "./device-list.js";
import { type Html, html } from "./html.js";
import { field, hidden, page, problemNote, successNote, titleOf } from "./page.js";
import { type Problem, problemOf } from "./problems.js";
import { type OfferedProvider, waysToSignIn } from "./ways-to-sign-in.js";

export const DASHBOARD = "/dashboard";

/** What a form that was sent says after the redirect. */
export interface Notices {
  done: string | null;
  devicesProblem: Problem | null;
  accountsProblem: Problem | null;
  passwordProblem: Problem | null;
}

const DONE: Readonly<Record<string, string>> = {
  device: "That device is signed out.",
  others: "You are signed out everywhere else.",
  linked: "Linked: from now on you can sign in with it.",
  unlinked: "Unlinked: nobody can sign in with it any more.",
  password: "Your password is changed, and every other device is signed out.",
};

/** @param query `done`, or `form` and `error`, the code */
export function noticesOf(query: Readonly<Record<string, unknown>>): Notices {
  const done = typeof query.done === "string" && Object.hasOwn(DONE, query.done) ? DONE[query.done] : null;
  // Who sees this page has signed in since.
  const problem = query.error === "unauthorized" ? null : problemOf(query.error);
  return {
    done: done ?? null,
    devicesProblem: query.form === "devices" ? problem : null,
    accountsProblem: query.form === "accounts" ? problem : null,
    passwordProblem: query.form === "password" ? problem && withOwnWords(problem, query.error) : null,
  };
}

/** In this form one knows who it is: only the password can be wrong. */
function withOwnWords(problem: Problem, code: unknown): Problem {
  return code === "invalid_credentials" ? { ...problem, sentence: "The current password is not right." } : problem;
}

export interface DashboardView extends Notices {
  user: SessionUser;
  devices: readonly DeviceView[];
  accounts: readonly Account[];
  providers: readonly OfferedProvider[];
  now: Date;
}

export function dashboardPage(view: DashboardView): Html {
  const { user, devices, accounts, providers, now, done, devicesProblem, accountsProblem, passwordProblem } = view;
  const hasPassword = accounts.some(({ provider }) => provider === "password");
  return page({
    title: titleOf("Your account", devicesProblem ?? accountsProblem ?? passwordProblem),
    isSignedIn: true,
    main: html`<div>
        <h1>Hello, ${user.name ?? "and welcome"}</h1>
        <p class="quiet">${user.email ?? null}</p>
      </div>
      ${successNote(done)}
      ${deviceList({ devices, now, problem: devicesProblem, hasPassword })}
      ${waysToSignIn({ accounts, providers, now, problem: accountsProblem })}
      ${hasPassword ? passwordForm(user, passwordProblem) : null}`,
  });
}

function passwordForm(user: SessionUser, problem: Problem | null): Html {
  return html`<section class="card" aria-labelledby="password-heading">
    <h2 id="password-heading">Password</h2>
    <p class="quiet">Changing it signs out every other device.</p>
    ${problemNote(problem)}
    <form method="post" action="/auth/password/change">
      ${hidden("callbackUrl", `${DASHBOARD}?done=password`)}
      ${hidden("errorUrl", `${DASHBOARD}?form=password`)}
      <input hidden type="email" autocomplete="username" value="${user.email ?? ""}">
      ${field({ ...CURRENT_PASSWORD, focus: problem !== null }, problem)}
      ${field(NEW_PASSWORD, problem)}
      <button type="submit">Change password</button>
    </form>
  </section>`;
}

const CURRENT_PASSWORD = {
  name: "currentPassword",
  label: "Current password",
  type: "password",
  autocomplete: "current-password",
} as const;

const NEW_PASSWORD = {
  name: "newPassword",
  label: "New password",
  type: "password",
  autocomplete: "new-password",
  minLength: 8,
  hint: "At least 8 characters.",
} as const;
