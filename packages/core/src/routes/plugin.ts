/** Runs the routes of plugins. */
import type { Plugin } from "../contracts/plugin.js";
import { AuthError } from "../errors.js";
import type { Answer, Route, RouteContext, RouteTable } from "./route.js";
import { requireSession } from "./session.js";

type PluginRoute = NonNullable<Plugin["routes"]>[string];
const ROUTE_NAME = /^(GET|POST|DELETE) \/[\w/:-]+$/;

/** @throws AuthError `config_invalid` when a route is claimed twice, or a name is none */
export function withPluginRoutes(routes: RouteTable, plugins: readonly Plugin[]): RouteTable {
  const table: Record<string, Route> = { ...routes };
  for (const plugin of plugins) {
    for (const [name, route] of Object.entries(plugin.routes ?? {})) {
      if (!ROUTE_NAME.test(name) || typeof route !== "function")
        throw new AuthError("config_invalid", `plugin "${plugin.id}": ${name} is no route`);
      if (Object.hasOwn(table, name)) throw new AuthError("config_invalid", `the route ${name} is claimed twice`);
      table[name] = { readsBody: true, run: (context) => runRoute(name, route, context) };
    }
  }
  return table;
}

async function runRoute(name: string, route: PluginRoute, context: RouteContext): Promise<Answer> {
  const { config, request, ipAddress } = context;
  const response = await route(request, {
    ipAddress,
    now: config.now(),
    adapter: config.adapter,
    requireSession: () => requireSession(context),
  });
  if (!(response instanceof Response)) throw new AuthError("callback_failed", `${name} must return a Response`);
  if (response.headers.has("Cache-Control")) return { body: {}, response };
  // A redirect of `Response.redirect` has headers that cannot be changed.
  const headers = new Headers(response.headers);
  headers.set("Cache-Control", "no-store");
  return { body: {}, response: new Response(response.body, { status: response.status, headers }) };
}
