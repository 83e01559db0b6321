/** What races of sign-ins elsewhere need: a database, instances of the app, and providers that count what they are asked. */
import { expect } from "vitest";
import { CLIENT, type HostileProvider, openProvider } from "../../packages/providers/test/oauth/hostile-provider.js";
import { type DatabaseKind, MARIADB, POSTGRESQL, SQLITE } from "../crash/databases.js";
import type { App } from "../engine/app.js";
import { clockFrom, machineTime } from "./clock.js";
import { isMissing } from "./databases.js";
import { agreeAt, type Visit } from "./oauth-browser.js";
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
  /** The clock of all of it, in milliseconds. */
  now: () => number;
  serverOf(id: ProviderId): HostileProvider;
  /** Somebody begins in the test's own app and agrees at the provider. @returns the request that their browser sends next */
  agree(app: App, id: ProviderId, subject: string, more?: Pick<Visit, "linking" | "behavior">): Promise<Ask>;
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
  const serverOf = (id: ProviderId) => servers[OFFERED.find((each) => each.id === id)?.server ?? 0];

  return {
    ...race,
    now,
    serverOf,
    agree: (app, id, subject, more) => agreeAt(serverOf(id), app, { id, subject, ...more }),
    async stop() {
      const ends = await race.stop();
      await Promise.all(servers.map((server) => server.stop()));
      return ends;
    },
  };
}

/** I11: nothing keeps a process alive once its database is closed; and none wrote an error. */
export async function stopWell(race: OAuthRace): Promise<void> {
  const ends = await race.stop();
  expect(ends).toEqual(ends.map(() => ({ code: 0, stderr: "" })));
}

/** How many users have this account or its address, and how many ways in and sessions they have. */
export async function countsIn({ query }: RaceDatabase, subject: string): Promise<Counts> {
  const userIds = `SELECT "userId" FROM accounts WHERE "providerAccountId" = '${subject}'`;
  const isTheirs = `"id" IN (${userIds}) OR "email" = '${emailOf(subject)}'`;
  const [row = {}] = await query(`SELECT
    (SELECT count(*) FROM users WHERE ${isTheirs}) AS users,
    (SELECT count(*) FROM accounts WHERE "userId" IN (SELECT "id" FROM users WHERE ${isTheirs})) AS accounts,
    (SELECT count(*) FROM sessions WHERE "userId" IN (SELECT "id" FROM users WHERE ${isTheirs})) AS sessions`);
  return { users: Number(row.users), accounts: Number(row.accounts), sessions: Number(row.sessions) };
}

interface Counts {
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
