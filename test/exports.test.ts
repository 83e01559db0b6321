/** The public surface: a name that appears, vanishes or moves shows up in `exported-names.txt`, and so in the review. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { exportedNames } from "./declarations.js";
import { type EntryPoint, entryPoints } from "./packages.js";

/** Sorted lines: `value createAuth`, `type Auth`. A class is a value, too. */
async function surfaceOf({ script, declarations }: EntryPoint): Promise<string[]> {
  const values = Object.keys((await import(pathToFileURL(script).href)) as object);
  const declared = exportedNames(declarations, (file) => readFileSync(file, "utf8"));
  const types = declared.filter((name) => !values.includes(name));
  return [...values.map((name) => `value ${name}`).sort(), ...types.map((name) => `type ${name}`).sort()];
}

test("the exported names of every entry point are the ones on file", async () => {
  const blocks = await Promise.all(
    entryPoints.map(async (entry) => [entry.name, ...(await surfaceOf(entry)).map((line) => `  ${line}`)].join("\n")),
  );
  await expect(`${blocks.join("\n\n")}\n`).toMatchFileSnapshot(path.join(import.meta.dirname, "exported-names.txt"));
});

test.each(entryPoints.map((entry) => [entry.name, entry] as const))(
  "%s declares a type for every value that it exports",
  async (_name, entry) => {
    const values = Object.keys((await import(pathToFileURL(entry.script).href)) as object);
    expect(values.length).toBeGreaterThan(0);
    expect(exportedNames(entry.declarations, (file) => readFileSync(file, "utf8"))).toEqual(
      expect.arrayContaining(values),
    );
  },
);

test("each form of export is read from declarations", () => {
  const files: Record<string, string> = {
    "/index.d.ts": [
      'export { a, type B, c as d } from "./one.js";',
      'export type { E } from "./one.js";',
      'export * from "./two.js";',
      "/** export declare const ghost: 1; */",
      "declare const own: 1;\nexport { own };",
    ].join("\n"),
    "/two.d.ts": [
      "export declare function f(): void;",
      "export declare const g: 1;",
      "export declare class H {}",
      "export interface I {}",
      "export type J = 1;",
      "export declare abstract class K {}",
    ].join("\n"),
  };
  const names = exportedNames("/index.d.ts", (file) => files[file] ?? "");
  expect(names.sort()).toEqual(["B", "E", "H", "I", "J", "K", "a", "d", "f", "g", "own"]);
});
