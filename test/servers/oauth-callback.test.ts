/** Callbacks that come many times at once, and first sign-ins of one identity: two real processes on one real database. */
import { createId } from "@latchkey/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendJson } from "../../packages/providers/test/oauth/hostile-provider.js";
import { inBatches } from "./batches.js";
import {
  countsIn,
  INSTANCES,
  isKindMissing,
  KINDS,
  type OAuthRace,
  openOAuthRace,
  STRATEGIES,
  sessionsIn,
  stopWell,
} from "./oauth-race.js";
import { answerCounts, answersOf, deal, RACE_TIMEOUT, repeat } from "./race.js";
import type { Ask } from "./tasks.js";

const REQUESTS = 100;

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
      const subject = createId().toLowerCase();

      function bring(asks: readonly Ask[]) {
        return race.run(deal(asks, INSTANCES).map((dealt) => ({ kind: "ask", asks: dealt, atOnce: 50, ...settings })));
      }

      test("I3, R-O1: one callback in 100 requests at once: one session, and the provider is asked once", async () => {
        const app = race.openApp(settings);
        const server = race.serverOf("first");
        const callback = await race.agree(app, "first", subject);
        server.requests.length = 0;

        const outcomes = await bring(repeat(REQUESTS, callback));

        expect(answerCounts(outcomes)).toEqual({ 303: 1, "303 sign_in_expired": REQUESTS - 1 });
        const cookies = sessionsIn(answersOf(outcomes));
        expect(cookies).toHaveLength(1);
        expect(await app.isSignedIn(cookies[0] ?? "")).toBe(true);
        expect(server.count("token")).toBe(1);
        expect(await countsIn(race.database, subject)).toEqual({ users: 1, accounts: 1, sessions: 1 });
      });

      test("F-8, F-16, I6: 100 first sign-ins of one identity at once: one user, one account, a session for each", async () => {
        const somebody = createId().toLowerCase();
        const app = race.openApp(settings);
        const server = race.serverOf("first");
        const callbacks = await inBatches(repeat(REQUESTS, "first" as const), 10, (id) =>
          race.agree(app, id, somebody),
        );
        server.requests.length = 0;

        const outcomes = await bring(callbacks);

        expect(answerCounts(outcomes)).toEqual({ 303: REQUESTS });
        const cookies = sessionsIn(answersOf(outcomes));
        expect(new Set(cookies).size).toBe(REQUESTS);
        expect(await inBatches(cookies, 10, app.isSignedIn)).toEqual(repeat(REQUESTS, true));
        expect(await countsIn(race.database, somebody)).toEqual({ users: 1, accounts: 1, sessions: REQUESTS });
        const asked = {
          token: server.count("token"),
          discovery: server.count("discovery"),
          keys: server.count("jwks"),
        };
        expect(asked).toEqual({ token: REQUESTS, discovery: INSTANCES, keys: INSTANCES });
      });

      test("F-25, I3: the provider is down for the first of 100 requests: one session at most, and the callback stays good", async () => {
        const somebody = createId().toLowerCase();
        const app = race.openApp(settings);
        const server = race.serverOf("first");
        const callback = await race.agree(app, "first", somebody);
        const recover = () => server.behave({ subject: somebody });
        server.behave({
          respond: {
            token(response) {
              recover();
              sendJson(response, 503, {});
            },
          },
        });

        const { "303 provider_unavailable": unavailable, ...others } = answerCounts(
          await bring(repeat(REQUESTS, callback)),
        );
        const { "303": done = 0, "303 sign_in_expired": expired = 0 } = others;
        expect([unavailable, done + expired]).toEqual([1, REQUESTS - 1]);
        expect(done).toBeLessThanOrEqual(1);
        const [again] = await race.run([{ kind: "ask", asks: [callback], atOnce: 1, ...settings }]);
        expect(answerCounts(again ? [again] : [])).toEqual(done === 1 ? { "303 sign_in_expired": 1 } : { 303: 1 });
        expect(await countsIn(race.database, somebody)).toEqual({ users: 1, accounts: 1, sessions: 1 });
      });
    });
  });
}
