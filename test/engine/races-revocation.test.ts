/** Sessions that end while others begin: each ends once, and what was ended stays ended. */
import { expect, test } from "vitest";
import { addPerson, atOnce, cookieOf, openApp, outcomesOf, PASSWORD, requestFor, weakPassword } from "./app.js";
import { describeEach } from "./combinations.js";

const provider = weakPassword();

describeEach("revocation", ({ session, database }) => {
  const open = () => openApp({ adapter: database.adapter, session, provider });

  test("I1: of 50 sign-outs of one session at once exactly one says that it revoked it", async () => {
    const app = open();
    const cookie = await app.start(await addPerson(app.adapter));

    const answers = await atOnce(50, () => app.ask("POST /signout", { cookie }));

    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { revoked: boolean }[];
    expect(bodies.filter(({ revoked }) => revoked)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await app.isSignedIn(cookie)).toBe(false);
  });

  test("I1: of 50 revocations of one session by id exactly one is done, the others find none", async () => {
    const app = open();
    const person = await addPerson(app.adapter);
    const [own, other] = [await app.start(person), await app.start(person)];
    const id = (await app.auth.getSession(requestFor("GET /session", { cookie: other })))?.id;

    const answers = await atOnce(50, () => app.ask(`DELETE /sessions/${id}`, { cookie: own }));

    expect(await outcomesOf(answers)).toEqual({ 200: 1, "404 not_found": 49 });
    expect(await app.isSignedIn(other)).toBe(false);
    expect(await app.isSignedIn(own)).toBe(true);
  });

  test("I1: revoke-others ends all that was there before it, whatever signs in meanwhile", async () => {
    const app = open();
    const person = await addPerson(app.adapter);
    const own = await app.start(person);
    const earlier = await atOnce(20, () => app.start(person));

    const revoking = app.ask("POST /sessions/revoke-others", { cookie: own });
    const meanwhile = atOnce(20, () => app.start(person));
    const { revoked } = (await (await revoking).json()) as { revoked: number };
    const later = await app.start(person);

    for (const cookie of earlier) expect(await app.isSignedIn(cookie)).toBe(false);
    for (const cookie of [own, later]) expect(await app.isSignedIn(cookie)).toBe(true);
    const survivors = (await Promise.all((await meanwhile).map(app.isSignedIn))).filter(Boolean).length;
    expect(revoked + survivors).toBe(earlier.length + 20);
    expect(await app.adapter.listSessions(person.id, new Date(app.time.now))).toHaveLength(survivors + 2);
  });

  test("R-S3: sign-ins at once from one browser end its old session and each get one of their own", async () => {
    const app = open();
    const person = await addPerson(app.adapter);
    const cookie = await app.start(person);

    const json = { email: person.email, password: PASSWORD };
    const answers = await atOnce(5, () => app.ask("POST /signin/password", { cookie, json }));

    expect(await outcomesOf(answers)).toEqual({ 200: 5 });
    const cookies = answers.map(cookieOf);
    expect(new Set(cookies).size).toBe(5);
    for (const held of cookies) expect(await app.isSignedIn(held)).toBe(true);
    expect(await app.isSignedIn(cookie)).toBe(false);
  });

  test("I1: two browsers that revoke each other at once: at most one is left, and both answers are true", async () => {
    const app = open();
    const person = await addPerson(app.adapter);
    const cookies = await atOnce(2, () => app.start(person));

    const answers = await Promise.all(cookies.map((cookie) => app.ask("POST /sessions/revoke-others", { cookie })));

    const alive = await Promise.all(cookies.map(app.isSignedIn));
    const revoked = await Promise.all(answers.map(async (answer) => (answer.ok ? (await answer.json()).revoked : 0)));
    expect(alive.filter(Boolean).length).toBeLessThanOrEqual(1);
    expect(alive.filter((isAlive) => !isAlive)).toHaveLength(revoked[0] + revoked[1]);
  });
});
