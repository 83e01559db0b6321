/** Where in the app the middleware stands, and what path that makes of a request. */
import type { ExpressRequest } from "./express-api.js";

/**
 * Finds the path that the handler knows a request by.
 *
 * The middleware may stand at the root, in a router that has the base path in it, or at a mount of its own that ends like the base
 * path and stands for it, as in `app.use("/api/auth", latchkey(auth))` with base path `"/auth"`. All else belongs to the app, also
 * under the same mount.
 *
 * @param basePath Without a trailing slash; empty for the root
 * @returns null for a request of the app
 */
export function routePath(req: Pick<ExpressRequest, "baseUrl" | "path">, basePath: string): string | null {
  const { baseUrl, path } = req;
  if (basePath === "") return path;
  if (isUnder(baseUrl + path, basePath)) return baseUrl + path;
  if (isUnder(path, basePath)) return path;
  // Express compares mounts without regard to case.
  return baseUrl.toLowerCase().endsWith(basePath.toLowerCase()) ? basePath + path : null;
}

/** @returns the path of a request to one of `paths`; null for any other */
export function callbackPath(
  { baseUrl, path }: Pick<ExpressRequest, "baseUrl" | "path">,
  paths: readonly string[],
): string | null {
  return paths.includes(baseUrl + path) ? baseUrl + path : null;
}

/** A parent ends at a slash: /authors is not under /auth. */
function isUnder(path: string, parent: string): boolean {
  return path.startsWith(`${parent}/`);
}
