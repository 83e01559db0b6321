/** What must hold of a scene after its process was killed, and after somebody tried again. */
import type { Adapter } from "@latchkey/core";
import { expect } from "vitest";
import { type App, cookiesOf, openApp, outcomeOf, STRATEGIES, weakPassword } from "../engine/app.js";
import { endsSession, type Scene } from "../engine/operations.js";
import type { CrashDatabase } from "./databases.js";
import { type Facts, factsOf, sortSessions } from "./facts.js";
import type { Told } from "./instance.js";
import { BESIDE, type CrashOperation } from "./operations.js";

/** One request and how far it came before its process was killed. */
export interface Crashed {
  operation: CrashOperation;
  scene: Scene;
  /** What the database held before the request. */
  before: Facts;
  told: Told;
  strategy: CrashStrategy;
}

/** Encryption changes nothing about what is written. */
export type CrashStrategy = "jwt" | "database";

/** Everything with which a test looks at a database after a crash: nothing of it was there before. */
export interface Aftermath {
  database: CrashDatabase;
  adapter: Adapter;
}

/** Attempts that stand on the account of each scene before its request. */
export const ATTEMPTS_BEFORE = 3;
/** Milliseconds after the request: within the time for which one renewal serves all who ask. */
const LATER = 1000;

const provider = weakPassword();
const rateLimit = { perIp: 1_000_000 };

/** An app that has not seen anything yet. */
function openAfter({ adapter }: Aftermath, { operation, strategy }: Crashed): App {
  const app = openApp({ adapter, session: STRATEGIES[strategy], provider, config: { rateLimit } });
  app.time.now += (operation.wait ?? 0) + LATER;
  return app;
}

/** F-1 to F-3: the calls that were done are durable and whole, of the one that was not there is no trace. */
export async function expectWhole(crashed: Crashed, aftermath: Aftermath): Promise<Facts> {
  const { operation, scene, before, told } = crashed;
  const { where, done } = told;
  const facts = await factsOf(aftermath.database, scene);
  const { kept, added } = sortSessions(facts, before);

  const isEnded = endsSession(operation, done);
  const isOtherEnded = operation.endsOtherBy !== undefined && done.includes(operation.endsOtherBy);
  const expected = before.sessions.filter(({ id }) => !(id === scene.otherId ? isOtherEnded : isEnded));
  // I2, I8: each as it was, with its one token and its absolute end.
  expect(byId(kept), `${where}: sessions that were there`).toEqual(byId(expected));
  const isAdded = operation.adds !== undefined && done.includes(operation.adds);
  expect(added.length, `${where}: sessions that were not`).toBe(isAdded ? 1 : 0);
  expectNewcomer(crashed, facts);
  expectCounted(crashed, facts);
  const isChanged = done.includes("replacePassword");
  expect(facts.passwordHash !== before.passwordHash, `${where}: the password is new`).toBe(isChanged);

  const app = openAfter(aftermath, crashed);
  expect(await app.isSignedIn(scene.cookie), `${where}: the asking device`).toBe(!isEnded);
  expect(await app.isSignedIn(scene.other), `${where}: the other device`).toBe(!isOtherEnded);
  // No Set-Cookie for a row that is not durable.
  if (told.kind === "answered") {
    for (const cookie of told.cookies) expect(await app.isSignedIn(cookie), `${where}: the new cookie`).toBe(true);
  }
  return facts;
}

/** F-1, I6: never a user without an account, nor a session without both. */
function expectNewcomer({ operation, told: { where, done } }: Crashed, { newcomer }: Facts): void {
  const isSignUp = operation.name === "sign-up";
  const users = isSignUp && done.includes("createUserWithAccount") ? 1 : 0;
  const sessions = isSignUp && done.includes("createSession") ? 1 : 0;
  expect(newcomer, where).toEqual({ users, accounts: users, sessions });
}

/** I4: an attempt that was counted stays counted, but for those that a right password takes back. */
function expectCounted({ operation, told: { where, done } }: Crashed, { attempts }: Facts): void {
  const counts = operation.guesses ? done.filter((call) => call === "countAttempt").length : 0;
  expect(attempts, `${where}: attempts`).toBe([ATTEMPTS_BEFORE, ATTEMPTS_BEFORE + 1, 0][counts]);
}

/** What is the same in the end whether or not somebody was interrupted on the way. */
export interface EndState {
  asking: boolean;
  other: boolean;
  isPasswordNew: boolean;
  newcomer: Omit<Facts["newcomer"], "sessions">;
}

export async function endStateOf(crashed: Crashed, aftermath: Aftermath): Promise<EndState> {
  const { scene, before } = crashed;
  const { newcomer, passwordHash } = await factsOf(aftermath.database, scene);
  const app = openAfter(aftermath, crashed);
  return {
    asking: await app.isSignedIn(scene.cookie),
    other: await app.isSignedIn(scene.other),
    isPasswordNew: passwordHash !== before.passwordHash,
    newcomer: { users: newcomer.users, accounts: newcomer.accounts },
  };
}

/** F-1 to F-3: the same request works now, and somebody is signed in after it. */
export async function expectRetry(crashed: Crashed, facts: Facts, aftermath: Aftermath): Promise<void> {
  const { operation, scene, before, told } = crashed;
  const { where } = told;
  const app = openAfter(aftermath, crashed);
  const retried = await operation.run(app, scene);
  const outcome = await outcomeOf(retried);
  expect(operation.retried, `${where}: retried`).toContain(outcome);
  const settled = operation.settle ? await operation.settle(app, scene, retried) : scene.cookie;
  if (settled !== null) expect(await app.isSignedIn(settled), `${where}: signed in after the retry`).toBe(true);

  const { kept } = sortSessions(await factsOf(aftermath.database, scene), before);
  // I1: what was gone stays gone. I8: an absolute end is where it was.
  for (const row of kept) {
    const known = facts.sessions.find(({ id }) => id === row.id);
    expect(row.absoluteExpires, `${where}: absolute end`).toBe(known?.absoluteExpires);
  }
}

/** F-2, I2: whoever asks again with the token from before the crash, wherever, gets one successor, and the token still works. */
export async function expectOneSuccessor(crashed: Crashed, aftermath: Aftermath): Promise<void> {
  const { operation, scene, told } = crashed;
  const apps = [1, 2, 3].map(() => openAfter(aftermath, crashed));
  const answers = await Promise.all(apps.map((app) => operation.run(app, scene)));
  const held = [...answers.flatMap(cookiesOf), ...(told.kind === "answered" ? told.cookies : [])];
  expect(new Set(held).size, `${told.where}: successors`).toBeLessThanOrEqual(1);
  for (const cookie of [scene.cookie, ...held]) {
    for (const app of apps) expect(await app.isSignedIn(cookie), `${told.where}: a token that works`).toBe(true);
  }
}

/** @returns a line for each session of the old password that lives beside the new one, with the moment of the crash */
export async function leftOfOldPassword({ scene, before, told }: Crashed, database: CrashDatabase): Promise<string[]> {
  const facts = await factsOf(database, scene);
  if (facts.passwordHash === before.passwordHash) return [];
  const { kept, added } = sortSessions(facts, before);
  const begunBeside = added.filter(({ userAgent }) => userAgent === BESIDE);
  return [
    ...kept.map(({ id }) => `${told.where}: ${id === scene.otherId ? "the other device's" : "the asking device's"}`),
    ...begunBeside.map(() => `${told.where}: one that began meanwhile`),
  ];
}

function byId<T extends { id: string }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
}
