/**
 * Somebody has set up an account with the address of somebody else, and keeps signing in while its owner proves the mailbox through a
 * trusted provider in another process (R-O7): nothing of theirs is left once the owner has been answered.
 */
import { createId } from "@latchkey/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type App, PASSWORD } from "../engine/app.js";
import { inBatches } from "./batches.js";
import {
  countsIn,
  emailOf,
  INSTANCES,
  isKindMissing,
  KINDS,
  type OAuthRace,
  openOAuthRace,
  STRATEGIES,
  stopWell,
} from "./oauth-race.js";
import { answersOf, RACE_TIMEOUT, repeat, SEED, SEED_TEXT } from "./race.js";
import { seeded } from "./random.js";
import type { Answered, Ask, Task } from "./tasks.js";

const ROUNDS = 5;
/** Requests of the attacker in a round, and how many of them are under way. */
const REQUESTS = 30;
const AT_ONCE = 4;

interface Round {
  owner: Answered;
  /** What the attacker sent until the owner was answered, and after that. */
  before: Answered[];
  after: Answered[];
  /** The attacker's cookies that still worked when the owner was answered. */
  aliveThen: string[];
  aliveInTheEnd: string[];
}

for (const kind of KINDS) {
  const options = { timeout: RACE_TIMEOUT, skip: await isKindMissing(kind) };
  describe(`${INSTANCES} processes on one ${kind.name}`, options, () => {
    let race: OAuthRace;
    beforeAll(async () => {
      race = await openOAuthRace(kind);
    });
    afterAll(() => stopWell(race));

    describe.each(STRATEGIES)("%s", (strategy) => {
      const settings = { session: { strategy } };
      const random = seeded(SEED);
      let app: App;
      beforeAll(() => {
        app = race.openApp(settings);
      });

      /** The attacker's requests go on while the owner signs in, somewhere in their midst. */
      async function attack(asks: readonly Ask[], subject: string): Promise<Round> {
        const [attacker, other] = race.instances;
        if (!attacker || !other) throw new Error("a race needs two processes");
        const callback = await race.agree(app, "first", subject);
        const heard: Answered[] = [];
        const start = AT_ONCE + random.below(asks.length / 3);
        let begin = () => {};
        const isUnderWay = new Promise<void>((resolve) => (begin = resolve));
        const task: Task = { kind: "ask", asks, atOnce: AT_ONCE, reports: true, ...settings };
        const attacking = attacker.run(task, (answer) => {
          if (heard.push(answer) === start) begin();
        });
        await isUnderWay;
        const [owner] = answersOf([await other.run({ kind: "ask", asks: [callback], atOnce: 1, ...settings })]);
        if (owner === undefined) throw new Error("the owner got no answer");
        const aliveThen = await alive(heard);
        const answers = answersOf([await attacking]);
        return {
          owner,
          before: answers.filter(({ started }) => started <= owner.ended),
          after: answers.filter(({ started }) => started > owner.ended),
          aliveThen,
          aliveInTheEnd: await alive(answers),
        };
      }

      async function alive(answers: readonly Answered[]): Promise<string[]> {
        const cookies = answers.flatMap((answer) => answer.cookies);
        const states = await inBatches(cookies, 10, app.isSignedIn);
        return cookies.filter((_cookie, index) => states[index]);
      }

      /** R-O7: of everything that there was, the owner's new session and way in are left. */
      async function expectOwned({ owner, aliveThen, aliveInTheEnd }: Round, subject: string): Promise<void> {
        expect(owner.outcome, SEED_TEXT).toBe("303");
        expect(await app.isSignedIn(owner.cookies[0] ?? ""), SEED_TEXT).toBe(true);
        expect({ aliveThen, aliveInTheEnd }, SEED_TEXT).toEqual({ aliveThen: [], aliveInTheEnd: [] });
        expect(await countsIn(race.database, subject), SEED_TEXT).toEqual({ users: 1, accounts: 1, sessions: 1 });
      }

      async function signUp(subject: string): Promise<Answered> {
        const asks = [signUpOf(subject)];
        const [answer] = answersOf(await race.run([{ kind: "ask", asks, atOnce: 1, ...settings }]));
        expect(answer?.outcome).toBe("201");
        return answer as Answered;
      }

      test("R-O7: by a password: no session of it lives, and none starts any more", async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const subject = createId().toLowerCase();
          await signUp(subject);
          const json = { email: emailOf(subject), password: PASSWORD };
          const raced = await attack(repeat(REQUESTS, { route: "POST /signin/password", sending: { json } }), subject);
          await expectOwned(raced, subject);
          expect(raced.before.map(({ outcome }) => outcome)).toContain("200");
          expect(raced.after.filter(({ outcome }) => !/^4(01|29) /.test(outcome))).toEqual([]);
          expect(raced.after.length).toBeGreaterThan(0);
        }
      });

      test("R-O7: by a provider that is not trusted: no session of it lives, and none starts any more", async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const subject = createId().toLowerCase();
          const callbacks = await inBatches(repeat(REQUESTS, "doubted-second" as const), 10, (id) =>
            race.agree(app, id, subject),
          );
          const raced = await attack(callbacks, subject);
          await expectOwned(raced, subject);
          expect(raced.before.map(({ outcome }) => outcome)).toContain("303");
          expect(raced.after.filter(({ outcome }) => outcome !== "303 account_link_required")).toEqual([]);
        }
      });

      test("R-O7: by linking accounts at providers: none of them is a way in", async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const subject = createId().toLowerCase();
          const { cookies } = await signUp(subject);
          const callbacks = await inBatches(repeat(REQUESTS, "second" as const), 10, (id) =>
            race.agree(app, id, createId().toLowerCase(), { linking: cookies[0] ?? "" }),
          );
          const raced = await attack(callbacks, subject);
          await expectOwned(raced, subject);
          expect(raced.before.map(({ outcome }) => outcome)).toContain("303");
          expect(raced.after.filter(({ outcome }) => outcome !== "303 sign_in_expired")).toEqual([]);
        }
      });

      test("R-O7: by signing up at the very moment: that session does not live", async () => {
        for (let round = 0; round < 3 * ROUNDS; round++) {
          const subject = createId().toLowerCase();
          const callback = await race.agree(app, "first", subject);
          const asks = [signUpOf(subject), callback].map(
            (ask): Task => ({ kind: "ask", asks: [ask], atOnce: 1, ...settings }),
          );
          const [attacker, owner] = answersOf(await race.run(asks));
          expect(owner?.outcome).toBe("303");
          expect(attacker?.outcome).toMatch(/^(201$|4)/);
          expect(attacker && (await alive([attacker]))).toEqual([]);
          expect(await countsIn(race.database, subject)).toEqual({ users: 1, accounts: 1, sessions: 1 });
        }
      });
    });
  });
}

function signUpOf(subject: string): Ask {
  return { route: "POST /signup", sending: { json: { email: emailOf(subject), password: PASSWORD } } };
}
