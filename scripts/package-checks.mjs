/** What a package must be before it may be published: checked on the tarball, which is what users get. */
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { unpack } from "@publint/pack";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { pnpm, publicPackages, ROOT, run, tool } from "./workspace.mjs";

/** @typedef {{ name: string, passed: boolean, detail: string }} Check */
/** @typedef {import("./workspace.mjs").PublicPackage & { tarball: string }} PackedPackage */

/** attw starts a type checker of its own; two at a time suit a small machine. */
const PARALLEL_CHECKS = 2;

/**
 * Packs every public package; ranges such as `workspace:^` and `catalog:` become real ones.
 *
 * @param {string} destination Folder for the tarballs; emptied first
 * @returns {Promise<PackedPackage[]>}
 */
export async function packAll(destination) {
  await rm(destination, { recursive: true, force: true });
  await mkdir(destination, { recursive: true });
  const packed = [];
  for (const each of publicPackages()) {
    const { code, output } = await pnpm(["pack", "--pack-destination", destination], { cwd: each.folder });
    if (code !== 0) throw new Error(`pnpm pack failed for ${each.name}:\n${output}`);
    const file = `${each.name.replace("@", "").replace("/", "-")}-${each.manifest.version}.tgz`;
    packed.push({ ...each, tarball: path.join(destination, file) });
  }
  return packed;
}

/** Every check of every packed package. @param {PackedPackage[]} packages @returns {Promise<Check[]>} */
export async function checkAll(packages) {
  const version = packages[0]?.manifest.version ?? "none";
  const jobs = packages.flatMap((each) => [
    () => checkContents(each, version),
    () => checkWithPublint(each),
    () => checkWithAttw(each),
  ]);
  return inParallel(jobs, PARALLEL_CHECKS);
}

/** The right files, one version, and nothing that only this workspace understands. @param {PackedPackage} packed @param {string} version */
async function checkContents({ name, tarball }, version) {
  const files = await filesOf(tarball);
  const manifest = files.get("package.json") ?? "{}";
  const licence = readFileSync(path.join(ROOT, "LICENSE"), "utf8");
  const problems = [
    files.get("LICENSE") === licence ? "" : "LICENSE is missing or differs from the repository's",
    (files.get("README.md") ?? "").startsWith(`# ${name}\n`) ? "" : `README.md is missing or is not titled "# ${name}"`,
    /"(workspace|catalog|link|file):/.test(manifest) ? "package.json still has a range of the workspace" : "",
    JSON.parse(manifest).version === version ? "" : `the version is not ${version}, as the other packages'`,
    [...files.keys()].some((file) => file.endsWith(".tsbuildinfo")) ? "a build cache is packed" : "",
    [...files.keys()].some((file) => /(^|\/)test\//.test(file)) ? "tests are packed" : "",
  ].filter(Boolean);
  return { name: `${name}: contents`, passed: problems.length === 0, detail: problems.join("\n") };
}

/** @param {PackedPackage} packed @returns {Promise<Check>} */
async function checkWithPublint({ name, tarball }) {
  const { messages, pkg } = await publint({
    pack: { tarball: Uint8Array.from(readFileSync(tarball)).buffer },
    strict: true,
  });
  const problems = messages.filter((message) => message.type !== "suggestion");
  const detail = problems.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code).join("\n");
  return { name: `${name}: publint`, passed: problems.length === 0, detail };
}

/** @param {PackedPackage} packed @returns {Promise<Check>} */
async function checkWithAttw({ name, tarball }) {
  // The packages are ESM alone; --no-definitely-typed keeps the check off the network.
  const args = [tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-color", "--no-emoji"];
  const { code, output } = await run(tool("attw"), args);
  // Without any types attw says so, and exits with 0.
  const passed = code === 0 && !output.includes("does not contain types");
  return { name: `${name}: attw`, passed, detail: passed ? "" : output };
}

/**
 * The files of a tarball as text, by their path in the package.
 *
 * @param {string} tarball
 * @returns {Promise<Map<string, string>>}
 */
async function filesOf(tarball) {
  const { files, rootDir } = await unpack(readFileSync(tarball));
  return new Map(files.map(({ name, data }) => [name.slice(rootDir.length + 1), new TextDecoder().decode(data)]));
}

/**
 * @template T
 * @param {(() => Promise<T>)[]} jobs
 * @param {number} width How many run at once
 * @returns {Promise<T[]>} in the order of the jobs
 */
async function inParallel(jobs, width) {
  /** @type {T[]} */
  const results = [];
  const queue = jobs.entries();
  const worker = async () => {
    for (const [index, job] of queue) results[index] = await job();
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
