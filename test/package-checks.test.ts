/** The checks before a release find what they are for. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkAll } from "../scripts/package-checks.mjs";
import { run } from "../scripts/workspace.mjs";

const NAME = "@latchkey/broken";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "latchkey-broken-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Checks a tarball with these files beside a manifest that promises an entry point. */
async function check(files: Record<string, string>): Promise<Map<string, string>> {
  const manifest = {
    name: NAME,
    version: "1.0.0",
    type: "module",
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    dependencies: { "@latchkey/core": "workspace:^" },
  };
  for (const [name, content] of Object.entries({ "package.json": JSON.stringify(manifest), ...files })) {
    const file = path.join(folder, "package", name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  const tarball = path.join(folder, "broken.tgz");
  expect((await run("tar", ["-czf", tarball, "-C", folder, "package"])).code).toBe(0);
  const checks = await checkAll([{ name: NAME, folder, manifest, tarball }]);
  return new Map(checks.filter(({ passed }) => !passed).map(({ name, detail }) => [name, detail]));
}

test("a tarball without licence, README and build, and with a range of the workspace, fails every check", async () => {
  const failed = await check({ "test/a.test.js": "" });
  expect([...failed.keys()]).toEqual([`${NAME}: contents`, `${NAME}: publint`, `${NAME}: attw`]);
  expect(failed.get(`${NAME}: contents`)).toMatch(/LICENSE[\s\S]*README[\s\S]*workspace[\s\S]*tests are packed/);
});

test("types that Node's resolution does not find fail attw, not publint", async () => {
  const failed = await check({
    "dist/index.js": 'export * from "./a.js";',
    "dist/index.d.ts": 'export * from "./a";', // ESM needs the extension
    "dist/a.js": "export const a = 1;",
    "dist/a.d.ts": "export declare const a: number;",
  });
  expect([...failed.keys()]).toEqual([`${NAME}: contents`, `${NAME}: attw`]);
});
