/** A database that is down, that hangs or that answers nonsense. */
import type { Adapter, SessionWithUser } from "@latchkey/core";
import { DEFAULTS } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { faulty } from "./adapters.js";
import {
  type App,
  addPerson,
  cookiesOf,
  countsOf,
  DAY_MS,
  openApp,
  outcomeOf,
  requestFor,
  STRATEGIES,
  type StrategyName,
  weakPassword,
} from "./app.js";
import { describeEach } from "./combinations.js";
import { endsSession, OPERATIONS, setScene } from "./operations.js";

const provider = weakPassword();
const quiet = { hooks: { onError: () => {} }, rateLimit: { perIp: 1_000_000 } };

const rejections: unknown[] = [];
const countRejection = (reason: unknown) => rejections.push(reason);
beforeAll(() => void process.on("unhandledRejection", countRejection));
afterAll(() => void process.off("unhandledRejection", countRejection));

describeEach("an outage", ({ session, database }) => {
  test("F-4, I5, I10: 200 requests while it lasts all answer 503 and touch no cookie; then everybody is signed in", async () => {
    const { adapter, arm, disarm } = faulty(database.adapter);
    const app = openApp({ adapter, session, provider, config: quiet });
    const people = await Promise.all(Array.from({ length: 20 }, () => addPerson(adapter)));
    const cookies = await Promise.all(people.map((person) => app.start(person)));
    app.time.now += 2 * DAY_MS;

    arm({ at: 1, mode: "before", lasting: true });
    const routes = ["GET /session", "POST /session/refresh", "GET /sessions", "POST /sessions/revoke-others"];
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        app.ask(routes[index % routes.length] as string, { cookie: cookies[index % cookies.length] }),
      ),
    );
    const anonymous = await app.ask("GET /session");
    disarm();

    expect(countsOf(await Promise.all(answers.map(outcomeOf)))).toEqual({ "503 unavailable": 200 });
    expect(answers.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
    // Who has no cookie is anonymous; no database is needed to know that.
    expect(await anonymous.json()).toEqual({ session: null });
    for (const cookie of cookies) expect(await app.isSignedIn(cookie)).toBe(true);
  });

  test("F-4: the functions throw `unavailable`, and `authenticate` says so: none takes it for signed out", async () => {
    const { adapter, arm } = faulty(database.adapter);
    const app = openApp({ adapter, session, provider, config: quiet });
    const request = requestFor("GET /session", { cookie: await app.start(await addPerson(adapter)) });

    arm({ at: 1, mode: "before", lasting: true });

    const unavailable = { name: "AuthError", code: "unavailable", status: 503 };
    await expect(app.auth.getSession(request)).rejects.toMatchObject(unavailable);
    await expect(Promise.resolve(app.auth.renewSession(request))).rejects.toMatchObject(unavailable);
    await expect(app.auth.sessions.deleteSession(request)).rejects.toMatchObject(unavailable);
    expect(await app.auth.authenticate(request)).toEqual({ error: "unavailable" });
    const { revoked, error, cookies } = await app.auth.signOut(request);
    expect({ revoked, error }).toMatchObject({ revoked: false, error: unavailable });
    expect(cookies).toEqual([expect.stringContaining("Max-Age=0")]);
  });
});

describe.each(["jwt", "database"] as StrategyName[])("a database that hangs, %s", (strategy) => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  test.each(OPERATIONS)("F-5: $name answers at the deadline, whichever call hangs", async (operation) => {
    const { adapter, arm, disarm, calls } = faulty(memoryAdapter());
    const app = openApp({ adapter, session: STRATEGIES[strategy], provider, config: quiet });
    const rehearsal = await setScene(app, operation);
    calls.length = 0;
    await operation.run(app, rehearsal);

    for (let at = 1, count = calls.length; at <= count; at++) {
      const scene = await setScene(app, operation);
      const reached = arm({ at, mode: "hang" });
      let isAnswered = false;
      const answering = operation.run(app, scene).finally(() => {
        isAnswered = true;
      });
      await reached;
      await vi.advanceTimersByTimeAsync(DEFAULTS.adapterTimeout * 1000 - 1);
      expect(isAnswered).toBe(false);
      await vi.advanceTimersByTimeAsync(1);

      const isWhole = calls[at - 1] === operation.survives;
      expect(await outcomeOf(await answering)).toBe(isWhole ? "200" : "503 unavailable");
      const done = calls.slice(0, at - 1);
      disarm();
      expect(await app.isSignedIn(scene.cookie)).toBe(!endsSession(operation, done));
      expect(vi.getTimerCount()).toBe(0);
    }
  });
});

describe.each(["jwt", "database"] as StrategyName[])("a database that answers nonsense, %s", (strategy) => {
  const nonsense: { what: string; answer: (row: SessionWithUser, stranger: SessionWithUser) => unknown }[] = [
    { what: "undefined", answer: () => undefined },
    { what: "true", answer: () => true },
    { what: "a text", answer: () => "row" },
    { what: "an empty list", answer: () => [] },
    { what: "an empty object", answer: () => ({}) },
    { what: "a session without its user", answer: ({ session }) => ({ session }) },
    { what: "a user without a session", answer: ({ user }) => ({ user }) },
    { what: "null for the user", answer: ({ session }) => ({ session, user: null }) },
    { what: "the session joined with another user", answer: ({ session }, { user }) => ({ session, user }) },
    { what: "a row without expires", answer: (row) => without(row, "expires") },
    { what: "a row without absoluteExpires", answer: (row) => without(row, "absoluteExpires") },
    { what: "null for expires", answer: (row) => withSession(row, { expires: null }) },
    { what: "a date that is none", answer: (row) => withSession(row, { expires: new Date(Number.NaN) }) },
    { what: "a text for a date", answer: (row) => withSession(row, { expires: "never" }) },
    {
      what: "a disabled user",
      answer: ({ session, user }) => ({ session, user: { ...user, disabledAt: new Date() } }),
    },
    { what: "an agent's session", answer: (row) => withSession(row, { agentId: "agent" }) },
  ];

  test.each(nonsense)("I5: $what signs nobody in and sets no cookie", async ({ answer }) => {
    const honest = memoryAdapter();
    const { cookie, rows } = await twoSessions(openApp({ adapter: honest, session: STRATEGIES[strategy], provider }));
    const adapter = answering(honest, "getSession", answer(...rows));
    const app = openApp({ adapter, session: STRATEGIES[strategy], provider, config: quiet });

    await expect(app.isSignedIn(cookie).catch(() => "failed")).resolves.not.toBe(true);
    for (const route of ["GET /session", "POST /session/refresh", "GET /sessions", "POST /sessions/revoke-others"]) {
      const response = await app.ask(route, { cookie });
      expect(cookiesOf(response)).toEqual([]);
      if (response.ok) expect(await response.json()).toEqual({ session: null });
    }
  });

  test.each([undefined, true, {}, null, "row"])(
    "I5: a sign-up or sign-in that the database answers with %j starts nothing",
    async (answer) => {
      const honest = memoryAdapter();
      const session = STRATEGIES[strategy];
      const { cookie, rows } = await twoSessions(openApp({ adapter: honest, session, provider }));
      const adapter = answering(answering(honest, "createSession", answer), "createUserWithAccount", answer);
      const app = openApp({ adapter, session, provider, config: quiet });
      const json = { email: "new@example.com", password: "correct horse battery" };

      const answers = [
        await app.ask("POST /signup", { json }),
        await app.ask("POST /signin/password", { json: { ...json, email: rows[0].user.email } }),
      ];

      for (const response of answers) expect(response.status).toBeGreaterThanOrEqual(400);
      expect(answers.flatMap(cookiesOf)).toEqual([]);
      expect(await app.isSignedIn(cookie)).toBe(true);
    },
  );
});

test("R-L5: no rejection went unhandled", () => expect(rejections).toEqual([]));

async function twoSessions(app: App): Promise<{ cookie: string; rows: [SessionWithUser, SessionWithUser] }> {
  const [cookie, strangers] = [
    await app.start(await addPerson(app.adapter)),
    await app.start(await addPerson(app.adapter)),
  ];
  const rows = [cookie, strangers].map(async (held) => {
    const session = await app.auth.getSession(requestFor("GET /session", { cookie: held }));
    return app.adapter.getSession({ id: session?.id as string });
  });
  return { cookie, rows: (await Promise.all(rows)) as [SessionWithUser, SessionWithUser] };
}

/** The adapter, but that one method always gives the same answer. */
function answering(adapter: Adapter, method: keyof Adapter, answer: unknown): Adapter {
  return new Proxy(adapter, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name === method) return async () => answer;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function withSession({ session, user }: SessionWithUser, change: object): object {
  return { session: { ...session, ...change }, user };
}

function without({ session, user }: SessionWithUser, column: string): object {
  return { session: Object.fromEntries(Object.entries(session).filter(([name]) => name !== column)), user };
}
