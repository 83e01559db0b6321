/**
 * What importing `@latchkey/core` costs a fresh process, over a bare one. Both are started in turn, so that a change of the
 * machine's load falls on both; the median of the differences is the figure.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROUNDS = 25;
/** Milliseconds that the import may add. */
const LIMIT = 25;
const ENTRY = import.meta.resolve("@latchkey/core");

/** @param {string} code @returns {number} milliseconds from start to end of a process that runs it */
function timeOf(code) {
  const start = process.hrtime.bigint();
  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`the process ended with ${status}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const importing = `await import(${JSON.stringify(ENTRY)})`;
timeOf(importing); // The first one reads the files from disk.
const rounds = Array.from({ length: ROUNDS }, () => ({ bare: timeOf("0"), imported: timeOf(importing) }));
const cost = median(rounds.map(({ bare, imported }) => imported - bare));

console.log("| process | median, ms |\n| --- | ---: |");
console.log(`| bare node | ${median(rounds.map(({ bare }) => bare)).toFixed(1)} |`);
console.log(`| with @latchkey/core | ${median(rounds.map(({ imported }) => imported)).toFixed(1)} |`);
console.log(`| difference (limit ${LIMIT}) | ${cost.toFixed(1)} |`);
process.exitCode = cost <= LIMIT ? 0 : 1;
