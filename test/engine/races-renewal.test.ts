/** Renewals of one session that happen at once, and renewals against what ends or replaces it. */
import { expect, test } from "vitest";
import { counting, type Method, ordered } from "./adapters.js";
import {
  type App,
  addPerson,
  atOnce,
  cookieOf,
  cookiesOf,
  DAY_MS,
  NEW_PASSWORD,
  openApp,
  outcomesOf,
  PASSWORD,
  pairOf,
  requestFor,
  type StrategyName,
} from "./app.js";
import { describeEach } from "./combinations.js";

/** Encryption costs each request a millisecond; the race is the same with fewer. */
const CROWD: Record<StrategyName, number> = { jwt: 1000, database: 1000, "encrypted jwt": 100 };
/** Milliseconds between two looks at the clock: a crowd takes seconds, so that no answer is equal by chance. */
const TICK = 2;

describeEach("renewal", ({ strategy, session, database }) => {
  const crowd = CROWD[strategy];
  const group = Math.min(crowd, 200);

  test(`F-14: ${crowd} refreshes at once come to one token, one row and one write; nobody is signed out`, async () => {
    const { adapter, calls } = counting(database.adapter);
    const app = openApp({ adapter, session, tick: TICK });
    const person = await addPerson(adapter);
    const cookie = await app.start(person);
    app.time.now += 60_000;

    const answers = await atOnce(crowd, () => app.ask("POST /session/refresh", { cookie }));

    expect(await outcomesOf(answers)).toEqual({ 200: crowd });
    expect(calls.updateSession).toBe(1);
    expect(await adapter.listSessions(person.id, new Date(app.time.now))).toHaveLength(1);
    expect(await successorsIn(answers.map(cookieOf), app, strategy)).toHaveLength(1);
    expect(await app.isSignedIn(cookie)).toBe(true);
  });

  test(`F-14: ${group} reads of a session that is due come to one renewal`, async () => {
    const { adapter, calls } = counting(database.adapter);
    const app = openApp({ adapter, session, tick: TICK });
    const cookie = await app.start(await addPerson(adapter));
    app.time.now += 2 * DAY_MS;

    const readings = await atOnce(group, async () => app.auth.renewSession(requestFor("GET /session", { cookie })));

    expect(readings.filter(({ session }) => session === null)).toEqual([]);
    expect(calls.updateSession).toBe(1);
    const cookies = readings.flatMap((reading) => reading.cookies.map(pairOf));
    expect(await successorsIn(cookies, app, strategy)).toHaveLength(1);
  });

  test("I2: two instances on one database renew a session once between them", async () => {
    const { adapter, calls } = counting(database.adapter);
    const instances = [0, 1].map(() => openApp({ adapter, session, tick: TICK })) as [App, App];
    const person = await addPerson(adapter);
    const cookie = await instances[0].start(person);
    for (const { time } of instances) time.now += 60_000;

    const answers = await atOnce(group, (index) =>
      (instances[index % 2] as App).ask("POST /session/refresh", { cookie }),
    );

    expect(await outcomesOf(answers)).toEqual({ 200: group });
    expect(calls.updateSession).toBeLessThanOrEqual(instances.length);
    expect(await successorsIn(answers.map(cookieOf), instances[1], strategy)).toHaveLength(1);
  });

  test("F-14: refreshes one after another within seconds write once and give the same token", async () => {
    const { adapter, calls } = counting(database.adapter);
    const app = openApp({ adapter, session, tick: 1 });
    const cookie = await app.start(await addPerson(adapter));
    app.time.now += 60_000;

    const cookies: string[] = [];
    for (let round = 0; round < 20; round++) {
      app.time.now += 100;
      cookies.push(cookieOf(await app.ask("POST /session/refresh", { cookie })));
    }

    expect(calls.updateSession).toBe(1);
    expect(await successorsIn(cookies, app, strategy)).toHaveLength(1);
  });

  test("a session that was renewed a while ago is renewed again", async () => {
    const { adapter, calls } = counting(database.adapter);
    const app = openApp({ adapter, session });
    let cookie = await app.start(await addPerson(adapter));

    for (let round = 0; round < 3; round++) {
      app.time.now += 60_000;
      cookie = cookieOf(await app.ask("POST /session/refresh", { cookie }));
    }

    expect(calls.updateSession).toBe(3);
  });

  /** What ends the session of `cookie`, and the call of the adapter that does it. */
  const endings: { name: string; method: Method; end(app: App, cookie: string, userId: string): Promise<unknown> }[] = [
    { name: "sign-out", method: "deleteSession", end: (app, cookie) => app.ask("POST /signout", { cookie }) },
    {
      name: "revocation by id",
      method: "deleteSession",
      end: async (app, cookie) => app.auth.sessions.revokeSession(await idOf(app, cookie)),
    },
    {
      name: "revocation of all",
      method: "deleteUserSessions",
      end: (app, _cookie, userId) => app.auth.sessions.revokeUserSessions(userId),
    },
    {
      name: "removal of the user",
      method: "deleteUser",
      end: (app, _cookie, userId) => app.adapter.deleteUser(userId),
    },
  ];

  for (const { name, method, end } of endings) {
    for (const renewal of ["GET /session", "POST /session/refresh"]) {
      test.each([
        { order: "after", hold: "updateSession" as const, first: method },
        { order: "before", hold: method, first: "updateSession" as const },
      ])(`F-19, I1: ${renewal} that writes $order a ${name} leaves no cookie that works`, async ({ hold, first }) => {
        const { adapter, force } = ordered(database.adapter);
        const app = openApp({ adapter, session });
        const person = await addPerson(adapter);
        const cookie = await app.start(person);
        app.time.now += 2 * DAY_MS;
        force({ hold, first });

        const [renewed] = await Promise.all([app.ask(renewal, { cookie }), end(app, cookie, person.id)]);
        force(null);

        expect([200, 401]).toContain(renewed.status);
        for (const held of [cookie, ...cookiesOf(renewed)]) expect(await app.isSignedIn(held)).toBe(false);
        expect(await adapter.listSessions(person.id, new Date(0))).toEqual([]);
        if (hold === "updateSession") expect(cookiesOf(renewed)).toEqual([]);
      });
    }
  }

  test("R-S3: a password change against reads and renewals leaves one session, and the old token dead", async () => {
    const app = openApp({ adapter: database.adapter, session });
    const person = await addPerson(app.adapter);
    const cookie = await app.start(person);
    app.time.now += 2 * DAY_MS;
    const json = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };

    const changing = app.ask("POST /password/change", { cookie, json });
    const others = atOnce(100, (index) => app.ask(index % 2 ? "GET /session" : "POST /session/refresh", { cookie }));
    const changed = await changing;
    const late = atOnce(20, () => app.ask("POST /session/refresh", { cookie }));

    expect(changed.status).toBe(200);
    const successor = cookieOf(changed);
    for (const old of [cookie, ...(await others).flatMap(cookiesOf)]) expect(await app.isSignedIn(old)).toBe(false);
    expect(await outcomesOf(await late)).toEqual({ 401: 20 });
    expect(await app.isSignedIn(successor)).toBe(true);
    expect(await app.adapter.listSessions(person.id, new Date(app.time.now))).toHaveLength(1);
  });

  test("R-S3: a renewal that was read before a rotation and writes after it changes nothing", async () => {
    const { adapter } = database;
    const app = openApp({ adapter, session });
    const cookie = await app.start(await addPerson(adapter));
    const reading = await app.auth.sessions.read(requestFor("GET /session", { cookie }));
    const rotated = await app.auth.sessions.rotateSession(requestFor("GET /session", { cookie }));

    const stale = reading?.session;
    const late = await adapter.updateSession(
      stale?.id as string,
      { updatedAt: new Date(app.time.now + 1) },
      { updatedAt: stale?.updatedAt as Date },
    );

    expect(late).toBeNull();
    expect(await app.isSignedIn(pairOf(rotated?.cookie ?? ""))).toBe(true);
    expect(await app.isSignedIn(cookie)).toBe(false);
  });

  test("R-S3: two password changes from one browser at once: one is done, and its session works", async () => {
    const app = openApp({ adapter: database.adapter, session });
    const person = await addPerson(app.adapter);
    const cookie = await app.start(person);

    const json = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    const answers = await atOnce(2, () => app.ask("POST /password/change", { cookie, json }));

    const done = answers.filter(({ status }) => status === 200);
    expect(done).toHaveLength(1);
    expect(await app.isSignedIn(cookieOf(done[0] as Response))).toBe(true);
  });
});

/**
 * The different successors among cookies, each of which has to work. They are told apart by their texts; encryption writes the
 * same token differently each time, so there by the expiry that a token brings.
 */
async function successorsIn(cookies: readonly string[], app: App, strategy: StrategyName): Promise<string[]> {
  const successors = [...new Set(cookies)].map(async (cookie) => {
    const found = await app.auth.sessions.getSession(requestFor("GET /session", { cookie }));
    if (found === null) throw new Error("a renewal gave a cookie that does not work");
    return strategy === "encrypted jwt" ? found.session.expires.toISOString() : cookie;
  });
  return [...new Set(await Promise.all(successors))];
}

async function idOf(app: App, cookie: string): Promise<string> {
  const session = await app.auth.getSession(requestFor("GET /session", { cookie }));
  return session?.id as string;
}
