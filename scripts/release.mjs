/**
 * `pnpm release`: builds, packs and checks every package, then publishes what is not yet on the registry.
 * `--dry-run` stops before publishing.
 */
import path from "node:path";
import { checkAll, packAll } from "./package-checks.mjs";
import { pnpm, publicPackages, ROOT, run, tool } from "./workspace.mjs";

const DESTINATION = path.join(ROOT, ".cache", "packed");

const dryRun = process.argv.includes("--dry-run");
process.exitCode = (await build()) && (await check()) && (dryRun || (await publish())) ? 0 : 1;

/** @returns {Promise<boolean>} */
async function build() {
  const { code } = await pnpm(["exec", "turbo", "run", "build", "--filter=./packages/*"], { show: true });
  return code === 0;
}

/** @returns {Promise<boolean>} */
async function check() {
  const packages = await packAll(DESTINATION);
  const checks = await checkAll(packages);
  for (const { name, passed, detail } of checks) console.log(passed ? `ok    ${name}` : `FAIL  ${name}\n${detail}`);
  const failed = checks.filter(({ passed }) => !passed).length;
  console.log(
    `${packages.length} packages, version ${packages[0]?.manifest.version}: ${failed} of ${checks.length} checks failed`,
  );
  return packages.length > 0 && failed === 0;
}

/** @returns {Promise<boolean>} */
async function publish() {
  const homeless = publicPackages().filter(({ manifest }) => manifest.repository === undefined);
  if (homeless.length > 0) {
    // Provenance ties a package to its repository; without the field the registry refuses it half way through.
    console.error(`Set "repository" in package.json of: ${homeless.map(({ name }) => name).join(", ")}`);
    return false;
  }
  const { code } = await run(tool("changeset"), ["publish"], { show: true });
  return code === 0;
}
