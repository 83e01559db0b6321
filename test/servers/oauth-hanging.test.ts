/** A provider that does not answer: whoever does not need it is served while it holds the sockets of those who do. */
import type { ServerResponse } from "node:http";
import { createId } from "@latchkey/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type App, addPerson, countsOf, PASSWORD } from "../engine/app.js";
import { inBatches } from "./batches.js";
import { isKindMissing, KINDS, type OAuthRace, openOAuthRace, stopWell } from "./oauth-race.js";
import { answerCounts, RACE_TIMEOUT, repeat } from "./race.js";
import type { Answered, Ask } from "./tasks.js";

/** Sign-ins that wait for the provider. */
const WAITING = 50;
/** Rounds of requests that do not need it. */
const ROUNDS = 8;

for (const kind of KINDS) {
  const options = { timeout: RACE_TIMEOUT, skip: await isKindMissing(kind) };
  describe(`one process on ${kind.name}`, options, () => {
    let race: OAuthRace;
    let app: App;
    beforeAll(async () => {
      race = await openOAuthRace(kind, 1);
      app = race.openApp({});
    });
    afterAll(() => stopWell(race));

    /** Requests of somebody, none of which the first provider has a part in. */
    async function askOthers(): Promise<Ask[]> {
      const person = await addPerson(app.adapter);
      const cookie = await app.start(person);
      return [
        { route: "GET /session", sending: { cookie } },
        { route: "POST /session/refresh", sending: { cookie } },
        { route: "GET /accounts", sending: { cookie } },
        { route: "POST /signin/password", sending: { json: { email: person.email, password: PASSWORD } } },
        await race.agree(app, "second", createId().toLowerCase()),
      ];
    }

    test("F-25: 50 sign-ins hang at one provider: all other requests are answered meanwhile, and the callbacks stay good", async () => {
      const server = race.serverOf("first");
      const waiting = await inBatches(repeat(WAITING, null), 10, () =>
        race.agree(app, "first", createId().toLowerCase()),
      );
      const others = (await inBatches(repeat(ROUNDS, null), 10, askOthers)).flat();
      const held: ServerResponse[] = [];
      server.behave({ respond: { token: (response) => void held.push(response) } });
      const answers: Answered[] = [];
      let tellServed = () => {};
      const areServed = new Promise<void>((resolve) => (tellServed = resolve));

      const asks = [...waiting, ...others];
      const [instance] = race.instances;
      const running = instance?.run({ kind: "ask", asks, atOnce: asks.length, reports: true }, (answer) => {
        if (answers.push(answer) === others.length) tellServed();
      });
      await areServed;

      expect(countsOf(answers.map(({ index, outcome }) => `${asks[index]?.route.split("?", 1)} ${outcome}`))).toEqual({
        "GET /session 200": ROUNDS,
        "POST /session/refresh 200": ROUNDS,
        "GET /accounts 200": ROUNDS,
        "POST /signin/password 200": ROUNDS,
        "GET /callback/second 303": ROUNDS,
      });
      expect(held.filter((response) => response.writable)).toHaveLength(WAITING);

      for (const response of held) response.destroy();
      const outcome = await running;
      expect(countsOf(outcome?.answers.slice(0, WAITING).map((answer) => answer.outcome) ?? [])).toEqual({
        "303 provider_unavailable": WAITING,
      });
      server.behave({});
      expect(answerCounts(await race.run([{ kind: "ask", asks: waiting, atOnce: 20 }]))).toEqual({ 303: WAITING });
    });
  });
}
