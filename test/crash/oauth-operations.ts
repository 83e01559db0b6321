/** What an instance is doing for somebody who signs in elsewhere when it dies. */
import type { Provider } from "@latchkey/core";
import { type OidcOptions, oidc } from "@latchkey/providers/oauth";
import type { App } from "../engine/app.js";
import type { Operation, Scene } from "../engine/operations.js";
import { asJson } from "../engine/redirects.js";
import type { Ask } from "../servers/tasks.js";

/** Somebody who has been at a provider, or has an account there. */
export interface OAuthScene extends Scene {
  provider: OidcOptions;
  /** Their id at the provider. */
  subject: string;
  /** What their browser sends; null where the app asks by itself. */
  ask: Ask | null;
}

const send: Operation["run"] = async (app: App, { ask }: OAuthScene) => {
  if (ask === null) throw new Error("the browser of this scene sends nothing");
  return asJson(await app.ask(ask.route, ask.sending));
};

/** A callback is good once: a browser that comes again with it may have to start anew. */
const CALLBACK = ["303", "303 sign_in_expired"];

export const OAUTH_OPERATIONS = [
  { name: "first sign-in", run: send, retried: CALLBACK },
  { name: "linking", run: send, retried: CALLBACK },
  { name: "unlinking", run: send, retried: ["200", "404 not_found"] },
  { name: "proof of a mailbox", run: send, retried: CALLBACK },
  {
    name: "renewal of a token",
    async run({ auth }, { person }) {
      try {
        return Response.json({ token: await auth.accounts.accessToken(person.id, "oidc") });
      } catch (error) {
        return auth.errorResponse(error);
      }
    },
    retried: ["200"],
  },
] as const satisfies readonly Operation[];

export type OAuthOperationName = (typeof OAUTH_OPERATIONS)[number]["name"];

export function providersOf({ provider }: Partial<OAuthScene>): Provider[] {
  return provider === undefined ? [] : [oidc(provider)];
}
