/** The pages for those who are not signed in: welcome, sign-in, sign-up. Their forms post to Latchkey's own routes. */
import { safeRedirect } from "@latchkey/core";
import { type Request, type RequestHandler, Router } from "express";
import { html } from "./html.js";
import { field, hidden, page, problemNote, successNote, titleOf } from "./page.js";
import { type Problem, problemOf } from "./problems.js";
import type { OfferedProvider } from "./ways-to-sign-in.js";

const AFTER_SIGN_IN = "/dashboard";

/** @param providers Offered on the sign-in page, beside the password */
export function signInRoutes(providers: readonly OfferedProvider[]): Router {
  const router = Router();
  router.get("/", leaveIfSignedIn, (_req, res) => {
    res.send(welcomePage().text);
  });
  router.get("/login", leaveIfSignedIn, (req, res) => {
    res.send(signInPage(viewOf(req), providers).text);
  });
  router.get("/signup", leaveIfSignedIn, (req, res) => {
    res.send(signUpPage(viewOf(req)).text);
  });
  return router;
}

const leaveIfSignedIn: RequestHandler = (req, res, next) => {
  if (req.auth) res.redirect(callbackUrlOf(req));
  else next();
};

const NAME = { name: "name", label: "Name", type: "text", autocomplete: "name", optional: true } as const;
const EMAIL = { name: "email", label: "E-mail address", type: "email", autocomplete: "username" } as const;
const PASSWORD = { name: "password", label: "Password", type: "password" } as const;
const PASSWORD_HINT = "At least 8 characters. A sentence is easy to remember and hard to guess.";

/** What a redirect to one of these pages says in its query. */
interface SignInView {
  callbackUrl: string;
  problem: Problem | null;
  isSignedOut: boolean;
}

function viewOf(req: Request): SignInView {
  return {
    callbackUrl: callbackUrlOf(req),
    problem: problemOf(req.query.error),
    isSignedOut: req.query.done === "signed-out",
  };
}

/** The page that a guard sent somebody away from. */
function callbackUrlOf(req: Request): string {
  return safeRedirect(req.query.callbackUrl, AFTER_SIGN_IN);
}

function welcomePage() {
  return page({
    title: "Welcome",
    main: html`<section class="welcome">
      <h1>Know who is signed in as&nbsp;you.</h1>
      <p>
        Create an account, sign in on a second device or in a private window, and end either session from the other.
      </p>
      <p class="actions">
        <a class="button" href="/signup">Create an account</a>
        <a class="button secondary" href="/login">Sign in</a>
      </p>
    </section>`,
  });
}

function signInPage({ callbackUrl, problem, isSignedOut }: SignInView, providers: readonly OfferedProvider[]) {
  return page({
    title: titleOf("Sign in", problem),
    main: html`<section class="narrow">
      <h1>Sign in</h1>
      ${successNote(isSignedOut && problem === null ? "You are signed out." : null)}
      ${problemNote(problem)}
      <form method="post" action="/auth/signin/password" data-keep="email">
        ${hidden("callbackUrl", callbackUrl)}
        ${hidden("errorUrl", "/login")}
        ${field({ ...EMAIL, focus: true }, problem)}
        ${field({ ...PASSWORD, autocomplete: "current-password" }, problem)}
        <button type="submit">Sign in</button>
      </form>
      ${providers.map((provider) => providerLink(provider, callbackUrl))}
      <p class="quiet">New here? <a href="/signup${queryFor(callbackUrl)}">Create an account</a></p>
    </section>`,
  });
}

function signUpPage({ callbackUrl, problem }: SignInView) {
  return page({
    title: titleOf("Create an account", problem),
    main: html`<section class="narrow">
      <h1>Create an account</h1>
      ${problemNote(problem)}
      <form method="post" action="/auth/signup" data-keep="name email">
        ${hidden("callbackUrl", callbackUrl)}
        ${hidden("errorUrl", "/signup")}
        ${field({ ...NAME, focus: true }, problem)}
        ${field(EMAIL, problem)}
        ${field({ ...PASSWORD, autocomplete: "new-password", minLength: 8, hint: PASSWORD_HINT }, problem)}
        <button type="submit">Create account</button>
      </form>
      <p class="quiet">Have an account? <a href="/login${queryFor(callbackUrl)}">Sign in</a></p>
    </section>`,
  });
}

/** A link, not a form: the provider asks the user before anything happens. */
function providerLink({ id, name, icon }: OfferedProvider, callbackUrl: string) {
  const query = new URLSearchParams({ callbackUrl });
  return html`<p class="or">or</p>
      <a class="button secondary" href="/auth/signin/${id}?${String(query)}">
        <img src="${icon}" alt="" width="20" height="20"> Sign in with ${name}
      </a>`;
}

function queryFor(callbackUrl: string): string {
  return callbackUrl === AFTER_SIGN_IN ? "" : `?${new URLSearchParams({ callbackUrl })}`;
}
