/** Where in the app the middleware stands, and what path that makes of a request. */
import type { ExpressRequest } from "./express-api.js";

/**
 * Finds the path that the handler knows a request by.
 *
 * A mount on the way to the base path (`"/api"`, base path `"/api/auth"`) or a router that has the base path in it shares its
 * place with the app. Any other mount is Latchkey's own and stands for the base path, as in
 * `app.use("/api/auth", latchkey(auth))` with base path `"/auth"`.
 *
 * @param basePath Without a trailing slash; empty for the root
 * @returns null for a request of the app
 */
export function routePath(req: Pick<ExpressRequest, "baseUrl" | "path">, basePath: string): string | null {
  const { baseUrl, path } = req;
  if (basePath === "") return path;
  if (isUnder(baseUrl + path, basePath)) return baseUrl + path;
  if (isUnder(path, basePath)) return path;
  return baseUrl === "" || isUnder(basePath, baseUrl) ? null : basePath + path;
}

/** A parent ends at a slash: /authors is not under /auth. */
function isUnder(path: string, parent: string): boolean {
  return path.startsWith(`${parent}/`);
}
