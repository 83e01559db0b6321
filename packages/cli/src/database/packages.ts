/** Packages that are the app's: drivers come from its own folder, and are imported when they are used. */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Problem } from "../problem.js";

/**
 * Imports a package as the app would.
 *
 * @param cwd The app's folder; where the package is not to be found from there, this program's own folder counts
 * @throws Problem that says which package to install
 */
export async function importPackage<T>(name: string, cwd: string): Promise<T> {
  const [file] = [path.resolve(cwd, "package.json"), import.meta.url].flatMap((from) => locate(name, from));
  if (file === undefined) {
    const [scope, rest] = name.split("/");
    const installed = name.startsWith("@") ? `${scope}/${rest}` : scope;
    throw new Problem(`this needs the package ${installed}: install it with npm install ${installed}`);
  }
  const module: { default?: T } = await import(pathToFileURL(file).href);
  return module.default ?? (module as T);
}

function locate(name: string, from: string): string[] {
  try {
    return [createRequire(from).resolve(name)];
  } catch (error) {
    if ((error as { code?: unknown }).code === "MODULE_NOT_FOUND") return [];
    throw error;
  }
}
