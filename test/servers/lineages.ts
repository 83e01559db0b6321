/** Sorts a history by session. A session keeps its place in the history when a rotation gives it another id and another hash. */
import type { SessionKey } from "@latchkey/core";
import type { Entry } from "./history.js";
import type { Event } from "./linearisability.js";
import type { SessionCall } from "./session-model.js";
import type { UserWide } from "./translations.js";

/** Names of one session, ids and hashes, as a forest: each points to another name of it, the last one to itself. */
class Names {
  readonly #parent = new Map<string, string>();

  rootOf(name: string): string {
    let root = name;
    for (let up = this.#parent.get(root); up !== undefined && up !== root; up = this.#parent.get(root)) root = up;
    this.#parent.set(name, root);
    return root;
  }

  /** Says that these are names of one session. */
  join(one: string, other: string): void {
    this.#parent.set(this.rootOf(other), this.rootOf(one));
  }
}

/** @returns the events of each session; a call about all sessions of a user is an event of each of them */
export function eventsBySession(entries: readonly Entry[]): Event[][] {
  const names = new Names();
  for (const entry of entries) if (!("userId" in entry)) joinNames(names, entry.call);
  const lives = livesIn(entries, names);

  const sessions = new Map<string, Event[]>();
  const add = (session: string, event: Event) => {
    const events = sessions.get(session);
    if (events === undefined) sessions.set(session, [event]);
    else events.push(event);
  };
  for (const entry of entries) {
    if (!("userId" in entry)) add(names.rootOf(nameIn(entry.call)), entry);
    else for (const [session, event] of spread(entry, lives, names)) add(session, event);
  }
  return [...sessions.values()];
}

/** When a session can have been there at all. */
interface Life {
  /** Not before: its start was asked for then. */
  born: number;
  /** Not after: somebody had been told by then that it was ended. */
  died: number;
}

/** The lives of the sessions of each user, by session. */
type Lives = Map<string, Map<string, Life>>;

function livesIn(entries: readonly Entry[], names: Names): Lives {
  const lives: Lives = new Map();
  const ends = endsIn(entries, names);
  for (const { call, started } of entries) {
    if (call.kind !== "create") continue;
    const { userId, id } = call.session;
    const session = names.rootOf(nameOf({ id }));
    const ofUser = lives.get(userId) ?? new Map<string, Life>();
    const born = Math.min(started, ofUser.get(session)?.born ?? started);
    lives.set(userId, ofUser.set(session, { born, died: ends.get(session) ?? Number.POSITIVE_INFINITY }));
  }
  return lives;
}

function endsIn(entries: readonly Entry[], names: Names): Map<string, number> {
  const ends = new Map<string, number>();
  for (const entry of entries) {
    if ((entry.call.kind !== "revoke" && entry.call.kind !== "revokeAll") || entry.ended === null) continue;
    const removed = "userId" in entry ? entry.found : [entry.answer];
    for (const answer of typeof removed === "string" ? [] : removed) {
      if (answer === null || typeof answer === "string") continue;
      const session = names.rootOf(nameOf({ id: answer.id }));
      ends.set(session, Math.min(entry.ended, ends.get(session) ?? entry.ended));
    }
  }
  return ends;
}

/**
 * An entry about a user as events of each session that it found, and of each other one that the user may have had then. Of a session
 * that was not born yet, or was dead already, "not found" says nothing.
 */
function* spread(entry: Entry & UserWide, lives: Lives, names: Names): Generator<[session: string, event: Event]> {
  const { found, userId, ...span } = entry;
  const roots = typeof found === "string" ? [] : found.map(({ id }) => names.rootOf(nameOf({ id })));
  if (typeof found !== "string")
    for (const [index, answer] of found.entries()) yield [roots[index] as string, { ...span, answer }];
  for (const [session, { born, died }] of lives.get(userId) ?? []) {
    const isOutside = span.started > died || (span.ended !== null && span.ended < born);
    if (!isOutside && !roots.includes(session))
      yield [session, { ...span, answer: typeof found === "string" ? found : null }];
  }
}

function joinNames(names: Names, call: SessionCall): void {
  if (call.kind === "create") names.join(nameOf({ id: call.session.id }), nameOf(call.session));
  if (call.kind !== "update") return;
  const { id, tokenHash } = call.change;
  if (id !== undefined) names.join(nameOf({ id: call.id }), nameOf({ id }));
  if (tokenHash !== undefined) names.join(nameOf({ id: call.id }), nameOf({ tokenHash }));
}

function nameIn(call: SessionCall): string {
  if (call.kind === "create") return nameOf({ id: call.session.id });
  return nameOf(call.kind === "update" ? { id: call.id } : call.key);
}

function nameOf(key: SessionKey): string {
  return "tokenHash" in key ? `hash ${key.tokenHash}` : `id ${key.id}`;
}
