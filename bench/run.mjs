/**
 * Runs the benchmarks and writes their tables into README.md.
 *
 * `node bench/run.mjs` runs all of the first table and writes it; `node bench/run.mjs stateless|database|postgresql|express …` runs
 * some of them and writes nothing. `node bench/run.mjs cleanup` takes minutes, and writes the second table.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { cleanup } from "./cleanup.mjs";
import { database } from "./database.mjs";
import { expressApp } from "./express.mjs";
import { postgresql } from "./postgresql.mjs";
import { stateless } from "./stateless.mjs";

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {number} ratio
 * @property {string} [target] none where the figure is only told
 * @property {(ratio: number) => boolean} [met]
 * @property {Record<string, number>} [times] microseconds
 * @property {string} [details] in place of times
 */

const BENCHMARKS = { stateless, database, postgresql, express: expressApp };
const chosen = process.argv.slice(2);
const known = [...Object.keys(BENCHMARKS), "cleanup"];
const unknown = chosen.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`no benchmark ${unknown.join(", ")}: there are ${known.join(", ")}`);

/** @type {Row[]} */
const rows = [];
for (const [name, measure] of Object.entries(BENCHMARKS)) {
  if (chosen.length === 0 || chosen.includes(name)) rows.push(...(await measure()));
}
if (rows.length > 0) show("table", tableOf("ratio of medians", "µs each", rows), chosen.length === 0);
if (chosen.includes("cleanup")) show("clean-up", tableOf("ratio", "details", await cleanup()), true);

/** @param {string} ratio @param {string} details @param {Row[]} rows */
function tableOf(ratio, details, rows) {
  return [
    `| ${ratio} | measured | target | met | ${details} |`,
    "| --- | ---: | ---: | --- | --- |",
    ...rows.map(lineOf),
  ].join("\n");
}

/** @param {Row} row */
function lineOf({ what, ratio, target = "", met, times = {}, details }) {
  const medians = Object.entries(times).map(([name, time]) => `${name} ${time.toFixed(1)}`);
  const isMet = met === undefined ? "" : met(ratio) ? "yes" : "**no**";
  return `| ${what} | ${ratio.toFixed(2)} | ${target} | ${isMet} | ${details ?? medians.join(", ")} |`;
}

/** @param {string} section its comment in README.md @param {string} table @param {boolean} isWritten */
function show(section, table, isWritten) {
  console.log(table);
  if (!isWritten) return;
  const file = new URL("README.md", import.meta.url);
  const measuredOn = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? arch()}`;
  const text = readFileSync(file, "utf8").replace(
    new RegExp(`(<!-- ${section} -->\n).*?(<!-- end -->)`, "s"),
    (_, start, end) => `${start}\n${table}\n\nMeasured on ${measuredOn}.\n\n${end}`,
  );
  writeFileSync(file, text);
}
