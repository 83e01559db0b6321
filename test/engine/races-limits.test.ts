/** Limits that hold however many ask at once: sessions of one user, guesses at one password, users of one address. */
import { AuthError } from "@latchkey/core";
import { expect, test } from "vitest";
import { counting } from "./adapters.js";
import {
  type App,
  addPerson,
  atOnce,
  cookiesOf,
  countsOf,
  openApp,
  outcomesOf,
  PASSWORD,
  weakPassword,
} from "./app.js";
import { describeEach } from "./combinations.js";

const CAP = 3;
const CROWD = 50;
const GUESSES = 2000;
const GUESS_LIMIT = 10;

describeEach("limits", ({ session, database }) => {
  test(`R-S16: ${CROWD} sign-ins at once with a cap of ${CAP} leave exactly ${CAP} rows; the oldest give way`, async () => {
    const app = openApp({ adapter: database.adapter, session: { ...session, max: CAP } });
    const person = await addPerson(app.adapter);

    const cookies = await atOnce(CROWD, () => app.start(person));

    expect(await app.adapter.listSessions(person.id, new Date(0))).toHaveLength(CAP);
    expect((await Promise.all(cookies.map(app.isSignedIn))).filter(Boolean)).toHaveLength(CAP);
  });

  test(`R-S16: ${CROWD} sign-ins at once with a cap of ${CAP} and policy "reject" start exactly ${CAP}`, async () => {
    const app = openApp({ adapter: database.adapter, session: { ...session, max: CAP, policy: "reject" } });
    const person = await addPerson(app.adapter);

    const results = await atOnce(CROWD, () =>
      app.start(person).then(
        () => "started",
        (error: unknown) => (error instanceof AuthError ? error.code : String(error)),
      ),
    );

    expect(countsOf(results)).toEqual({ started: CAP, session_limit_reached: CROWD - CAP });
    expect(await app.adapter.listSessions(person.id, new Date(0))).toHaveLength(CAP);
  });
});

describeEach(
  "limits over HTTP",
  ({ strategy, session, database }) => {
    const [policy, outcomes] =
      strategy === "jwt"
        ? (["reject", { 200: CAP, "403 session_limit_reached": CROWD - CAP }] as const)
        : (["evict-oldest", { 200: CROWD }] as const);

    test(`R-S16: ${CROWD} right passwords at once, policy "${policy}": exactly ${CAP} rows`, async () => {
      const app = openApp({ adapter: database.adapter, session: { ...session, max: CAP, policy } });
      const { id, email } = await addPerson(app.adapter);

      const json = { email, password: PASSWORD };
      const answers = await atOnce(CROWD, () => app.ask("POST /signin/password", { json }));

      expect(await outcomesOf(answers)).toEqual(outcomes);
      expect(await app.adapter.listSessions(id, new Date(0))).toHaveLength(CAP);
      const alive = await Promise.all(answers.flatMap(cookiesOf).map(app.isSignedIn));
      expect(alive.filter(Boolean)).toHaveLength(CAP);
    });
  },
  ["jwt", "database"],
);

describeEach(
  "guesses",
  ({ session, database }) => {
    test(`I4, R-A5: of ${GUESSES} wrong passwords at once over two instances at most ${GUESS_LIMIT} are compared`, async () => {
      const { adapter, calls } = counting(database.adapter);
      const instances = [0, 1].map(() => openApp({ adapter, session, provider: weakPassword() })) as [App, App];
      const { email } = await addPerson(adapter);
      calls.getUserWithAccount = 0;

      const answers = await atOnce(GUESSES, (index) => {
        const json = { email: index % 3 ? email : email.toUpperCase(), password: `wrong password ${index}` };
        return (instances[index % 2] as App).ask("POST /signin/password", { json });
      });

      const { "401 invalid_credentials": refused = 0, ...rest } = await outcomesOf(answers);
      expect(refused).toBeLessThanOrEqual(GUESS_LIMIT);
      expect(rest).toEqual({ "429 rate_limited": GUESSES - refused });
      // Each comparison is of an account that was read so, and nothing else reads so.
      expect(calls.getUserWithAccount).toBeLessThanOrEqual(GUESS_LIMIT);
      expect(new Set(answers.map(({ headers }) => Number(headers.get("retry-after")) >= 0))).toEqual(new Set([true]));
    });

    test("I4: the right password among wrong ones at once is never compared beyond the limit", async () => {
      const { adapter, calls } = counting(database.adapter);
      const app = openApp({ adapter, session });
      const { email } = await addPerson(adapter);
      const guess = (password: string) => app.ask("POST /signin/password", { json: { email, password } });
      await atOnce(GUESS_LIMIT, (index) => guess(`wrong password ${index}`));
      calls.getUserWithAccount = 0;

      expect(await outcomesOf(await atOnce(20, () => guess(PASSWORD)))).toEqual({ "429 rate_limited": 20 });
      expect(calls.getUserWithAccount).toBe(0);
    });

    test("F-8, I6: 100 sign-ups with one address at once add one user; the others answer 409", async () => {
      // Failures are counted by address, too, and these all come from one.
      const app = openApp({ adapter: database.adapter, session, config: { rateLimit: { perIp: 10_000 } } });
      const email = `Twin-${crypto.randomUUID()}@example.com`;

      const answers = await atOnce(100, (index) =>
        app.ask("POST /signup", { json: { email: index % 2 ? email : email.toLowerCase(), password: PASSWORD } }),
      );

      expect(await outcomesOf(answers)).toEqual({ 201: 1, "409 user_exists": 99 });
      const user = await app.adapter.getUserByEmail(email.toLowerCase());
      expect(await app.adapter.listAccounts(user?.id as string)).toHaveLength(1);
      expect(await app.adapter.listSessions(user?.id as string, new Date(0))).toHaveLength(1);
    });
  },
  ["database"],
);
