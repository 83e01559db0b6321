/** Unlinking of accounts and proofs of mailboxes, with sign-ins among them: several real processes on one real server. */
import { createId, type NewAccount } from "@latchkey/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { START } from "./clock.js";
import { isMissing, SERVERS } from "./databases.js";
import { deal, openRace, RACE_TIMEOUT, type Race, resultCounts } from "./race.js";
import type { AdapterCall, Outcome } from "./tasks.js";
import { newSession } from "./workload.js";

const INSTANCES = 3;
const USERS = 100;
/** Of each user. */
const CALLS = 20;
const dates = { createdAt: new Date(START), updatedAt: new Date(START) };

for (const server of SERVERS) {
  const options = { timeout: RACE_TIMEOUT, skip: await isMissing(server) };
  describe(`${INSTANCES} processes on one ${server}`, options, () => {
    let race: Race;
    beforeAll(async () => {
      race = await openRace(server, INSTANCES);
    });
    afterAll(async () => {
      const ends = await race.stop();
      expect(ends).toEqual(ends.map(() => ({ code: 0, stderr: "" })));
    });

    test("R-O7: 2,000 unlinks of the two accounts of 100 users: each keeps exactly one", async () => {
      const { adapter } = race.openApp({});
      const userIds = await addUsers(race, 2);
      const unlinks = userIds.flatMap((userId) => Array.from({ length: CALLS }, (_, i) => unlink(userId, i % 2)));

      const outcomes = await call(race, unlinks);

      const left = await Promise.all(userIds.map((userId) => adapter.listAccounts(userId)));
      expect(left.map((accounts) => accounts.length)).toEqual(userIds.map(() => 1));
      // Half of the calls asked for the account that stays, the others for the one that goes or is gone.
      expect(resultCounts(outcomes)).toEqual({ done: (USERS * CALLS) / 2, last_account: (USERS * CALLS) / 2 });
    });

    test("R-O7: proofs of 100 mailboxes, each among 19 sign-ins with an account from before: no session of one is left", async () => {
      const { adapter } = race.openApp({});
      const userIds = await addUsers(race, 1);
      const calls = userIds.flatMap((userId) =>
        Array.from({ length: CALLS }, (_, i) => (i === 7 ? prove(userId) : signIn(userId, i))),
      );

      const outcomes = await call(race, calls);

      const { done = 0, invalid_credentials: refused = 0, ...others } = resultCounts(outcomes);
      expect(others).toEqual({});
      expect(done + refused).toBe(USERS * CALLS);
      expect(done, "some sign-ins come before the proof").toBeGreaterThan(USERS);
      expect(refused, "some come after it").toBeGreaterThan(0);
      for (const userId of userIds) {
        expect(await adapter.getUser(userId)).toMatchObject({ emailVerified: true });
        expect(await adapter.listAccounts(userId)).toMatchObject([{ provider: "google" }]);
        expect(await adapter.listSessions(userId, new Date(START))).toEqual([]);
      }
    });

    test("R-O7: proofs of 100 mailboxes, each among 19 links in a session from before: no account of one is left", async () => {
      const { adapter } = race.openApp({});
      const userIds = await addUsers(race, 1);
      for (const userId of userIds)
        await adapter.createSession({ ...newSession(userId, START), id: sessionOf(userId) });
      const calls = userIds.flatMap((userId) =>
        Array.from({ length: CALLS }, (_, i) => (i === 7 ? prove(userId) : link(userId, i))),
      );

      const outcomes = await call(race, calls);

      const { done = 0, unauthorized: refused = 0, ...others } = resultCounts(outcomes);
      expect(others).toEqual({});
      expect(done + refused).toBe(USERS * CALLS);
      expect(done, "some links come before the proof").toBeGreaterThan(USERS);
      expect(refused, "some come after it").toBeGreaterThan(0);
      const left = await Promise.all(userIds.map((userId) => adapter.listAccounts(userId)));
      expect(left.map((accounts) => accounts.map(({ provider }) => provider))).toEqual(userIds.map(() => ["google"]));
    });

    test("R-O7: 2,000 proofs of 100 mailboxes with one account at the provider each: one adds it, the others hear so", async () => {
      const { adapter } = race.openApp({});
      const userIds = await addUsers(race, 2);
      const proofs = userIds.flatMap((userId) => Array.from({ length: CALLS }, () => prove(userId)));

      const outcomes = await call(race, proofs);

      expect(resultCounts(outcomes)).toEqual({ done: USERS, account_exists: USERS * (CALLS - 1) });
      const accounts = await Promise.all(userIds.map((userId) => adapter.listAccounts(userId)));
      expect(accounts.map((list) => list.map(({ provider }) => provider))).toEqual(userIds.map(() => ["google"]));
    });
  });
}

/** Those of one user stand together, so that they meet. */
function call(race: Race, calls: AdapterCall[]): Promise<Outcome[]> {
  return race.run(deal(calls, INSTANCES).map((dealt) => ({ kind: "call", calls: dealt, atOnce: CALLS }) as const));
}

/** Adds users who have not proved their mailbox, with a password and more accounts. @returns their ids */
async function addUsers(race: Race, accounts: number): Promise<string[]> {
  const { adapter } = race.openApp({});
  const userIds = Array.from({ length: USERS }, () => createId());
  for (const id of userIds) {
    await adapter.createUserWithAccount({ id, email: emailOf(id), ...dates }, accountOf(id, 0));
    for (let i = 1; i < accounts; i++) await adapter.createAccount(accountOf(id, i));
  }
  return userIds;
}

function emailOf(userId: string): string {
  return `${userId.toLowerCase()}@example.com`;
}

function accountOf(userId: string, i: number): NewAccount {
  const names = { provider: i === 0 ? "password" : `provider-${i}`, providerAccountId: userId };
  return { id: `${userId}-${i}`, userId, ...names, passwordHash: i === 0 ? "hash" : null, ...dates };
}

function unlink(userId: string, i: number): AdapterCall {
  return { method: "deleteAccount", args: [accountOf(userId, i).id, userId, { unlessLast: true }] };
}

function sessionOf(userId: string): string {
  return `before-${userId}`;
}

function link(userId: string, i: number): AdapterCall {
  return { method: "createAccount", args: [accountOf(userId, i + 1), { session: sessionOf(userId) }] };
}

function prove(userId: string): AdapterCall {
  const account = { id: createId(), userId, provider: "google", providerAccountId: userId, ...dates };
  return { method: "proveEmail", args: [{ userId, email: emailOf(userId), account, now: new Date(START) }] };
}

/** In every way in which a session can be added. */
function signIn(userId: string, i: number): AdapterCall {
  const limit = { limit: { max: 50, policy: i % 2 === 0 ? "evict-oldest" : "reject" } };
  const replaces = { replaces: { id: `none-${userId}` } };
  // With the password that was compared, or by the account alone.
  const account = { id: accountOf(userId, 0).id, ...(i % 4 < 2 && { passwordHash: "hash" }) };
  return {
    method: "createSession",
    args: [newSession(userId, START), { account, ...[{}, limit, replaces][i % 3] }],
  };
}
