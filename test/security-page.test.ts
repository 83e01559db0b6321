/** Every promise of docs/security.md has a test that is named after it. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = readFileSync("docs/security.md", "utf8");
const promised = [...page.matchAll(/^\| (R-[A-Z]\d+) +\|/gm)].map(([, number]) => number as string);

/** Texts in quotes: titles of tests, and the reasons in the rows of their tables. */
const titles = ["packages", "examples", "test"]
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`))
  .filter((file) => /(test|testkit)\/.*\.tsx?$/.test(file) && !/node_modules|\/dist\//.test(file))
  .flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/["'`]([^"'`\n]*\bR-[A-Z]\d+[^"'`\n]*)/g)].map(([, title]) => title),
  );

test("the page lists promises", () => {
  expect(promised.length).toBeGreaterThan(40);
});

test.each(promised)("%s stands in the name of a test", (number) => {
  expect(titles.filter((title) => new RegExp(`\\b${number}\\b`).test(title ?? ""))).not.toEqual([]);
});

const tried = [...page.matchAll(/\| `(negatives-[a-z-]+|redirects)`(?:: ([^|]+?))? +\|$/gm)];

test("the page lists what a hostile provider gets", () => {
  expect(tried.length).toBeGreaterThan(25);
});

test.each(tried.map(([, file, title]) => [file, title] as const))("%s has the case: %s", (file, title = "") => {
  const text = readFileSync(`packages/providers/test/oauth/${file}.test.ts`, "utf8");
  expect(text).toContain(title);
});
