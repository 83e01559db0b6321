/** An auth for tests of this package: tokens alone, a provider that records what reaches it. */
import { type Auth, type AuthConfig, createAuth, type Provider, type ProviderStep } from "@latchkey/core";
import type { RequestHandler } from "express";

export const USER = { id: "user-1", email: "ada@example.com", name: "Ada" };
const SECRET = "a secret for tests that is long enough to sign with";

/** An auth whose `POST /signin/test` takes anybody and keeps what it was given. */
export function recordingAuth(config: Partial<AuthConfig> = {}) {
  const steps: ProviderStep[] = [];
  const provider: Provider = {
    id: "test",
    type: "test",
    needsAdapter: false,
    routes: {
      "POST /signin/test": async (step) => {
        steps.push(step);
        return { kind: "identity", identity: { provider: "test", providerAccountId: USER.id }, isNewUser: false };
      },
    },
  };
  return { auth: createAuth({ secret: SECRET, provider, ...config }), steps };
}

/** Starts a session. @returns its `Cookie` header */
export async function signIn(auth: Pick<Auth, "sessions">): Promise<string> {
  const { cookie } = await auth.sessions.createSession(USER, { headers: new Headers() });
  return cookie.split(";", 1)[0] ?? "";
}

/** Says that the app was reached. */
export const appAnswer: RequestHandler = (req, res) => void res.json({ app: req.originalUrl });
