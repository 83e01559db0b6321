/** Makes a provider of its data and the app's registration there. */
import type { Provider, ProviderStep } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { Flow, tokensOf } from "./flow.js";
import { Server } from "./server.js";
import { resolveSettings } from "./settings.js";

/**
 * `GET|POST /signin/:id`, `GET /callback/:id` (and `POST` where the provider posts), `POST /accounts/link/:id`.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function oauthProvider(data: OAuthProviderData, options: OAuthOptions): Provider {
  const settings = resolveSettings(data, options);
  const server = new Server(data, settings);
  const flow = new Flow(data, server, settings);
  const { id } = data;
  return {
    id,
    type: "oauth",
    needsAdapter: false,
    routes: {
      [`GET /signin/${id}`]: (step) => flow.begin(step),
      [`POST /signin/${id}`]: (step) => flow.begin(step),
      [`GET /callback/${id}`]: (step) => flow.complete(step),
      ...(data.formPost && { [`POST /callback/${id}`]: async (step: ProviderStep) => flow.bounce(step) }),
      [`POST /accounts/link/${id}`]: (step) => flow.beginLink(step),
    },
    ...(settings.redirectUri !== null && { callbackPath: new URL(settings.redirectUri).pathname }),
    refresh: async (refreshToken, now) =>
      tokensOf({ ...(await server.refresh(refreshToken, now)), id_token: undefined }, now),
  };
}
