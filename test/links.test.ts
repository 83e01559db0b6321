/** Every relative link in the documents leads somewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { packages } from "./packages.js";

const DOCUMENTS = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md"],
  ...readdirSync("docs", { recursive: true, encoding: "utf8" }).map((name) => path.join("docs", name)),
  ...readdirSync("examples").map((name) => path.join("examples", name, "README.md")),
  ...packages.map(({ folder }) => path.join(path.relative("", folder), "README.md")),
].filter((file) => file.endsWith(".md") && existsSync(file));

/** Targets of Markdown links in a text that are files of the repository. */
function linkedFiles(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

test.each(DOCUMENTS)("%s links to files that are there", (document) => {
  const dead = linkedFiles(readFileSync(document, "utf8")).filter(
    (target) => !existsSync(path.join(path.dirname(document), target)),
  );
  expect(dead).toEqual([]);
});

test("links are found; code, anchors and other sites are left out", () => {
  const text = "[a](a.md) [`b`](../b) [c](#c) [d](https://d) `[e](e.md)`\n```\n[f](f.md)\n```\n[g](g.md#part)";
  expect(linkedFiles(text)).toEqual(["a.md", "../b", "g.md"]);
});
