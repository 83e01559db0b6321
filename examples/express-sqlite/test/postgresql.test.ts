/** The same app on PostgreSQL, by one environment variable. */
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDatabase, isMissing, type ServerDatabase } from "../../../test/servers/databases.js";
import { cleanUp, runApp, STRATEGIES, startApp, temporaryFolder } from "./example-app.js";
import { HttpClient } from "./http-client.js";

afterAll(cleanUp);

describe.skipIf(await isMissing("PostgreSQL"))("with DATABASE_URL", () => {
  let database: ServerDatabase;
  beforeAll(async () => {
    database = await createDatabase("PostgreSQL");
    await database.query("DROP TABLE sessions, accounts, users, verifications");
  });
  afterAll(() => database.drop());

  test.each(STRATEGIES)(
    "%s: sign up, two devices, one ends the other, a row deleted by SQL ends a session",
    async (strategy) => {
      const folder = temporaryFolder();
      const app = await startApp(folder, { args: ["--strategy", strategy], env: { DATABASE_URL: database.url } });
      const email = `${strategy}@example.com`;
      const [laptop, phone] = [new HttpClient(app.url), new HttpClient(app.url)];
      await laptop.signUp(email);
      await phone.signIn(email);
      const rows = `SELECT s.id FROM sessions s JOIN users u ON u.id = s."userId" WHERE u.email = '${email}'`;
      expect(await database.query(rows)).toHaveLength(2);

      await laptop.post("/auth/sessions/revoke-others");
      expect((await phone.get("/dashboard")).status).toBe(302);
      expect((await laptop.get("/dashboard")).status).toBe(200);
      await database.query("DELETE FROM sessions");
      expect((await laptop.get("/dashboard")).status).toBe(302);
      expect(existsSync(path.join(folder, "app.db"))).toBe(false);
      expect((await app.stop()).code).toBe(0);
    },
  );
});

test("a database that cannot be reached ends the start with code 1 and one line, without the address", async () => {
  const url = "postgres://ada:pa55word@127.0.0.1:1/app";
  const { code, output } = await runApp(temporaryFolder(), { env: { DATABASE_URL: url } });
  expect(code).toBe(1);
  expect(output).toBe("The database of DATABASE_URL cannot be reached, or does not let us make tables.\n");
});
