/**
 * Puts the modules of each entry point into few files: a process that imports the core then opens three files and not fifty, which
 * is most of what the import costs. Types stay as the compiler writes them.
 */
import { rm } from "node:fs/promises";
import { build } from "esbuild";

const outdir = "dist/bundled";
await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: {
    index: "dist/index.js",
    client: "dist/client/index.js",
    memory: "dist/memory/index.js",
    testkit: "dist/testkit/index.js",
  },
  outdir,
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  packages: "external",
  external: ["#crypto", "node:*"],
  sourcemap: true,
  logLevel: "warning",
});
