/** Errors as pages of their own, by their HTTP status. */
import { type Auth, AuthError } from "@latchkey/core";
import { type Html, html } from "./html.js";
import { page } from "./page.js";

const HEADINGS: Readonly<Record<number, readonly [heading: string, text: string]>> = {
  403: ["Not allowed", "This request did not come from a page of this app."],
  404: ["Page not found", "There is nothing at this address."],
  503: [
    "Back in a moment",
    "We cannot reach our database right now. Nobody was signed out: reload this page in a few seconds.",
  ],
};
const OTHER_CLIENT_ERROR = ["That request did not work", "Check the address and try again."] as const;
const OTHER_SERVER_ERROR = ["Something went wrong", "It is our fault, not yours. Please try again."] as const;

export function errorPage(status: number): Html {
  const [heading, text] = HEADINGS[status] ?? (status < 500 ? OTHER_CLIENT_ERROR : OTHER_SERVER_ERROR);
  return page({
    title: heading,
    main: html`<section class="narrow">
      <h1>${heading}</h1>
      <p>${text}</p>
      <p><a href="/">Go to the start page</a></p>
    </section>`,
  });
}

/** The same `Auth` where pages are served: what would be an error in JSON is one to read. Programs still get their 401. */
export function withErrorPages(auth: Auth): Auth {
  return {
    ...auth,
    async errorResponse(error) {
      const response = await auth.errorResponse(forClient(error));
      if (response.status === 401) return response;
      const headers = new Headers(response.headers);
      headers.set("Content-Type", "text/html; charset=utf-8");
      return new Response(errorPage(response.status).text, { status: response.status, headers });
    },
  };
}

/** Express itself throws for a path that it cannot decode: that is the client's mistake, not ours. */
function forClient(error: unknown): unknown {
  const isRefusal = error instanceof Error && "status" in error && error.status === 400;
  return isRefusal ? new AuthError("request_invalid", error.message, { cause: error }) : error;
}
