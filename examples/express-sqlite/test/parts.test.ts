/** The parts that need no server: templates, times, names of devices, the browser's opener. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { ago } from "../src/ago.js";
import { attributes, html } from "../src/html.js";
import { openBrowser } from "../src/open-browser.js";
import { problemOf } from "../src/problems.js";
import { cleanUp, temporaryFolder } from "./example-app.js";

afterAll(cleanUp);

describe("html", () => {
  test("escapes values, keeps HTML, joins lists and leaves out null", () => {
    const item = html`<b>${`"'&<>`}</b>`;
    expect(html`<p title="${`"`}">${item}${[item, item]}${null}${0}</p>`.text).toBe(
      `<p title="&quot;">${"<b>&quot;&#39;&amp;&lt;&gt;</b>".repeat(3)}0</p>`,
    );
  });

  test("leaves out attributes that are null or false, and quotes the others", () => {
    expect(html`<input${attributes({ id: `a"b`, required: true, autofocus: false, min: 0, max: null })}>`.text).toBe(
      '<input id="a&quot;b" required min="0">',
    );
  });
});

test.each([
  // seconds, words             why this row exists
  [-5, "just now"], //          another server's clock is ahead
  [59, "just now"],
  [60, "1 minute ago"], //      the first second that is a minute
  [3599, "59 minutes ago"], //  rounded down: no hour has passed
  [3600, "1 hour ago"],
  [86_400, "yesterday"],
  [400 * 86_400, "400 days ago"],
])("%i seconds before now is %s", (seconds, words) => {
  const now = new Date("2026-11-21T12:00:00Z");
  expect(ago(new Date(now.getTime() - seconds * 1000), now)).toBe(words);
});

test.each<[code: unknown, sentence: string | null, why: string]>([
  [undefined, null, "no error"],
  ["invalid_credentials", "The e-mail address or the password is not right. Check both and try again.", "own words"],
  ["user_disabled", "This account is disabled.", "the table's sentence"],
  ["toString", "That did not work. Please try again.", "no code, though objects have such a key"],
  [["unavailable"], "That did not work. Please try again.", "given twice in the query"],
])("the code %j is told as %j (%s)", (code, sentence) => {
  expect(problemOf(code)?.sentence ?? null).toBe(sentence);
});

describe.skipIf(process.platform === "win32")("opening the browser", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("hands the address to the system's opener", async () => {
    const folder = temporaryFolder();
    const opened = path.join(folder, "opened");
    for (const name of ["xdg-open", "open"]) {
      writeFileSync(
        path.join(folder, name),
        `#!/bin/sh\nprintf %s "$1" > ${opened}.part && /bin/mv ${opened}.part ${opened}\n`,
      );
      chmodSync(path.join(folder, name), 0o755);
    }
    vi.stubEnv("PATH", folder);
    openBrowser("http://127.0.0.1:1/");
    await vi.waitUntil(() => existsSync(opened), 10_000);
    expect(readFileSync(opened, "utf8")).toBe("http://127.0.0.1:1/");
  });

  test("does nothing on a machine that has none", async () => {
    vi.stubEnv("PATH", temporaryFolder());
    // Its error comes as an event, which would end a process that does not listen for it.
    const uncaught = vi.fn();
    process.once("uncaughtException", uncaught);
    openBrowser("http://127.0.0.1:1/");
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.off("uncaughtException", uncaught);
    expect(uncaught).not.toHaveBeenCalled();
  });
});
