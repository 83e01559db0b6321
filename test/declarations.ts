/** The names that a declaration file exports. Reads the text that `tsc` writes, in which each export begins a line. */
import path from "node:path";

const NAMED = /^export (?:type )?\{([^}]*)\}/gm;
const DECLARED = /^export (?:declare )?(?:abstract )?(?:function|const|class|interface|type|enum) (\w+)/gm;
const STAR = /^export (?:type )?\* from "([^"]+)"/gm;

/**
 * Names exported by a declaration file, those of `export *` followed.
 *
 * @param read Yields the text of a file, by its path
 */
export function exportedNames(file: string, read: (file: string) => string): string[] {
  const code = read(file).replace(/\/\*[\s\S]*?\*\//g, "");
  const named = [...code.matchAll(NAMED)].flatMap(([, list = ""]) => list.split(",").map(publicName));
  const declared = [...code.matchAll(DECLARED)].map(([, name = ""]) => name);
  const stars = [...code.matchAll(STAR)].flatMap(([, target = ""]) =>
    exportedNames(path.join(path.dirname(file), target.replace(/\.js$/, ".d.ts")), read),
  );
  return [...new Set([...named, ...declared, ...stars])].filter((name) => name !== "");
}

/** `"type A as B"` → `"B"` */
function publicName(item: string): string {
  return item.trim().split(/\s+/).at(-1) ?? "";
}
