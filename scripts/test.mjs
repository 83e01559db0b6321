/** The test command: every gate and every test, one after the other; the last line is the sum. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { checkAll, packAll } from "./package-checks.mjs";
import { pnpm, ROOT, run, tool } from "./workspace.mjs";

/** @typedef {{ passed: string[], failed: string[], skipped: string[] }} Results Names of gates and tests */
/** @typedef {{ fullName: string, status: string }} TestReport */
/** @typedef {{ name: string, status: string, assertionResults: TestReport[] }} FileReport */

const VITEST_REPORT = path.join(ROOT, ".cache", "vitest.json");

/** @type {Results} */
const results = { passed: [], failed: [], skipped: [] };

// Without a build nothing below can say anything true.
if (await gate("Build", () => pnpm(["run", "build", "--output-logs=errors-only"], { show: true }))) {
  await gate("Lint and format", () => run(tool("biome"), ["check", "--error-on-warnings", "."], { show: true }));
  await gate("Types of tests, examples and scripts", () => run(tool("tsc"), ["-p", "tsconfig.json"], { show: true }));
  await tests();
  await gate("Unused files, exports and dependencies", () => run(tool("knip"), [], { show: true }));
  await packages();
}
process.exitCode = summary();

/**
 * One command that passes or fails as a whole.
 *
 * @param {string} name
 * @param {() => Promise<import("./workspace.mjs").Outcome>} command
 * @returns {Promise<boolean>} true when it passed
 */
async function gate(name, command) {
  console.log(`\n== ${name}`);
  const { code } = await command();
  results[code === 0 ? "passed" : "failed"].push(name);
  return code === 0;
}

/** Every vitest project; type tests are among them. */
async function tests() {
  console.log("\n== Tests");
  rmSync(VITEST_REPORT, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${VITEST_REPORT}`];
  const { code } = await run(tool("vitest"), ["run", ...reporters], { show: true });
  /** @type {FileReport[]} */
  const files = existsSync(VITEST_REPORT) ? JSON.parse(readFileSync(VITEST_REPORT, "utf8")).testResults : [];
  const before = results.failed.length;
  for (const file of files) addFile(file);
  // An error outside of any test, such as a rejection that nobody awaited.
  if (code !== 0 && results.failed.length === before) results.failed.push("vitest: an error outside of the tests");
}

/** @param {FileReport} file */
function addFile(file) {
  const name = path.relative(ROOT, file.name);
  for (const { fullName, status } of file.assertionResults) {
    const list = status === "passed" ? results.passed : status === "failed" ? results.failed : results.skipped;
    list.push(`${name}: ${fullName}`);
  }
  const broken = file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed");
  if (broken) results.failed.push(`${name}: could not run`);
}

/** The release, up to publishing: packed, with publint and attw on each tarball. */
async function packages() {
  console.log("\n== Release dry run, publint and attw on each packed package");
  const checks = await checkAll(await packAll(path.join(ROOT, ".cache", "packed")));
  for (const { name, passed, detail } of checks) {
    console.log(passed ? `ok    ${name}` : `FAIL  ${name}\n${detail}`);
    results[passed ? "passed" : "failed"].push(name);
  }
}

/** Prints what failed and what was skipped, by name. @returns {number} exit code */
function summary() {
  const { passed, failed, skipped } = results;
  console.log("\n== Summary");
  for (const name of failed) console.log(`failed   ${name}`);
  for (const name of skipped) console.log(`skipped  ${name}`);
  const skipsCount = process.env.CI === "true";
  if (skipsCount && skipped.length > 0) console.log("A skipped test is a failure where CI=true.");
  console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  return failed.length > 0 || (skipsCount && skipped.length > 0) ? 1 : 0;
}
