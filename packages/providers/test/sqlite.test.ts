import { type ProviderUnderTest, providerSuite } from "@latchkey/core/testkit";
import { describe, expect, test } from "vitest";
import { password } from "../src/index.js";
import { accountOf, atOnce, cookieOf, openApp, outcomeOf, outcomesOf, PASSWORD } from "./app.js";
import { openDatabase, openTestDatabase } from "./database.js";

const WRONG = { password: "not the right one" };
providerSuite("password on SQLite", async (): Promise<ProviderUnderTest> => {
  const database = await openDatabase();
  const adapter = database.connect();
  await openApp({ adapter }).signUp();
  const email = "ann@example.com";
  return {
    provider: password(),
    adapter,
    inputs: {
      "POST /signup": { email: "new@example.com", password: PASSWORD },
      "POST /signin/password": { email, password: PASSWORD },
      "POST /password/change": { currentPassword: PASSWORD, newPassword: "staple the battery" },
    },
    secrets: [PASSWORD, WRONG.password],
    signIn: (browser) => browser.post("/signin/password", { email, password: PASSWORD }),
    failSignIn: (browser) => browser.post("/signin/password", { email, ...WRONG }),
    close: async () => database.close(),
  };
});

describe("password on SQLite", () => {
  test("R-A5, I4: of 2,000 wrong passwords at once on two instances with one file, 10 are compared", async () => {
    const database = await openTestDatabase();
    const [one, two] = [openApp({ adapter: database.connect() }), openApp({ adapter: database.connect() })];
    await one.signUp();
    const answers = await atOnce(2000, (i) => (i % 2 ? one : two).signIn(WRONG, { ip: `10.0.${i >> 8}.${i & 255}` }));
    expect(await outcomesOf(answers)).toEqual({ "401 invalid_credentials": 10, "429 rate_limited": 1990 });
    expect(await outcomeOf(await two.signIn())).toBe("429 rate_limited");
    two.clock.now += 15 * 60 * 1000;
    expect(await outcomeOf(await two.signIn())).toBe("200");
  });

  test("50 right passwords at once are all answered 200", async () => {
    const { signIn, signUp } = openApp({ adapter: (await openTestDatabase()).connect() });
    await signUp();
    expect(await outcomesOf(await atOnce(50, () => signIn()))).toEqual({ "200": 50 });
  });

  test("F-8: of 20 sign-ups at once with one address on two instances, one is answered 201", async () => {
    const database = await openTestDatabase();
    const apps = [openApp({ adapter: database.connect() }), openApp({ adapter: database.connect() })] as const;
    const answers = await atOnce(20, (i) => apps[i % 2 === 0 ? 0 : 1].signUp());
    expect(await outcomesOf(answers)).toEqual({ "201": 1, "409 user_exists": 19 });
  });

  test("R-A4: a hash that was made at lower cost is renewed at sign-in, and an instance with that cost still reads it", async () => {
    const database = await openTestDatabase();
    const before = openApp({ adapter: database.connect(), password: { argon2: { memoryCost: 7168, timeCost: 5 } } });
    const after = openApp({ adapter: database.connect(), password: { argon2: { memoryCost: 9216, timeCost: 6 } } });
    await before.signUp();
    expect(await outcomeOf(await after.signIn())).toBe("200");
    expect((await accountOf(before.adapter)).account.passwordHash).toContain("$m=9216,t=6,p=1$");
    expect(await outcomeOf(await before.signIn())).toBe("200");
  });

  test("R-S10: a change on one instance ends the sessions that the other started", async () => {
    const database = await openTestDatabase();
    const [one, two] = [openApp({ adapter: database.connect() }), openApp({ adapter: database.connect() })];
    const other = cookieOf(await one.signUp());
    const mine = cookieOf(await two.signIn());
    const fields = { currentPassword: PASSWORD, newPassword: "staple the battery" };
    const rotated = cookieOf(await two.post("/password/change", fields, { cookie: mine }));
    const isSignedIn = async (cookie: string) =>
      (await one.auth.getSession(new Request("https://app.test/", { headers: { cookie } }))) !== null;
    expect(await Promise.all([rotated, mine, other].map(isSignedIn))).toEqual([true, false, false]);
  });
});
