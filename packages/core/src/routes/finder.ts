/** From a request to its route: the base path, `:id`, and the callback paths that apps registered elsewhere. */
import type { ResolvedConfig } from "../contracts/config.js";
import { AuthError } from "../errors.js";
import type { Route, RouteTable } from "./route.js";

/** A route and the part of the path that stands for `:id`. */
export interface Match {
  route: Route;
  id: string;
}

export interface RouteFinder {
  /** @returns null where there is no such route. @throws AuthError `request_invalid` */
  find(request: Pick<Request, "url" | "method">): Match | null;
  /** Methods that the path of a request has routes for (RFC 9110 §15.5.6). */
  allowedMethods(url: string): string[];
}

const METHODS = ["GET", "POST", "DELETE"];

/** @throws AuthError `config_invalid` when a callback path is another's, or one of our own routes (R-O3) */
export function createFinder(
  table: RouteTable,
  { basePath, providers }: Pick<ResolvedConfig, "basePath" | "providers">,
): RouteFinder {
  const callbacks = new Map<string, string>();
  for (const { id, callbackPath } of providers) {
    if (callbackPath === undefined || callbackPath === `${basePath}/callback/${id}`) continue;
    const isRoute = METHODS.some((method) => Object.hasOwn(table, `${method} ${callbackPath.slice(basePath.length)}`));
    if (callbacks.has(callbackPath) || (callbackPath.startsWith(`${basePath}/`) && isRoute))
      throw new AuthError("config_invalid", `provider "${id}": redirectUri is another route's: ${callbackPath}`);
    callbacks.set(callbackPath, `/callback/${id}`);
  }

  /** @returns the path under the base path; null for a path that is not ours */
  function ownPath(url: string): string | null {
    const { pathname } = new URL(url);
    const callback = callbacks.get(pathname);
    if (callback !== undefined) return callback;
    // The base path ends at a slash: /authors is not under /auth.
    return pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : null;
  }

  function find({ url, method }: Pick<Request, "url" | "method">): Match | null {
    const path = ownPath(url);
    if (path === null) return null;
    const verb = method === "HEAD" ? "GET" : method;
    const exact = path.includes(":") ? undefined : table[`${verb} ${path}`];
    // A sign-in that begins or ends by GET has effects: a HEAD must not have them.
    if (exact?.navigates && method === "HEAD") return null;
    if (exact !== undefined) return { route: exact, id: "" };

    const [, parent = "", id = ""] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
    const withId = table[`${verb} ${parent}/:id`];
    return withId === undefined ? null : { route: withId, id: decodeSegment(id) };
  }

  return { find, allowedMethods: (url) => METHODS.filter((method) => find({ url, method }) !== null) };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new AuthError("request_invalid", "the path is not valid percent-encoding", { cause });
  }
}
