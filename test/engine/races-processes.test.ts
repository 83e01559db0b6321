/** The same races between processes: three instances of an app, each in a process of its own, on one SQLite file. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  addPerson,
  countsOf,
  openApp,
  PASSWORD,
  type Person,
  pairOf,
  requestFor,
  SECRET,
  type Sending,
  STRATEGIES,
  type StrategyName,
} from "./app.js";
import { openSqlite } from "./databases.js";

const INSTANCES = 3;
const SCRIPT = path.join(import.meta.dirname, "instance.mjs");

interface Told {
  status: number;
  cookies: string[];
  body: string;
}

let database: Awaited<ReturnType<typeof openSqlite>>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  database = await openSqlite();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});
afterAll(() => database.close());

const open = (strategy: StrategyName) =>
  openApp({ adapter: database.adapter, session: STRATEGIES[strategy], config: { clock: Date.now } });

/** Sends one request `count` times from each process, all at the same moment, and gathers the answers. */
async function fromProcesses(
  route: string,
  sending: Sending,
  { count, strategy, max }: { count: number; strategy: StrategyName; max?: number },
): Promise<Told[]> {
  const request = requestFor(route, sending);
  const { url, method } = request;
  const body = request.body === null ? null : await request.text();
  const session = { ...STRATEGIES[strategy], ...(max && { max }) };
  const task = { url: database.url, secret: SECRET, session, count };
  const headers = Object.fromEntries(request.headers);

  const started = Array.from({ length: INSTANCES }, () => fork(SCRIPT));
  children.push(...started);
  const ready = started.map((child) => once(child, "message"));
  for (const child of started) child.send({ ...task, request: { url, method, headers, body } });
  await Promise.all(ready);

  const told = started.map((child) => once(child, "message"));
  for (const child of started) child.send("go");
  const answers = (await Promise.all(told)).flatMap(([message]) => (message as { answers: Told[] }).answers);
  const gone = started.map((child) => once(child, "exit"));
  for (const child of started) child.send("done");
  // I11: nothing keeps a process alive once its database is closed.
  expect((await Promise.all(gone)).map(([code]) => code)).toEqual(started.map(() => 0));
  return answers;
}

/** How often each status, and code where there is one, was told. */
function outcomesOf(answers: readonly Told[]): Record<string, number> {
  return countsOf(
    answers.map(({ status, body }) => {
      const { error } = JSON.parse(body) as { error?: { code: string } };
      return error === undefined ? `${status}` : `${status} ${error.code}`;
    }),
  );
}

const cookiesOf = (answers: readonly Told[]) => answers.flatMap(({ cookies }) => cookies.map(pairOf));

test.each(["jwt", "database"] as const)(
  "F-14, I2: 999 refreshes of one session from three processes, %s: one token, nobody is signed out",
  async (strategy) => {
    const app = open(strategy);
    const person = await addPerson(app.adapter);
    const cookie = await app.start(person);
    const count = 333;

    const answers = await fromProcesses("POST /session/refresh", { cookie }, { count, strategy });

    expect(outcomesOf(answers)).toEqual({ 200: count * INSTANCES });
    const successors = new Set(cookiesOf(answers));
    expect(successors.size).toBe(1);
    for (const held of [cookie, ...successors]) expect(await app.isSignedIn(held)).toBe(true);
    expect(await app.adapter.listSessions(person.id, new Date())).toHaveLength(1);
  },
);

test("R-S16: 51 sign-ins from three processes with a cap of 3 leave exactly 3 rows", async () => {
  const app = open("database");
  const { id, email } = await addPerson(app.adapter);
  const sending = { json: { email, password: PASSWORD } };

  const answers = await fromProcesses("POST /signin/password", sending, { count: 17, strategy: "database", max: 3 });

  const sent = Object.keys(outcomesOf(answers)).filter((outcome) => outcome !== "429 rate_limited");
  expect(sent).toEqual(["200"]);
  expect(await app.adapter.listSessions(id, new Date())).toHaveLength(3);
  expect((await Promise.all(cookiesOf(answers).map(app.isSignedIn))).filter(Boolean)).toHaveLength(3);
});

test("I4: of 1,998 wrong passwords from three processes at most 10 are compared", async () => {
  const { email } = await addPerson(database.adapter);
  const sending = { json: { email, password: "not the right one" } };

  const outcomes = outcomesOf(
    await fromProcesses("POST /signin/password", sending, { count: 666, strategy: "database" }),
  );

  const { "401 invalid_credentials": compared = 0, "429 rate_limited": refused } = outcomes;
  expect(compared).toBeLessThanOrEqual(10);
  expect(refused).toBe(1998 - compared);
});

test("F-8, I6: 30 sign-ups with one address from three processes add one user", async () => {
  const email = "process-twin@example.com";
  const answers = await fromProcesses(
    "POST /signup",
    { json: { email, password: PASSWORD } },
    { count: 10, strategy: "jwt" },
  );

  expect(outcomesOf(answers)).toEqual({ 201: 1, "409 user_exists": 29 });
  const user = (await database.adapter.getUserByEmail(email)) as Person | null;
  expect(await database.adapter.listAccounts(user?.id as string)).toHaveLength(1);
});

test("I1: 300 sign-outs of one session from three processes: one says that it revoked it", async () => {
  const app = open("database");
  const cookie = await app.start(await addPerson(app.adapter));

  const answers = await fromProcesses("POST /signout", { cookie }, { count: 100, strategy: "database" });

  expect(outcomesOf(answers)).toEqual({ 200: 300 });
  expect(answers.filter(({ body }) => (JSON.parse(body) as { revoked: boolean }).revoked)).toHaveLength(1);
  expect(await app.isSignedIn(cookie)).toBe(false);
});
