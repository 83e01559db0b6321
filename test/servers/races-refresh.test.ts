/** Refreshes, sign-outs and killed processes: several real processes on one real server, 10,000 operations in each race. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type App, addPerson, atOnce, type Person } from "../engine/app.js";
import { inBatches } from "./batches.js";
import { machineTime, START } from "./clock.js";
import { isMissing, SERVERS } from "./databases.js";
import { History, violationsIn } from "./history.js";
import {
  answerCounts,
  answersOf,
  deal,
  entriesOf,
  openRace,
  RACE_TIMEOUT,
  type Race,
  repeat,
  writesIn,
} from "./race.js";
import type { Answered, Ask } from "./tasks.js";

const INSTANCES = 3;
const OPERATIONS = 10_000;
/** Requests that an instance has under way. */
const AT_ONCE = 100;
/** Many refreshes are renewals: the ten seconds for which one renewal serves a crowd are half a second. */
const FAST = 20;
const refresh = (cookie: string): Ask => ({ route: "POST /session/refresh", sending: { cookie } });
const read = (cookie: string): Ask => ({ route: "GET /session", sending: { cookie } });
const signOut = (cookie: string): Ask => ({ route: "POST /signout", sending: { cookie } });

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

    test("F-14, I2: 10,000 refreshes of one session by two processes: one token, one write, nobody is signed out", async () => {
      // Slow, so that all of them are within the ten seconds for which one renewal serves a crowd.
      const settings = { session: { strategy: "jwt" }, speed: 0.2 } as const;
      const app = race.openApp(settings);
      const person = await addPerson(app.adapter);
      const cookie = await app.start(person);
      const asks = repeat(OPERATIONS / 2, refresh(cookie));
      const task = { kind: "ask", asks, atOnce: AT_ONCE, isRecorded: true, ...settings } as const;

      const outcomes = await race.run([task, task]);

      expect(answerCounts(outcomes)).toEqual({ 200: OPERATIONS });
      const tokens = new Set(answersOf(outcomes).flatMap(({ cookies }) => cookies));
      expect(tokens.size).toBe(1);
      for (const held of [cookie, ...tokens]) expect(await app.isSignedIn(held)).toBe(true);
      expect(await app.adapter.listSessions(person.id, new Date(START))).toHaveLength(1);
      expect(writesIn(outcomes)).toBe(1);
    });

    test("F-19, F-3, I1: 9,500 refreshes against 500 sign-outs: no session lives on, no refresh after it succeeds", async () => {
      const settings = { session: { strategy: "jwt" }, speed: FAST } as const;
      const history = new History(machineTime);
      const app = race.openApp(settings, history);
      const cookies = await startSessions(app, 500);
      // Those of one session stand together, so that they meet; the sign-out is somewhere among them.
      const asks = cookies.flatMap((cookie, index) => {
        const group = repeat(20, refresh(cookie));
        group[index % 20] = signOut(cookie);
        return group;
      });
      const tasks = deal(asks, INSTANCES).map(
        (dealt) => ({ kind: "ask", asks: dealt, atOnce: 30, isRecorded: true, ...settings }) as const,
      );

      const outcomes = await race.run(tasks);

      const told = tasks.flatMap((task, index) => answered(task.asks, outcomes[index]?.answers ?? []));
      const signedOut = told.filter(({ route }) => route === "POST /signout");
      expect(signedOut.filter(({ outcome, revoked }) => outcome !== "200" || !revoked)).toEqual([]);
      const ends = new Map(signedOut.map(({ cookie, ended }) => [cookie, ended]));
      const refreshed = told.filter(({ route }) => route !== "POST /signout");
      expect(refreshed.filter(({ outcome }) => outcome !== "200" && outcome !== "401")).toEqual([]);
      const late = refreshed.filter(({ cookie, started }) => started > (ends.get(cookie) ?? 0));
      expect(late.filter(({ outcome }) => outcome === "200")).toEqual([]);
      const successors = new Map(refreshed.flatMap(({ cookie, cookies }) => cookies.map((held) => [cookie, held])));
      expect(await signedIn(app, [...cookies, ...successors.values()])).toEqual([]);
      expect(violationsIn([...history.entries, ...entriesOf(outcomes)])).toEqual([]);
      // Both happened, or nothing was raced.
      expect(late.length).toBeGreaterThan(0);
      expect(successors.size).toBeGreaterThan(0);
    });

    test("F-2, I2: of three processes that refresh 200 sessions 10,000 times two are killed: every token still works", async () => {
      const settings = { session: { strategy: "jwt" }, speed: FAST } as const;
      const app = race.openApp(settings);
      const cookies = await startSessions(app, 200);
      const asks = Array.from({ length: OPERATIONS }, (_, index) => refresh(cookies[index % cookies.length] as string));
      const heard: Answered[] = [];
      const [survivor, ...victims] = await Promise.all(
        deal(asks, INSTANCES).map((dealt, index) => killedAfter(index === 0 ? null : 1000 * index, dealt)),
      );

      async function killedAfter(limit: number | null, dealt: readonly Ask[]) {
        const instance = await race.start();
        let count = 0;
        const running = instance.run({ kind: "ask", asks: dealt, atOnce: 30, reports: true, ...settings }, (answer) => {
          heard.push(answer);
          if (++count === limit) void instance.kill();
        });
        const outcome = await running.catch(() => "killed" as const);
        if (outcome !== "killed") await instance.stop();
        return outcome;
      }

      expect(victims).toEqual(["killed", "killed"]);
      expect(survivor).not.toBe("killed");
      expect(heard.filter(({ outcome }) => outcome !== "200")).toEqual([]);
      const successors = [...new Set(heard.flatMap((answer) => answer.cookies))];
      expect(successors.length).toBeGreaterThan(cookies.length);
      // The first token of each session, and of the thousands that followed every eighth.
      const held = [...cookies, ...successors.filter((_cookie, index) => index % 8 === 0)];
      expect(await signedIn(app, held)).toEqual(held);
    });

    test("F-3, I1: a process is killed among 1,000 sign-outs while others read: who was told is out, a new try ends the rest", async () => {
      const app = race.openApp({});
      const cookies = await startSessions(app, 1000);
      const victim = await race.start();
      const told: Answered[] = [];
      const ending = victim.run({ kind: "ask", asks: cookies.map(signOut), atOnce: 20, reports: true }, (answer) => {
        if (told.push(answer) === 400) void victim.kill();
      });
      const reads = Array.from(
        { length: (OPERATIONS - cookies.length) / 2 },
        (_, index) => cookies[(index * 7) % 1000] as string,
      );
      const reading = race.run(repeat(2, { kind: "ask", asks: reads.map(read), atOnce: 50 } as const));

      await expect(ending).rejects.toThrow("the instance ended");
      const outcomes = await reading;

      expect(told.filter(({ outcome, revoked }) => outcome !== "200" || !revoked)).toEqual([]);
      expect(answerCounts(outcomes)).toEqual({ 200: OPERATIONS - cookies.length });
      const ends = new Map(told.map(({ index, ended }) => [cookies[index], ended]));
      const late = answersOf(outcomes).filter(({ index, started }) => started > (ends.get(reads[index]) ?? Infinity));
      expect(late.filter(({ session }) => session !== null)).toEqual([]);

      const [again] = await race.run([{ kind: "ask", asks: cookies.map(signOut), atOnce: 20 }]);
      expect(answerCounts(again ? [again] : [])).toEqual({ 200: cookies.length });
      // Each was ended by one try: where it was told, by the first; else by either.
      const isTold = new Set(told.map(({ index }) => index));
      expect(again?.answers.filter(({ index, revoked }) => revoked && isTold.has(index))).toEqual([]);
      expect(await signedIn(app, cookies)).toEqual([]);
    });
  });
}

/** @returns the cookies of so many sessions */
async function startSessions(app: App, count: number): Promise<string[]> {
  const people = await atOnce(Math.min(count, 50), () => addPerson(app.adapter));
  const owners = Array.from({ length: count }, (_, index) => people[index % people.length] as Person);
  return inBatches(owners, 20, (owner) => app.start(owner));
}

/** Those of the cookies with which somebody is signed in. */
async function signedIn(app: App, cookies: readonly string[]): Promise<string[]> {
  const states = await inBatches(cookies, 20, app.isSignedIn);
  return cookies.filter((_cookie, index) => states[index]);
}

/** Answers beside what was asked. */
function answered(asks: readonly Ask[], answers: readonly Answered[]) {
  return answers.map((answer) => {
    const { route, sending } = asks[answer.index] as Ask;
    return { ...answer, route, cookie: sending.cookie ?? "" };
  });
}
