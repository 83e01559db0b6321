/** Somebody with a browser, at an app and at the pages of a provider's world. */
import type { Provider } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import type { ProviderUnderTest } from "@latchkey/core/testkit";
import { vi } from "vitest";
import { type Comeback, openWorld, type Place, type Registration, type World } from "./provider-world.js";
import type { Recording, Said } from "./sources.js";
import { APP, type Browser } from "./test-app.js";

/** What of a browser a sign-in takes. */
export interface Visitor {
  get(target: string): Promise<Response>;
  /** Sends a form from a page of another site. */
  submit(target: string, fields: Readonly<Record<string, string>>, from: string): Promise<Response>;
}

/** Puts a world in the place of the web, with an app registered there under this id. `vi.unstubAllGlobals()` puts the web back. */
export async function enterWorld(
  id: string,
  place: Place,
  recording: Recording,
  now: () => number = () => Date.now(),
): Promise<World> {
  const world = await openWorld(place, recording, { now, redirectUri: `${APP}/auth/callback/${id}` });
  vi.stubGlobal("fetch", world.fetch);
  return world;
}

/** A browser of the app as a visitor. */
export function visitorOf(browser: Browser): Visitor {
  return {
    get: (target) => browser.get(target),
    submit(target, fields, from) {
      const headers = { origin: from, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
      return browser.request(target, { method: "POST", body: new URLSearchParams(fields), headers });
    },
  };
}

/** Goes to the provider's page and agrees. @param fields What the provider says of this visitor, in place of the usual */
export async function agree(visitor: Visitor, world: World, id: string, fields: Said = {}): Promise<Comeback> {
  const begun = await visitor.get(`/signin/${id}`);
  return world.authorize(begun.headers.get("location") ?? "", fields);
}

/** The browser comes back to the app; what was posted there is sent on as a navigation. */
export async function comeBack(visitor: Visitor, { method, url, fields, from }: Comeback): Promise<Response> {
  if (method !== "POST") return visitor.get(`${url}?${new URLSearchParams(fields)}`);
  const posted = await visitor.submit(url, fields, from);
  return visitor.get(new URL(posted.headers.get("location") ?? "", url).href);
}

/** From the app's page to the answer of the callback. */
export async function visit(visitor: Visitor, world: World, id: string, fields: Said = {}): Promise<Response> {
  return comeBack(visitor, await agree(visitor, world, id, fields));
}

/** The app's registration as a provider takes it. */
export function clientOf({ registration }: Pick<Place, "registration">): Omit<Registration, "redirectUri"> {
  const { clientId, clientSecret } = registration;
  return { clientId, clientSecret };
}

/** A provider in its world, for `providerSuite`: signed in by the usual user, refused with an invented code. */
export async function inWorld(provider: Provider, place: Place, recording: Recording): Promise<ProviderUnderTest> {
  const { id } = provider;
  const world = await enterWorld(id, place, recording);
  const route = `${place.posts ? "POST" : "GET"} /callback/${id}`;
  return {
    provider,
    adapter: memoryAdapter(),
    inputs: { [route]: { code: "4/0-of-nobody", state: "tfx3k2-SplxlOBeZQQYbYS6WxSbIAbc.SplxlOBeZQQYbYS6WxSbIAbc" } },
    secrets: world.secrets,
    signIn: (browser) => visit(browser, world, id),
    async failSignIn(browser) {
      const comeback = await agree(browser, world, id);
      return comeBack(browser, { ...comeback, fields: { ...comeback.fields, code: "4/0-of-nobody" } });
    },
    close: async () => void vi.unstubAllGlobals(),
  };
}
