/** The versions that are installed: of Node, and of the packages of this scope, which have one. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Finding, findingsOf } from "./finding.js";

const { ok, problem, warning } = findingsOf("versions");
const SCOPE = "@latchkey";
/** The oldest Node that the packages support. */
const MIN_NODE = [20, 19] as const;

/** @param folder Where the config is; its `node_modules` and those above count */
export function checkVersions(folder: string, nodeVersion: string): Finding[] {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  const isOld = major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1]);
  const node = isOld
    ? problem(`Node ${nodeVersion} is too old: the packages need ${MIN_NODE.join(".")} or newer`)
    : ok(`Node ${nodeVersion}`);
  return [node, checkPackages(installedPackages(folder))];
}

interface Installed {
  name: string;
  version: string;
}

function checkPackages(packages: readonly Installed[]): Finding {
  const versions = new Set(packages.map(({ version }) => version));
  const list = packages.map(({ name, version }) => `${name} ${version}`).join(", ");
  if (packages.length === 0) return warning(`no package of ${SCOPE} is installed in the app's own folder`);
  return versions.size === 1 ? ok(list) : problem(`the packages belong together and have different versions: ${list}`);
}

/** The nearest one of each name, as imports would find it. */
function installedPackages(folder: string): Installed[] {
  const found = new Map<string, Installed>();
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    for (const each of packagesIn(path.join(at, "node_modules", SCOPE)))
      if (!found.has(each.name)) found.set(each.name, each);
    if (at === path.dirname(at)) break;
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function packagesIn(folder: string): Installed[] {
  if (!existsSync(folder)) return [];
  const manifests = readdirSync(folder).map((name) => path.join(folder, name, "package.json"));
  return manifests
    .filter((file) => existsSync(file))
    .map((file) => {
      const { name, version } = JSON.parse(readFileSync(file, "utf8")) as Installed;
      return { name, version };
    });
}
