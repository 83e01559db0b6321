/** Every suite of the repository: one project for each package and example, one for the repository itself, one for types. */
import { existsSync, readdirSync } from "node:fs";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

/** Races and real databases take their time on a small machine; no test asserts a duration. */
const SLOW_TEST_MS = 30_000;

export default defineConfig({
  test: {
    testTimeout: SLOW_TEST_MS,
    hookTimeout: SLOW_TEST_MS,
    projects: [
      ...suitesIn("packages"),
      ...suitesIn("examples"),
      { extends: true, test: { name: "repository", include: ["test/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["packages/*/test/**/*.test-d.ts"],
            tsconfig: "./tsconfig.json",
          },
        },
      },
    ],
  },
});

/** The folders of `parent` that have tests; one with a config of its own (such as for a browser-like DOM) brings it. */
function suitesIn(parent: string): TestProjectConfiguration[] {
  return readdirSync(parent)
    .filter((name) => existsSync(`${parent}/${name}/test`))
    .map((name) => {
      const root = `${parent}/${name}`;
      if (existsSync(`${root}/vitest.config.ts`)) return root;
      return { extends: true, root, test: { name, include: ["test/**/*.test.{ts,tsx}"] } };
    });
}
