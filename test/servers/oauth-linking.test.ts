/** Accounts that are linked and unlinked at once: two real processes on one real database, 50 rounds of each race. */
import { createId } from "@latchkey/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type App, addPerson, countsOf } from "../engine/app.js";
import { inBatches } from "./batches.js";
import {
  countsIn,
  INSTANCES,
  isKindMissing,
  KINDS,
  type OAuthRace,
  openOAuthRace,
  type ProviderId,
  STRATEGIES,
  stopWell,
} from "./oauth-race.js";
import { answersOf, RACE_TIMEOUT, repeat } from "./race.js";
import type { Answered, Ask } from "./tasks.js";

const ROUNDS = 50;
/** People who are prepared at once. */
const AT_ONCE = 10;

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
      let app: App;
      beforeAll(() => {
        app = race.openApp(settings);
      });

      /** Sends the two requests of each round at the same moment, each to another process. */
      async function meet(rounds: readonly (readonly [Ask, Ask])[]): Promise<[Answered, Answered][]> {
        const pairs = await inBatches(rounds, 1, async (round) => {
          const outcomes = await race.run(round.map((ask) => ({ kind: "ask", asks: [ask], atOnce: 1, ...settings })));
          return answersOf(outcomes) as [Answered, Answered];
        });
        expect(pairs.filter(haveMet).length, "rounds in which they met").toBeGreaterThan(ROUNDS / 2);

        return pairs;
      }

      /** In each round somebody else, who comes from two providers with the same address. */
      function newcomers(first: ProviderId, second: ProviderId) {
        return inBatches(repeat(ROUNDS, null), AT_ONCE, async () => {
          const subject = createId().toLowerCase();
          return {
            subject,
            round: [await race.agree(app, first, subject), await race.agree(app, second, subject)] as const,
          };
        });
      }

      test("F-8, I6: a first sign-in through two trusted providers at once: one user with both accounts", async () => {
        const people = await newcomers("first", "second");

        const answers = await meet(people.map(({ round }) => round));

        expect(outcomesOf(answers)).toEqual({ "303, 303": ROUNDS });
        const counts = await inBatches(people, AT_ONCE, ({ subject }) => countsIn(race.database, subject));
        expect(counts).toEqual(repeat(ROUNDS, { users: 1, accounts: 2, sessions: 2 }));
        const cookies = answers.flat().flatMap((answer) => answer.cookies);
        expect(await inBatches(cookies, AT_ONCE, app.isSignedIn)).toEqual(repeat(2 * ROUNDS, true));
      });

      test("R-O7, F-8: through two that are not trusted: one user, and the second has to prove the address", async () => {
        const people = await newcomers("doubted-first", "doubted-second");

        const answers = await meet(people.map(({ round }) => round));

        expect(outcomesOf(answers)).toEqual({ "303, 303 account_link_required": ROUNDS });
        const counts = await inBatches(people, AT_ONCE, ({ subject }) => countsIn(race.database, subject));
        expect(counts).toEqual(repeat(ROUNDS, { users: 1, accounts: 1, sessions: 1 }));
      });

      test("I6, R-O7: two ways in are unlinked at once: one stays", async () => {
        const people = await inBatches(repeat(ROUNDS, null), AT_ONCE, async () => {
          const person = await addPerson(app.adapter);
          const cookie = await app.start(person);
          const dates = { createdAt: new Date(app.time.now), updatedAt: new Date(app.time.now) };
          const account = { id: createId(), userId: person.id, provider: "first", providerAccountId: person.id };
          await app.adapter.createAccount({ ...account, ...dates });
          const accounts = await app.adapter.listAccounts(person.id);
          return {
            person,
            round: accounts.map(({ id }) => ({ route: `DELETE /accounts/${id}`, sending: { cookie } })),
          };
        });

        const answers = await meet(people.map(({ round }) => round as [Ask, Ask]));

        expect(outcomesOf(answers)).toEqual({ "200, 409 last_account": ROUNDS });
        const left = await inBatches(people, AT_ONCE, ({ person }) => app.adapter.listAccounts(person.id));
        expect(left.map((accounts) => accounts.length)).toEqual(repeat(ROUNDS, 1));
      });

      test("I6: one account is linked to two users at once: one has it, and the other hears that it is taken", async () => {
        const rounds = await inBatches(repeat(ROUNDS, null), AT_ONCE, async () => {
          const subject = createId().toLowerCase();
          const people = [await addPerson(app.adapter), await addPerson(app.adapter)] as const;
          const callbackOf = async (index: 0 | 1) =>
            race.agree(app, "first", subject, { linking: await app.start(people[index]) });
          return { subject, people, round: [await callbackOf(0), await callbackOf(1)] as const };
        });

        const answers = await meet(rounds.map(({ round }) => round));

        expect(outcomesOf(answers)).toEqual({ "303, 303 account_exists": ROUNDS });
        const owners = await inBatches(rounds, AT_ONCE, async ({ subject }) => {
          return (await app.adapter.getAccount({ provider: "first", providerAccountId: subject }))?.userId;
        });
        const winners = answers.map(([one], index) => rounds[index]?.people[one.outcome === "303" ? 0 : 1].id);
        expect(owners).toEqual(winners);
      });
    });
  });
}

/** True when each was under way before the other was done. */
function haveMet([one, other]: [Answered, Answered]): boolean {
  return one.started < other.ended && other.started < one.ended;
}

/** How often the two answers of a round were which, whoever was first. */
function outcomesOf(rounds: readonly [Answered, Answered][]): Record<string, number> {
  return countsOf(
    rounds.map((round) =>
      round
        .map(({ outcome }) => outcome)
        .sort()
        .join(", "),
    ),
  );
}
