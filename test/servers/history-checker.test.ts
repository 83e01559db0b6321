/** The checker of histories on histories that were made by hand, good and bad. */
import { describe, expect, test } from "vitest";
import { type Entry, violationsIn } from "./history.js";
import type { Answer, Live, SessionCall } from "./session-model.js";

const LIVE: Live = { id: "s", tokenHash: "h", userId: "u", updatedAt: 1, expires: 100 };
const BORN = seen(1);
const byId = { id: "s" };
const byHash = { tokenHash: "h" };

function seen(updatedAt: number, id = "s") {
  return { id, updatedAt, expires: 100 };
}

/** @param ended null when the call failed */
function at(started: number, ended: number | null, call: SessionCall, answer: Answer): Entry {
  return { worker: "w", started, ended, call, answer };
}

const create = (started: number, ended: number | null) =>
  at(started, ended, { kind: "create", session: LIVE }, ended === null ? "unknown" : "done");
const read = (started: number, ended: number, answer: Answer, key: typeof byId | typeof byHash = byHash) =>
  at(started, ended, { kind: "read", key }, answer);
/** From generation `from` to generation `to`. */
const renew = (started: number, ended: number | null, from: number, to: number, answer: Answer = seen(to)) =>
  at(
    started,
    ended,
    { kind: "update", id: "s", change: { updatedAt: to }, updatedAt: from },
    ended === null ? "unknown" : answer,
  );
const rotate = (started: number, ended: number | null, answer: Answer = seen(5, "t")) =>
  at(started, ended, { kind: "update", id: "s", change: { id: "t", tokenHash: "k", updatedAt: 5 } }, answer);
const revoke = (started: number, ended: number | null, answer: Answer = BORN) =>
  at(started, ended, { kind: "revoke", key: byId }, ended === null ? "unknown" : answer);
const revokeAll = (started: number, ended: number | null, found: readonly { id: string }[] | "unknown"): Entry => ({
  ...{ worker: "w", started, ended, call: { kind: "revokeAll" }, userId: "u", found },
});
const list = (started: number, ended: number, found: readonly ReturnType<typeof seen>[]): Entry => ({
  ...{ worker: "w", started, ended, call: { kind: "list", now: 50 }, userId: "u", found },
});

const GOOD: [why: string, history: Entry[]][] = [
  ["a life without events", [create(1, 2), read(3, 4, BORN), revoke(5, 6), read(7, 8, null)]],
  [
    "a read before the sign-in, and one during it that finds nothing",
    [read(1, 2, null), create(3, 6), read(4, 5, null)],
  ],
  ["a read during the sign-in that finds it", [create(1, 5), read(2, 3, BORN)]],
  ["a read during a revocation that still finds it", [create(1, 2), revoke(3, 6), read(4, 5, BORN)]],
  ["a read that started before a revocation and ends after it", [create(1, 2), read(3, 8, BORN), revoke(4, 5)]],
  [
    "two reads during one renewal, old and then new",
    [create(1, 2), renew(3, 9, 1, 2), read(4, 5, BORN), read(6, 7, seen(2))],
  ],
  ["two renewals of one generation: one wins", [create(1, 2), renew(3, 6, 1, 2), renew(4, 5, 1, 3, null)]],
  ["renewals one after another", [create(1, 2), renew(3, 4, 1, 2), renew(5, 6, 2, 3), read(7, 8, seen(3))]],
  ["a renewal after the logout that changes nothing", [create(1, 2), revoke(3, 4), renew(5, 6, 1, 2, null)]],
  ["a renewal that failed and was done", [create(1, 2), renew(3, null, 1, 2), read(5, 6, seen(2))]],
  ["a renewal that failed and was not done", [create(1, 2), renew(3, null, 1, 2), read(5, 6, BORN)]],
  [
    "a renewal that failed and was done late",
    [create(1, 2), renew(3, null, 1, 2), read(5, 6, BORN), read(7, 8, seen(2))],
  ],
  ["a revocation that failed and was done late", [create(1, 2), revoke(3, null), read(5, 6, BORN), read(7, 8, null)]],
  ["a sign-in that failed and was done", [create(1, null), read(3, 4, BORN)]],
  ["a sign-in that failed and was not done", [create(1, null), read(3, 4, null)]],
  [
    "a rotation: the old id and hash are dead, the new ones live",
    [
      create(1, 2),
      rotate(3, 4),
      read(5, 6, null),
      read(5, 6, null, byId),
      at(7, 8, { kind: "read", key: { tokenHash: "k" } }, seen(5, "t")),
    ],
  ],
  ["a revocation of all", [create(1, 2), revokeAll(3, 4, [byId]), read(5, 6, null)]],
  ["a revocation of all that was there first", [revokeAll(1, 4, []), create(2, 3), read(5, 6, BORN)]],
  [
    "a revocation of all that failed, before a read that finds it",
    [create(1, 2), revokeAll(3, null, "unknown"), read(4, 5, BORN)],
  ],
  [
    "a list that shows it, and one that does not any more",
    [create(1, 2), list(3, 4, [BORN]), revoke(5, 6), list(7, 8, [])],
  ],
  [
    "a revocation of somebody else's session",
    [create(1, 2), at(3, 4, { kind: "revoke", key: byId, userId: "stranger" }, null), read(5, 6, BORN)],
  ],
];

const BAD: [why: string, history: Entry[]][] = [
  ["a session that is back after its revocation", [create(1, 2), revoke(3, 4), read(5, 6, null), read(7, 8, BORN)]],
  ["a stale read after a completed revocation", [create(1, 2), revoke(3, 4), read(5, 6, BORN)]],
  ["a stale read after another read found it gone", [create(1, 2), revoke(3, 9), read(4, 5, null), read(6, 7, BORN)]],
  ["a revocation that was done and is lost", [create(1, 2), revoke(3, 4), renew(5, 6, 1, 2)]],
  ["a renewal that revives", [create(1, 2), revoke(3, 5), renew(4, 6, 1, 2), read(7, 8, seen(2))]],
  ["a revocation that finds nothing where a session is", [create(1, 2), revoke(3, 4, null)]],
  ["two revocations of one session that both removed it", [create(1, 2), revoke(3, 6), revoke(4, 5)]],
  ["two winners of one conditional renewal", [create(1, 2), renew(3, 6, 1, 2), renew(4, 5, 1, 3)]],
  ["a renewal that was refused though nobody else renewed", [create(1, 2), renew(3, 4, 1, 2, null)]],
  ["a renewal that was done and is lost", [create(1, 2), renew(3, 4, 1, 2), read(5, 6, BORN)]],
  ["a renewal that answers another state than it wrote", [create(1, 2), renew(3, 4, 1, 2, seen(3))]],
  ["a read of a state that nobody wrote", [create(1, 2), read(3, 4, seen(7))]],
  ["a read of a session that nobody started", [read(1, 2, BORN)]],
  ["a read that finds nothing after the sign-in", [create(1, 2), read(3, 4, null)]],
  ["a read of the future", [create(1, 2), read(3, 4, seen(2)), renew(5, 6, 1, 2)]],
  ["new and then old during one renewal", [create(1, 2), renew(3, 9, 1, 2), read(4, 5, seen(2)), read(6, 7, BORN)]],
  [
    "a renewal that failed and is done twice",
    [create(1, 2), renew(3, null, 1, 2), read(4, 5, seen(2)), read(6, 7, BORN)],
  ],
  ["an old token that works after a rotation", [create(1, 2), rotate(3, 4), read(5, 6, seen(5, "t"))]],
  ["an old id that works after a rotation", [create(1, 2), rotate(3, 4), read(5, 6, BORN, byId)]],
  [
    "two successors of one session",
    [
      create(1, 2),
      rotate(3, 4),
      at(5, 6, { kind: "update", id: "s", change: { id: "v", tokenHash: "l" } }, seen(5, "v")),
    ],
  ],
  ["a session that a revocation of all left out", [create(1, 2), revokeAll(3, 4, []), read(5, 6, BORN)]],
  ["a stale read after a revocation of all", [create(1, 2), revokeAll(3, 4, [byId]), read(5, 6, BORN)]],
  ["a list that shows what was revoked", [create(1, 2), revoke(3, 4), list(5, 6, [BORN])]],
  ["a list that leaves a session out", [create(1, 2), list(3, 4, [])]],
  ["a session that was started twice", [create(1, 2), create(3, 4)]],
  ["a revocation by somebody else", [create(1, 2), at(3, 4, { kind: "revoke", key: byId, userId: "stranger" }, BORN)]],
];

describe("a history that one database can have given", () => {
  test.each(GOOD)("%s", (_why, history) => expect(violationsIn(history)).toEqual([]));
});

describe("a history that no database can have given", () => {
  test.each(BAD)("%s", (_why, history) => expect(violationsIn(history)).toHaveLength(1));
});

test("one session that goes wrong is found among many that do not", () => {
  const renamed = (history: Entry[], index: number): Entry[] =>
    JSON.parse(JSON.stringify(history).replaceAll('"s"', `"s${index}"`).replaceAll('"h"', `"h${index}"`));
  const good = Array.from({ length: 500 }, (_, index) => renamed(GOOD[0]?.[1] as Entry[], index));
  const bad = renamed([create(1, 2), revoke(3, 4), read(5, 6, BORN)], 999);

  expect(violationsIn([...good.flat(), ...bad])).toEqual([expect.stringContaining('"s999"')]);
});

test("thousands of calls on one session, hundreds at a time, are judged", () => {
  const rounds = Array.from({ length: 100 }, (_, round) => {
    const start = round * 1000 + 10;
    const generation = round + 1;
    const losers = Array.from({ length: 50 }, (_, index) =>
      renew(start + index, start + 900, generation, generation + 1, index === 7 ? seen(generation + 1) : null),
    );
    const reads = Array.from({ length: 50 }, (_, index) =>
      read(start + index, start + 900 - index, index % 2 ? seen(generation) : seen(generation + 1)),
    );
    return [...losers, ...reads];
  });
  const history = [create(1, 2), ...rounds.flat()];
  const last = rounds.length * 1000;

  expect(violationsIn([...history, read(last, last + 5, seen(101))])).toEqual([]);
  expect(violationsIn([...history, read(last, last + 5, seen(100))])).toHaveLength(1);
});
