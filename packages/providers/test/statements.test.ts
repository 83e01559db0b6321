/** What each request costs the database, counted by the driver. */
import { expect, test } from "vitest";
import { cookieOf, openApp } from "./app.js";
import { type Asked, openTestDatabase } from "./database.js";

async function openCounted() {
  const database = await openTestDatabase();
  const asked: Asked = { statements: [], roundTrips: 0 };
  const app = openApp({ adapter: database.connect(asked) });
  const cookie = cookieOf(await app.signUp({ email: "bob@example.com" }));
  /** What it asks the database to answer one request. */
  const costOf = async (ask: () => Promise<Response>) => {
    asked.statements.length = 0;
    asked.roundTrips = 0;
    const { status } = await ask();
    return { status, ...asked, statements: [...asked.statements] };
  };
  const get = (path: string) => app.auth.handler(new Request(`https://app.test/auth${path}`, { headers: { cookie } }));
  return { ...app, cookie, costOf, get };
}

/** What was counted on account and network is one statement, and so is what is taken back. */
const COUNT = "INSERT verifications";

test("a sign-in is four statements", async () => {
  const { costOf, signIn } = await openCounted();
  expect(await costOf(() => signIn({ email: "bob@example.com" }))).toEqual({
    status: 200,
    statements: [COUNT, "SELECT users", COUNT, "INSERT sessions"],
    roundTrips: 4,
  });
});

test("a sign-in in place of a session asks four times, too: the old session goes in the transaction that adds the new one", async () => {
  const { cookie, costOf, signIn } = await openCounted();
  const cost = await costOf(() => signIn({ email: "bob@example.com" }, { cookie }));
  expect(cost).toMatchObject({ status: 200, roundTrips: 4 });
  expect(cost.statements.slice(0, 4)).toEqual([COUNT, "SELECT users", COUNT, "INSERT sessions"]);
});

test("a refused sign-in is two statements, and whether there is an account does not change that (R-A8)", async () => {
  const { costOf, signIn } = await openCounted();
  for (const email of ["bob@example.com", "nobody@example.com"])
    expect(await costOf(() => signIn({ email, password: "not the right one" }))).toEqual({
      status: 401,
      statements: [COUNT, "SELECT users"],
      roundTrips: 2,
    });
});

test("a sign-up asks four times: user and account are one transaction", async () => {
  const { costOf, signUp } = await openCounted();
  expect(await costOf(() => signUp())).toEqual({
    status: 201,
    statements: [COUNT, "INSERT users", "INSERT accounts", COUNT, "INSERT sessions"],
    roundTrips: 4,
  });
});

test("GET /session is one statement", async () => {
  const { costOf, get } = await openCounted();
  expect(await costOf(() => get("/session"))).toEqual({ status: 200, statements: ["SELECT sessions"], roundTrips: 1 });
});

test("GET /sessions is one statement for the list, after the one that reads the session of who asks", async () => {
  const { costOf, get } = await openCounted();
  const statements = ["SELECT sessions", "SELECT sessions"];
  expect(await costOf(() => get("/sessions"))).toEqual({ status: 200, statements, roundTrips: 2 });
});

test("POST /signout is one statement", async () => {
  const { cookie, costOf, post } = await openCounted();
  expect(await costOf(() => post("/signout", {}, { cookie }))).toEqual({
    status: 200,
    statements: ["DELETE sessions"],
    roundTrips: 1,
  });
});
