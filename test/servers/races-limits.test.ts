/** Sign-ups, the cap on sessions, deadlocks and random operations: several real processes on one real server. */
import { createId } from "@latchkey/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addPerson, atOnce, PASSWORD } from "../engine/app.js";
import { machineTime, START } from "./clock.js";
import { isMissing, SERVERS } from "./databases.js";
import { type Entry, History, violationsIn } from "./history.js";
import { startLocker } from "./locker.js";
import {
  answerCounts,
  deal,
  entriesOf,
  openRace,
  RACE_TIMEOUT,
  type Race,
  repeat,
  resultCounts,
  SEED,
  SEED_TEXT,
} from "./race.js";
import type { AdapterCall, Outcome, Task } from "./tasks.js";
import { type KnownSession, newSession } from "./workload.js";

const INSTANCES = 3;
const OPERATIONS = 10_000;
const CAP = 3;

for (const server of SERVERS) {
  const options = { timeout: RACE_TIMEOUT, skip: await isMissing(server) };
  describe(`${INSTANCES} processes on one ${server}`, options, () => {
    let race: Race;
    beforeAll(async () => {
      race = await openRace(server, INSTANCES);
    });
    afterAll(async () => {
      // I11: nothing keeps a process alive once its database is closed.
      const ends = await race.stop();
      expect(ends).toEqual(ends.map(() => ({ code: 0, stderr: "" })));
    });

    test("F-8, I6: 10,000 sign-ups with 100 addresses add 100 users whole; all others are told user_exists", async () => {
      const emails = Array.from({ length: 100 }, () => `${createId().toLowerCase()}@example.com`);
      // Those of one address stand together, so that they meet.
      const calls = Array.from({ length: OPERATIONS }, (_, index) => signUp(emails[Math.floor(index / 100)] as string));
      const tasks = deal(calls, INSTANCES).map((dealt): Task => ({ kind: "call", calls: dealt, atOnce: 20 }));

      const outcomes = await race.run(tasks);

      expect(resultCounts(outcomes)).toEqual({ done: emails.length, user_exists: OPERATIONS - emails.length });
      const { adapter } = race.openApp({});
      const users = await Promise.all(emails.map((email) => adapter.getUserByEmail(email)));
      const accounts = await Promise.all(users.map((user) => adapter.listAccounts(user?.id ?? "nobody")));
      expect(accounts.map((list) => list.length)).toEqual(emails.map(() => 1));
    });

    test("F-8: 60 sign-ups with one address over the routes: one is done, the others hear that it is taken", async () => {
      const json = { email: `${createId().toLowerCase()}@example.com`, password: PASSWORD };
      const asks = repeat(20, { route: "POST /signup", sending: { json } });

      const outcomes = await race.run(repeat(INSTANCES, { kind: "ask", asks, atOnce: 20 } as const));

      const {
        "201": done,
        "409 user_exists": taken = 0,
        "429 rate_limited": limited = 0,
        ...others
      } = answerCounts(outcomes);
      expect({ done, rest: taken + limited, others }).toEqual({ done: 1, rest: 59, others: {} });
      expect(taken).toBeGreaterThan(0);
    });

    test.each([
      ["evict-oldest", { done: OPERATIONS / 2 }],
      ["reject", { done: 20 * CAP, session_limit_reached: OPERATIONS / 2 - 20 * CAP }],
    ] as const)(
      "R-S16: 5,000 sign-ins of 20 users with a cap of 3, %s: never a fourth, and three in the end",
      async (policy, results) => {
        const { adapter } = race.openApp({});
        const people = await atOnce(20, () => addPerson(adapter));
        const userIds = Array.from({ length: OPERATIONS / 2 }, (_, index) => (people[index % 20] as { id: string }).id);
        const session = { strategy: "database", max: CAP, policy } as const;
        const tasks = deal(userIds, INSTANCES).map(
          (dealt): Task => ({ kind: "start", userIds: dealt, atOnce: 10, session, isRecorded: true }),
        );

        const racing = race.run(tasks);
        const most = await mostAtATime(race, racing);
        const outcomes = await racing;

        expect(resultCounts(outcomes)).toEqual(results);
        expect(most).toBe(CAP);
        for (const { id } of people) expect(await adapter.listSessions(id, new Date(START))).toHaveLength(CAP);
        expect(violationsIn(entriesOf(outcomes))).toEqual([]);
      },
    );

    test("F-3, F-19, I1, I2: 10,000 random operations on shared sessions fit one order of events", async () => {
      const known = await knownSessions(race);
      const outcomes = await work(race, known, OPERATIONS);

      expect(violationsIn([...known.entries, ...entriesOf(outcomes)]), SEED_TEXT).toEqual([]);
      expect(entriesOf(outcomes).length).toBeGreaterThan(OPERATIONS * 0.9);
    });

    test("F-7: revocations against transactions that lock the same rows the other way round: new tries, never a wrong answer", async () => {
      const { adapter } = race.openApp({});
      const userIds = (await atOnce(20, () => addPerson(adapter))).map(({ id }) => id);
      const rounds = deal(
        Array.from({ length: OPERATIONS / 10 }, (_, index) => userIds[index % 20] as string),
        INSTANCES,
      );
      const tasks = rounds.map(
        (dealt): Task => ({ kind: "call", calls: dealt.flatMap(tenCalls), atOnce: 4, isRecorded: true }),
      );
      const outcomes: Awaited<ReturnType<typeof race.run>> = [];
      let deadlocks = 0;
      // On a busy machine the two may pass each other by: the rounds go on until they have met.
      for (let round = 1; round <= MAX_ROUNDS && deadlocks === 0; round++) {
        const locker = await startLocker(server, race.database.url, userIds);
        const racing = race.run(tasks);
        const [ran, met] = await Promise.all([racing, racing.then(locker.stop, locker.stop)]);
        outcomes.push(...ran);
        deadlocks += met;
      }

      expect(violationsIn(entriesOf(outcomes))).toEqual([]);
      const { done, null: none = 0, ...failures } = resultCounts(outcomes);
      expect(none).toBe(0);
      expect(Object.keys(failures).filter((failure) => !/deadlock/i.test(failure))).toEqual([]);
      expect(done).toBeGreaterThan(OPERATIONS * 0.99);
      expect(deadlocks).toBeGreaterThan(0);
    });
  });
}

/** Runs in which a deadlock has to come about at least once. */
const MAX_ROUNDS = 5;

/** As the route does it once the password is hashed. */
function signUp(email: string): AdapterCall {
  const id = createId();
  const dates = { createdAt: new Date(START), updatedAt: new Date(START) };
  const account = { id: createId(), userId: id, provider: "password", providerAccountId: id, passwordHash: "hash" };
  return {
    method: "createUserWithAccount",
    args: [
      { id, email, ...dates },
      { ...account, ...dates },
    ],
  };
}

/** Nine sign-ins of a user, and then they are all out. */
function tenCalls(userId: string): AdapterCall[] {
  const signIns = Array.from(
    { length: 9 },
    (): AdapterCall => ({ method: "createSession", args: [newSession(userId, START)] }),
  );
  return [...signIns, { method: "deleteUserSessions", args: [userId] }];
}

interface Known {
  userIds: string[];
  sessions: KnownSession[];
  /** The history of how they came to be. */
  entries: Entry[];
}

/** Three sessions of each of three users. */
async function knownSessions(race: Race): Promise<Known> {
  const history = new History(machineTime);
  const { adapter } = race.openApp({}, history);
  const userIds = (await atOnce(3, () => addPerson(adapter))).map(({ id }) => id);
  const sessions = await atOnce(9, async (index) => {
    const session = newSession(userIds[index % 3] as string, START);
    await adapter.createSession(session);
    return { ...session, updatedAt: START };
  });
  return { userIds, sessions, entries: history.entries };
}

/** Random operations of all instances. */
function work(race: Race, { userIds, sessions }: Known, operations: number): Promise<Outcome[]> {
  const workers = 4;
  const each = Math.ceil(operations / INSTANCES / workers);
  return race.run(
    Array.from({ length: INSTANCES }, (_, process): Task => {
      const workload = { seed: SEED, workers, operations: each, userIds, sessions, process };
      return { kind: "work", workload, isRecorded: true };
    }),
  );
}

/** The most sessions that a user was seen to have until the race was over. */
async function mostAtATime({ database }: Race, racing: Promise<unknown>): Promise<number> {
  const user = database.server === "MariaDB" ? "`userId`" : '"userId"';
  let isOver = false;
  const noteEnd = () => {
    isOver = true;
  };
  racing.then(noteEnd, noteEnd);
  let most = 0;
  while (!isOver) {
    const rows = await database.query(`SELECT count(*) AS live FROM sessions GROUP BY ${user}`);
    most = Math.max(most, ...rows.map(({ live }) => Number(live)));
  }
  return most;
}
