/** The way of a browser to a provider and back, up to the request that brings it back. */
import type { Behavior, HostileProvider } from "../../packages/providers/test/oauth/hostile-provider.js";
import { type App, pairOf } from "../engine/app.js";
import type { Ask } from "./tasks.js";

export interface Visit {
  /** Id of the provider in the app. */
  id: string;
  /** Who signs in there. */
  subject: string;
  /** The `Cookie` header of whoever links the account, signed in already. */
  linking?: string;
  /** What the provider does from then on. */
  behavior?: Behavior;
}

/** Somebody begins in an app and agrees at the provider. @returns the request that their browser sends next */
export async function agreeAt(provider: HostileProvider, app: App, visit: Visit): Promise<Ask> {
  const { id, subject, linking, behavior = {} } = visit;
  const { url, attempt } = await begin(app, id, linking);
  provider.behave({ ...behavior, subject });
  const { search } = provider.authorize(url);
  const cookie = linking === undefined ? attempt : `${attempt}; ${linking}`;
  return { route: `GET /callback/${id}${search}`, sending: { cookie } };
}

/** @returns where the browser is sent, and the cookie of its attempt */
async function begin(app: App, id: string, linking?: string): Promise<{ url: string; attempt: string }> {
  const answer =
    linking === undefined
      ? await app.ask(`GET /signin/${id}`)
      : await app.ask(`POST /accounts/link/${id}`, { cookie: linking, json: {} });
  const [attempt = ""] = answer.headers.getSetCookie().map(pairOf);
  const url = answer.headers.get("location") ?? ((await answer.json()) as { redirectUrl: string }).redirectUrl;
  return { url, attempt };
}
