/** Runs the benchmarks and writes their table into README.md. `node bench/run.mjs [stateless|database|express]` */
import { readFileSync, writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { database } from "./database.mjs";
import { expressApp } from "./express.mjs";
import { stateless } from "./stateless.mjs";

/** @typedef {{ what: string, ratio: number, target: string, met: (ratio: number) => boolean, times: Record<string, number> }} Row times in microseconds */

const BENCHMARKS = { stateless, database, express: expressApp };
const chosen = process.argv.slice(2);

/** @type {Row[]} */
const rows = [];
for (const [name, measure] of Object.entries(BENCHMARKS)) {
  if (chosen.length === 0 || chosen.includes(name)) rows.push(...(await measure()));
}

const lines = rows.map(({ what, ratio, target, met, times }) => {
  const medians = Object.entries(times).map(([name, time]) => `${name} ${time.toFixed(1)}`);
  return `| ${what} | ${ratio.toFixed(2)} | ${target} | ${met(ratio) ? "yes" : "**no**"} | ${medians.join(", ")} |`;
});
const table = [
  "| ratio of medians | measured | target | met | µs each |",
  "| --- | ---: | ---: | --- | --- |",
  ...lines,
].join("\n");
console.log(table);

if (chosen.length === 0) {
  const file = new URL("README.md", import.meta.url);
  const measuredOn = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? arch()}`;
  const text = readFileSync(file, "utf8").replace(
    /(<!-- table -->\n).*(<!-- end -->)/s,
    `$1\n${table}\n\nMeasured on ${measuredOn}.\n\n$2`,
  );
  writeFileSync(file, text);
}
