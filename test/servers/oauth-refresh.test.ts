/** Access tokens at a provider, asked for by two real processes at once, and by others that are killed over it. */
import { createId } from "@latchkey/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { App } from "../engine/app.js";
import { START } from "./clock.js";
import { INSTANCES, isKindMissing, KINDS, type OAuthRace, openOAuthRace, stopWell } from "./oauth-race.js";
import { Rotation } from "./oauth-rotation.js";
import { RACE_TIMEOUT, type Race, type RaceDatabase, repeat, resultCounts } from "./race.js";
import type { Outcome, TokenAsk } from "./tasks.js";

const CALLS = 50;
const PROVIDER = "first";
/** The twenty seconds for which a renewal is one process's alone are one second. */
const FAST = 20;

for (const kind of KINDS) {
  const options = { timeout: RACE_TIMEOUT, skip: await isKindMissing(kind) };
  describe(`${INSTANCES} processes on one ${kind.name}`, options, () => {
    let race: OAuthRace;
    let app: App;
    let rotation: Rotation;
    let subject: string;
    /** For the token of somebody that has run out. */
    let ask: TokenAsk;
    beforeAll(async () => {
      race = await openOAuthRace(kind);
      app = race.openApp({});
    });
    beforeEach(async () => {
      rotation = new Rotation(race.serverOf(PROVIDER));
      subject = createId().toLowerCase();
      await signIn();
      ask = { userId: (await account()).userId, provider: PROVIDER };
      await expire();
      race.serverOf(PROVIDER).requests.length = 0;
    });
    afterAll(() => stopWell(race));

    async function signIn(): Promise<void> {
      const { route, sending } = await race.agree(app, PROVIDER, subject, { behavior: rotation.signIn });
      const answer = await app.ask(route, sending);
      expect([answer.status, answer.headers.get("location")]).toEqual([303, "/"]);
    }

    async function account() {
      const found = await app.adapter.getAccount({ provider: PROVIDER, providerAccountId: subject });
      if (found === null) throw new Error("nobody has signed in");
      return found;
    }

    async function expire(): Promise<void> {
      await app.adapter.updateAccount((await account()).id, { accessTokenExpires: new Date(START) });
    }

    /** How often each token or code came. */
    async function askAll(speed = 1): Promise<Record<string, number>> {
      const task = { kind: "tokens", asks: repeat(CALLS / INSTANCES, ask), speed } as const;
      return resultCounts(await race.run(repeat(INSTANCES, task)));
    }

    /** Everybody got what was given last. */
    const allGiven = () => ({ [rotation.last]: CALLS });

    /** What was given last is stored: it is what the app gets, and it is renewed. */
    async function expectStored(): Promise<void> {
      expect(await app.auth.accounts.accessToken(ask.userId, PROVIDER)).toBe(rotation.last);
      await expire();
      void rotation.renew("answer");
      expect(await app.auth.accounts.accessToken(ask.userId, PROVIDER)).toBe(rotation.last);
    }

    /** Another process takes it upon itself to renew the token. @returns what kills it in the middle of that */
    async function startVictim(mode: "hold" | "give and hold"): Promise<() => Promise<void>> {
      const isAsked = rotation.renew(mode);
      const victim = await race.start();
      const dying = victim.run({ kind: "tokens", asks: [ask], speed: FAST });
      const isKilled = expect(dying).rejects.toThrow("the instance ended");
      await isAsked;
      return async () => {
        await victim.kill();
        await isKilled;
        rotation.forget();
        void rotation.renew("answer");
      };
    }

    test("R-O13, F-16: 50 calls at once: one request to the provider, and everybody gets the same new token", async () => {
      const old = rotation.last;
      void rotation.renew("answer");

      expect(await askAll()).toEqual(allGiven());

      expect(rotation.last).not.toBe(old);
      expect(rotation.count).toBe(1);
      await expectStored();
    });

    test.each([
      ["before the provider gives new tokens", "hold", false],
      ["when the provider has given new ones, and takes the old one once more", "give and hold", true],
    ] as const)("R-O13: the process that renews is killed %s: the others renew", async (_when, mode, forgives) => {
      rotation.forgives = forgives;
      const kill = await startVictim(mode);
      const asking = askAll(FAST);
      await othersWait(race);

      await kill();

      expect(await asking).toEqual(allGiven());
      expect(rotation.count).toBe(2);
      await expectStored();
    });

    test("R-O13: it is killed when a provider has given new ones that forgives nothing: a new sign-in mends it", async () => {
      const before = await account();
      const kill = await startVictim("give and hold");
      await kill();

      expect(await askAll(FAST)).toEqual({ provider_rejected: CALLS });
      expect(await account()).toEqual(before);
      await signIn();
      await expectStored();
    });

    test.each(["answer 503", "hang up"] as const)(
      "R-O13, F-25: the provider can only %s: everybody hears that, and the tokens are as they were",
      async (mode) => {
        const before = await account();
        void rotation.renew(mode);

        expect(await askAll()).toEqual({ provider_unavailable: CALLS });

        expect(await account()).toEqual(before);
        void rotation.renew("answer");
        expect(await askAll()).toEqual(allGiven());
        await expectStored();
      },
    );

    test("R-O13: somebody signs in anew while their tokens are renewed: the newer ones stay", async () => {
      const isAsked = rotation.renew("hold");
      const renewing: Promise<Outcome[]> = race.run([{ kind: "tokens", asks: [ask] }]);
      await isAsked;
      await signIn();
      const newer = rotation.last;

      rotation.release();

      expect(resultCounts(await renewing)).toEqual({ [newer]: 1 });
      expect(await app.auth.accounts.accessToken(ask.userId, PROVIDER)).toBe(newer);
    });
  });
}

/** Looks until somebody waits for a renewal that another process does. */
async function othersWait({ database }: Race<RaceDatabase>): Promise<void> {
  let tries = 0;
  while (tries <= 1) {
    const leases = `SELECT max("attempts") AS tries FROM verifications WHERE "purpose" = 'token-refresh'`;
    const [row] = await database.query(leases);
    tries = Number(row?.tries);
  }
}
