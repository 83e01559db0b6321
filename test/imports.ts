/** What source files import, and the rules about it. Reads text, not types: the sources are formatted by Biome. */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";

/** A source file: its path under `src` with slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

const STRING_OR_COMMENT = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
/** A statement that begins a line: `import … from "x"`, `export … from "x"`, `import "x"`. */
const STATIC_IMPORT = /^(?:import|export)\b(?:[^;"'`]*?\bfrom)?\s*["']([^"'\n]+)["']/gm;
/** `import("x")`, as a call or in a type. */
const DYNAMIC_IMPORT = /\bimport\(\s*["']([^"'\n]+)["']/g;
const MUTABLE_BINDING = /^(?:export )?(?:let|var) (\w+)/gm;
/** A container that is made empty can only be meant to be filled later. */
const EMPTY_CONTAINER =
  /^(?:export )?const (\w+)(?:: [^=]+)? = (?:new (?:Map|Set|WeakMap|WeakSet|Array)(?:<[^=]*>)?\(\)|\[\]|\{\});/gm;

/** The TypeScript files under a folder, declarations left out. */
export function sourcesIn(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.split(path.sep).join("/"))
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"))
    .sort()
    .map((name) => ({ path: name, text: readFileSync(path.join(folder, name), "utf8") }));
}

/** Every specifier that a text imports from, once each. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text);
  const found = [...code.matchAll(STATIC_IMPORT), ...code.matchAll(DYNAMIC_IMPORT)];
  return [...new Set(found.map((match) => match[1] ?? ""))];
}

/** The files that the imports of a file name: by a relative path, or by an alias such as `#crypto`. */
function targetsOf(file: SourceFile, aliases: Record<string, string[]> = {}): string[] {
  return importsOf(file.text).flatMap((specifier) => {
    if (specifier.startsWith(".")) {
      return [path.posix.join(path.posix.dirname(file.path), specifier).replace(/\.js(x?)$/, ".ts$1")];
    }
    return aliases[specifier] ?? [];
  });
}

/** Layers from the bottom up; an entry is a file, or a folder that ends in a slash. */
export type Layers = readonly (readonly string[])[];

/** Files without a layer, and imports that go up. */
export function layerFaults(files: SourceFile[], layers: Layers, aliases: Record<string, string[]> = {}): string[] {
  const layerOf = (file: string) =>
    layers.findIndex((layer) =>
      layer.some((entry) => file === entry || (entry.endsWith("/") && file.startsWith(entry))),
    );
  return files.flatMap((file) => {
    const own = layerOf(file.path);
    if (own === -1) return [`${file.path} has no layer`];
    return targetsOf(file, aliases)
      .filter((target) => layerOf(target) > own)
      .map((target) => `${file.path} imports ${target}, which is above it`);
  });
}

/** Circles of imports, each as the path that closes it. */
export function cycles(files: SourceFile[], aliases: Record<string, string[]> = {}): string[] {
  const edges = new Map(files.map((file) => [file.path, targetsOf(file, aliases)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: string[]): void => {
    if (trail.includes(file)) found.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
    if (done.has(file) || trail.includes(file)) return;
    for (const target of edges.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return found;
}

/** The package that a specifier belongs to: `"@noble/hashes/sha2.js"` → `"@noble/hashes"`; null for files and built-ins. */
export function packageOf(specifier: string): string | null {
  if (/^[.#]/.test(specifier) || isBuiltin(specifier)) return null;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

export function isBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

/** Packages outside the scope that more than one file imports, apart from those that the package is about. */
export function sharedPackages(files: SourceFile[], subjects: readonly string[]): string[] {
  const users = new Map<string, string[]>();
  for (const file of files) {
    for (const name of new Set(importsOf(file.text).map(packageOf))) {
      if (name === null || name.startsWith("@latchkey/") || subjects.includes(name)) continue;
      users.set(name, [...(users.get(name) ?? []), file.path]);
    }
  }
  return [...users].filter(([, by]) => by.length > 1).map(([name, by]) => `${name} is imported by ${by.join(", ")}`);
}

/** Imports of Node's own modules outside of the files that may. */
export function builtinFaults(files: SourceFile[], allowed: readonly string[]): string[] {
  return files
    .filter((file) => !allowed.includes(file.path))
    .flatMap((file) =>
      importsOf(file.text)
        .filter(isBuiltin)
        .map((name) => `${file.path} imports ${name}`),
    );
}

/** Variables of a module that can change, as `file: name`. */
export function mutableState(files: SourceFile[]): string[] {
  return files.flatMap((file) => {
    const code = withoutComments(file.text);
    const names = [...code.matchAll(MUTABLE_BINDING), ...code.matchAll(EMPTY_CONTAINER)].map((match) => match[1]);
    return names.map((name) => `${file.path}: ${name}`);
  });
}

function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (found) => (found.startsWith("/") ? "" : found));
}
