/** What races of sign-ins elsewhere need: providers that count what they are asked, and callbacks that browsers are about to bring. */
import { expect } from "vitest";
import {
  type Behavior,
  CLIENT,
  type HostileProvider,
  openProvider,
} from "../../packages/providers/test/oauth/hostile-provider.js";
import { type DatabaseKind, MARIADB, POSTGRESQL, SQLITE } from "../crash/databases.js";
import { type App, pairOf } from "../engine/app.js";
import { clockFrom, machineTime } from "./clock.js";
import { isMissing } from "./databases.js";
import { openRaceOn, type Race, type RaceDatabase } from "./race.js";
import type { Answered, Ask } from "./tasks.js";

export const INSTANCES = 2;
export const STRATEGIES = ["database", "jwt"] as const;
export const KINDS: readonly DatabaseKind[] = [POSTGRESQL, MARIADB, SQLITE];

/** Two servers, each under a name that the app trusts for addresses, and under one that it does not. */
const OFFERED = [
  { id: "first", server: 0, trustEmail: true },
  { id: "second", server: 1, trustEmail: true },
  { id: "doubted-first", server: 0, trustEmail: false },
  { id: "doubted-second", server: 1, trustEmail: false },
] as const;

export type ProviderId = (typeof OFFERED)[number]["id"];

export interface OAuthRace extends Race<RaceDatabase> {
  serverOf(id: ProviderId): HostileProvider;
  /** Somebody begins in the test's own app and agrees at the provider. @returns the request that their browser sends next */
  agree(app: App, id: ProviderId, subject: string, options?: AgreeOptions): Promise<Ask>;
}

export interface AgreeOptions {
  /** The `Cookie` header of whoever links the account, signed in already. */
  linking?: string;
  /** What the provider does from then on. */
  behavior?: Behavior;
}

/** True where the tests of a database are to be skipped: its server does not answer, and this is not CI, where that is a failure. */
export async function isKindMissing({ server }: DatabaseKind): Promise<boolean> {
  return server !== undefined && isMissing(server);
}

export async function openOAuthRace(kind: DatabaseKind, count = INSTANCES): Promise<OAuthRace> {
  const origin = machineTime();
  const now = clockFrom(origin, 1);
  const servers = await Promise.all([openProvider({ now }), openProvider({ now })]);
  const providers = OFFERED.map(({ id, server, trustEmail }) => {
    return { id, trustEmail, issuer: servers[server].issuer, ...CLIENT };
  });
  const { target, query, drop } = await kind.create();
  const race = await openRaceOn({ url: target.url, query, drop }, count, { origin, providers });
  const serverOf = (id: ProviderId) =>
    servers[OFFERED.findIndex((each) => each.id === id) % servers.length] as HostileProvider;

  return {
    ...race,
    serverOf,
    async agree(app, id, subject, { linking, behavior = {} } = {}) {
      const { cookie, url } = await begin(app, id, linking);
      const server = serverOf(id);
      server.behave({ ...behavior, subject });
      const { search } = server.authorize(url);
      const cookies = linking === undefined ? cookie : `${cookie}; ${linking}`;
      return { route: `GET /callback/${id}${search}`, sending: { cookie: cookies } };
    },
    async stop() {
      const ends = await race.stop();
      await Promise.all(servers.map((server) => server.stop()));
      return ends;
    },
  };
}

/** @returns where the browser is sent, and the cookie of its attempt */
async function begin(app: App, id: ProviderId, linking?: string): Promise<{ url: string; cookie: string }> {
  const answer =
    linking === undefined
      ? await app.ask(`GET /signin/${id}`)
      : await app.ask(`POST /accounts/link/${id}`, { cookie: linking, json: {} });
  const [setCookie = ""] = answer.headers.getSetCookie();
  const url = answer.headers.get("location") ?? ((await answer.json()) as { redirectUrl: string }).redirectUrl;
  return { url, cookie: pairOf(setCookie) };
}

/** I11: nothing keeps a process alive once its database is closed; and none wrote an error. */
export async function stopWell(race: OAuthRace): Promise<void> {
  const ends = await race.stop();
  expect(ends).toEqual(ends.map(() => ({ code: 0, stderr: "" })));
}

/** How many rows there are, and whether each user has a way in and each way in a user. */
export async function countsIn({ query }: RaceDatabase, subject: string): Promise<Counts> {
  const userIds = `SELECT "userId" FROM accounts WHERE "providerAccountId" = '${subject}'`;
  const isTheirs = `"id" IN (${userIds}) OR "email" = '${emailOf(subject)}'`;
  const [row = {}] = await query(`SELECT
    (SELECT count(*) FROM users WHERE ${isTheirs}) AS users,
    (SELECT count(*) FROM accounts WHERE "userId" IN (SELECT "id" FROM users WHERE ${isTheirs})) AS accounts,
    (SELECT count(*) FROM sessions WHERE "userId" IN (SELECT "id" FROM users WHERE ${isTheirs})) AS sessions`);
  return { users: Number(row.users), accounts: Number(row.accounts), sessions: Number(row.sessions) };
}

export interface Counts {
  users: number;
  accounts: number;
  sessions: number;
}

/** The address that the providers know somebody by. */
export function emailOf(subject: string): string {
  return `${subject}@example.com`;
}

/** The cookies of sessions that answers set. */
export function sessionsIn(answers: readonly Answered[]): string[] {
  return answers.flatMap(({ cookies }) => cookies);
}
