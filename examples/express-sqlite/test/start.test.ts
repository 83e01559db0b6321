/** Starting and stopping: settings, secret, port, signals. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { readSettings } from "../src/settings.js";
import { cleanUp, runApp, STRATEGIES, startApp, temporaryFolder } from "./example-app.js";
import { HttpClient } from "./http-client.js";

afterAll(cleanUp);

test("prints its address as one plain line and nothing else, and takes a DATABASE_FILE in a folder that is not there yet", async () => {
  const folder = path.join(temporaryFolder(), "deep", "er");
  const app = await startApp(folder);
  expect(app.greeting).toMatch(/^Latchkey example: http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(app.url)).status).toBe(200);
  expect(existsSync(path.join(folder, "app.db"))).toBe(true);
  expect((await app.stop()).output).toBe(`${app.greeting}\n`);
});

describe("the secret", () => {
  test("is made on the first start, for its owner's eyes only, and kept", async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "secret");
    await (await startApp(folder)).stop();
    const first = readFileSync(file, "utf8");
    expect(Buffer.from(first, "base64url")).toHaveLength(32);
    if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);

    await (await startApp(folder)).stop();
    expect(readFileSync(file, "utf8")).toBe(first);
    expect(readdirSync(folder).filter((name) => name.startsWith("secret"))).toEqual(["secret"]);
  });

  test("is the first one's when two start at once", async () => {
    const folder = temporaryFolder();
    const options = { args: ["--strategy", "jwt"] };
    const apps = await Promise.all([startApp(folder, options), startApp(folder, options)]);
    const [one, other] = apps.map(({ url }) => new HttpClient(url)) as [HttpClient, HttpClient];
    await one.signUp("ada@example.com");
    const seen = await other.get("/dashboard", { Cookie: one.cookie ?? "" });
    expect(seen.status).toBe(200);
  });

  test("is AUTH_SECRET where that is set, and then none is made", async () => {
    const folder = temporaryFolder();
    await startApp(folder, { env: { AUTH_SECRET: "an environment's own secret, long enough" } });
    expect(existsSync(path.join(folder, "secret"))).toBe(false);
  });

  test("refuses an AUTH_SECRET that anybody could guess", async () => {
    const { code, output } = await runApp(temporaryFolder(), { env: { AUTH_SECRET: "short" } });
    expect(code).toBe(1);
    expect(output).toMatch(/^secret.*\n$/);
  });
});

describe("settings", () => {
  test("have defaults: port 3000, the database strategy, no provider, a file beside the example", () => {
    const { databaseFile, ...others } = readSettings([], {});
    expect(others).toEqual({ port: 3000, strategy: "database", oidc: false, databaseUrl: null });
    expect(databaseFile).toBe(path.resolve(import.meta.dirname, "../.latchkey/app.db"));
  });

  test.each(STRATEGIES)("choose %s by flag or environment; the flag wins", (strategy) => {
    expect(readSettings([], { LATCHKEY_STRATEGY: strategy }).strategy).toBe(strategy);
    expect(readSettings(["--strategy", strategy], { LATCHKEY_STRATEGY: "none" }).strategy).toBe(strategy);
  });

  test("start a provider by flag or environment; the flag wins", () => {
    expect(readSettings(["--oidc"], { LATCHKEY_OIDC: "0" }).oidc).toBe(true);
    expect(readSettings([], { LATCHKEY_OIDC: "1" }).oidc).toBe(true);
    expect(readSettings(["--strategy", "jwt", "--oidc"], {})).toMatchObject({ strategy: "jwt", oidc: true });
    expect(readSettings([], { LATCHKEY_OIDC: "" }).oidc).toBe(false);
  });

  test.each([
    [["--strategy", "cookies"], {}, "The strategy is jwt or database"],
    [["--stategy", "jwt"], {}, "The options are --strategy"],
    [["--oidc=no"], {}, "The options are --strategy"],
    [[], { LATCHKEY_OIDC: "yes" }, "LATCHKEY_OIDC is 1 or 0"],
    [[], { LATCHKEY_STRATEGY: "none" }, "The strategy is jwt or database"],
    [[], { DATABASE_URL: "mysql://ada:secret@db/app" }, "DATABASE_URL must begin with postgres://"],
    [[], { PORT: "http" }, "PORT is a number"],
    [[], { PORT: "65536" }, "PORT is a number"],
    [[], { PORT: "-1" }, "PORT is a number"],
  ])("refuse %j %j", (args, env, reason) => {
    expect(() => readSettings(args, env)).toThrow(reason);
  });

  test.each(STRATEGIES)("%s reaches the cookie", async (strategy) => {
    const app = await startApp(temporaryFolder(), { args: ["--strategy", strategy] });
    const client = new HttpClient(app.url);
    await client.signUp("ada@example.com");
    // A JWT has three parts (RFC 7515 §7.1), an opaque token has one.
    expect(client.cookie?.split(".")).toHaveLength(strategy === "jwt" ? 3 : 1);
  });

  test("that cannot be used end the start with code 1 and one line", async () => {
    const { code, output } = await runApp(temporaryFolder(), { args: ["--strategy", "cookies"] });
    expect({ code, output }).toEqual({ code: 1, output: 'The strategy is jwt or database, not "cookies".\n' });
  });
});

test("ends with code 1 and says what to do when the port is taken", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const address = other.address();
  const port = String(typeof address === "object" ? address?.port : "");
  expect(await runApp(temporaryFolder(), { env: { PORT: port } })).toEqual({
    code: 1,
    output: `Port ${port} is taken by another program. Set PORT to another number, or to 0 for any free port.\n`,
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends it with code 0 and without a word", async (signal) => {
  const app = await startApp(temporaryFolder());
  // Leaves a connection open that waits for another request.
  await fetch(app.url);
  expect(await app.stop(signal)).toEqual({ code: 0, output: `${app.greeting}\n` });
});

test.each([{ args: ["--oidc"] }, { env: { LATCHKEY_OIDC: "1" } }])(
  "the provider starts with the app and ends with it: %j",
  async (options) => {
    const app = await startApp(temporaryFolder(), options);
    const { headers } = await fetch(`${app.url}/auth/signin/oidc`, { redirect: "manual" });
    const { origin } = new URL(headers.get("location") ?? "");
    const { issuer } = (await (await fetch(`${origin}/.well-known/openid-configuration`)).json()) as { issuer: string };
    expect(issuer).toBe(origin);
    expect(new URL(issuer).hostname).toBe("127.0.0.1");
    const { code, output } = await app.stop();
    expect(code).toBe(0);
    // What its package says of a Node that it does not support is all.
    expect(output.replace(/^oidc-provider WARNING: Unsupported runtime.*\n/m, "")).toBe(`${app.greeting}\n`);
    await expect(fetch(origin)).rejects.toThrow("fetch failed");
  },
);
