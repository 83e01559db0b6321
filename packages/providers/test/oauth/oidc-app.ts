/** An app beside the real provider, and what its users do at both. */
import { type AuthConfig, isAuthError } from "@latchkey/core";
import { expect } from "vitest";
import { oidc } from "../../src/oauth/index.js";
import { CLIENT, type OidcServer } from "./oidc-server.js";
import type { Answers, Visitor } from "./oidc-visitor.js";
import { type Browser, begin } from "./test-app.js";

/** The ways in which an app keeps sessions. */
export const MODES: readonly [name: string, config: Partial<AuthConfig>][] = [
  ["database", { session: { strategy: "database" } }],
  ["jwt with an adapter", { session: { strategy: "jwt" } }],
  ["jwt without an adapter", { adapter: undefined }],
];

/** The strategies of an app that has an adapter. */
export const KEPT_MODES = MODES.slice(0, 2);

/** Runs with the provider's clock, which is the machine's, and can be put ahead of it. */
export class AppClock {
  /** Seconds. */
  ahead = 0;

  get now(): number {
    return Date.now() + this.ahead * 1000;
  }
}

/** The app's registration at the provider. */
export function registeredAt({ issuer }: OidcServer, options: Partial<Parameters<typeof oidc>[0]> = {}) {
  return oidc({ issuer, ...CLIENT, ...options });
}

/** Signs in, from the app's page through all of the provider's. @returns the answer of the callback */
export async function signInAt(browser: Browser, visitor: Visitor, answers: Answers & { id?: string } = {}) {
  const { id = "oidc", ...said } = answers;
  return browser.get(await visitor.authorize(await begin(browser, id), said));
}

/** Begins to link an account, and goes through the provider's pages. @returns the address of the callback */
export async function linkAt(browser: Browser, visitor: Visitor, answers: Answers & { id?: string } = {}) {
  const { id = "oidc", ...said } = answers;
  const answer = await browser.post(`/accounts/link/${id}`, { callbackUrl: "/settings" });
  expect(answer.status).toBe(200);
  const { redirectUrl } = (await answer.json()) as { redirectUrl: string };
  return visitor.authorize(redirectUrl, said);
}

/** The session of a browser; null without one. */
export async function sessionOf(browser: Browser) {
  const { session } = (await (await browser.get("/session")).json()) as { session: PublicSession | null };
  return session;
}

interface PublicSession {
  id: string;
  type: string;
  user: { id: string; email: string | null; name: string | null; picture: string | null };
}

/** The code of the error that a call fails with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  return isAuthError(error) ? error.code : `no AuthError: ${error}`;
}
