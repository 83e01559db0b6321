/**
 * Makes one file of the modules of each entry point: a process that imports the core then opens one file and not fifty, which is
 * most of what the import costs. `cookie` goes in with it: it is CommonJS, and the parser that Node starts for such modules takes
 * longer than all else together (docs/decisions/0009). Types stay as the compiler writes them.
 */
import { rm } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const outdir = "dist/bundled";

/** Functions without state that the core does not export: each bundle brings its own. */
const PURE = ["token/opaque.js"];

/** The adapters and the suites use the core that the app uses: its classes exist once. */
const throughCore = {
  name: "through-core",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\// }, ({ path: imported, resolveDir }) => {
      const file = path.relative("dist", path.resolve(resolveDir, imported));
      if (file.startsWith("testkit") || PURE.includes(file)) return;
      return { path: file.startsWith("memory") ? "./memory.js" : "./index.js", external: true };
    });
  },
};

const common = {
  outdir,
  bundle: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2022",
  external: ["#crypto", "node:*", "jose", "vitest"],
  sourcemap: true,
  logLevel: "warning",
};

await rm(outdir, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { index: "dist/index.js", client: "dist/client/index.js", doctor: "dist/doctor.js" },
});
await build({
  ...common,
  entryPoints: { memory: "dist/memory/index.js", sql: "dist/sql/index.js", testkit: "dist/testkit/index.js" },
  plugins: [throughCore],
});
