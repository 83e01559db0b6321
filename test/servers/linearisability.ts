/**
 * Checks a history against the state machine of a session: is there an order of the calls, each at some point between its start and its
 * end, in which every answer is right? The search of Wing and Gong, with the memory of what was tried.
 */
import { type State, step, type Told } from "./session-model.js";

/** A call on one session. */
export interface Event extends Told {
  worker: string;
  /** Before it was made. Times come from one counter or one monotonic clock; equal ones are taken for "at once". */
  started: number;
  /** After its answer; null where it is not known when, and if, it was done. */
  ended: number | null;
}

/** Where a history goes wrong: no order gets further than this. */
export interface Violation {
  state: State;
  /** The calls that would have to come next, and none of which can have answered so. */
  stuck: Event[];
}

interface Frame {
  state: State;
  /** Index of the first known event that is not in the order yet. */
  first: number;
  /** What this frame put into the order. */
  trail: Event[];
  choices: { event: Event; next: State }[];
}

/** @param events of one session, in any order. @returns null when there is an order */
export function findViolation(events: readonly Event[]): Violation | null {
  return new Search(events).run();
}

class Search {
  readonly #known: Event[];
  readonly #unknown: Event[];
  readonly #ordered = new Set<Event>();
  readonly #tried = new Set<string>();
  #furthest: Violation & { count: number } = { state: "absent", stuck: [], count: -1 };

  constructor(events: readonly Event[]) {
    const sorted = [...events].sort((a, b) => a.started - b.started);
    this.#known = sorted.filter(({ ended }) => ended !== null);
    this.#unknown = sorted.filter(({ ended }) => ended === null);
  }

  run(): Violation | null {
    const frames = [this.#open("absent", 0, [])];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      if (frame.first === this.#known.length) return null;
      const choice = frame.choices.shift();
      if (choice === undefined) this.#close(frames.pop());
      else frames.push(this.#open(choice.next, frame.first, [choice.event]));
    }
    return { state: this.#furthest.state, stuck: this.#furthest.stuck };
  }

  /** Puts the chosen event into the order, and all that changes nothing and is right now: nothing is lost by taking those at once. */
  #open(state: State, start: number, chosen: Event[]): Frame {
    const trail = [...chosen];
    for (const event of chosen) this.#ordered.add(event);
    let first = this.#firstFrom(start);
    for (let settled = this.#settled(state, first); settled.length > 0; settled = this.#settled(state, first)) {
      for (const event of settled) this.#ordered.add(event);
      trail.push(...settled);
      first = this.#firstFrom(first);
    }
    const window = this.#window(first);
    this.#noteProgress(state, window);
    return { state, first, trail, choices: this.#isNew(state, first) ? this.#choices(state, window) : [] };
  }

  #close(frame: Frame | undefined): void {
    for (const event of frame?.trail ?? []) this.#ordered.delete(event);
  }

  #settled(state: State, first: number): Event[] {
    return this.#window(first).filter((event) => step(state, event) === state);
  }

  /** The known events that may come next: each started before any that is still to come had ended. */
  #window(first: number): Event[] {
    const window: Event[] = [];
    let limit = Number.POSITIVE_INFINITY;
    for (let index = first; index < this.#known.length; index++) {
      const event = this.#known[index] as Event;
      if (event.started > limit) break;
      if (this.#ordered.has(event)) continue;
      window.push(event);
      limit = Math.min(limit, event.ended as number);
    }
    return window.filter(({ started }) => started <= limit);
  }

  /** What changes the state: known events, and those of which it is not known whether they were done. */
  #choices(state: State, window: readonly Event[]): Frame["choices"] {
    const limit = earliestEnd(window);
    const maybe = this.#unknown.filter((event) => event.started <= limit && !this.#ordered.has(event));
    return [...window, ...maybe].flatMap((event) => {
      const next = step(state, event);
      return next === undefined || next === state ? [] : [{ event, next }];
    });
  }

  /** False where the same events led to the same state before: what follows was tried, too. */
  #isNew(state: State, first: number): boolean {
    const key = JSON.stringify([state, first, ...this.#orderedPast(first)]);
    const isNew = !this.#tried.has(key);
    this.#tried.add(key);
    return isNew;
  }

  /** The events in the order that are later than the first which is not. */
  *#orderedPast(first: number): Generator<number | string> {
    const limit = this.#known[first]?.ended ?? 0;
    for (let index = first; (this.#known[index]?.started ?? Number.POSITIVE_INFINITY) <= limit; index++)
      if (this.#ordered.has(this.#known[index] as Event)) yield index;
    for (const [index, event] of this.#unknown.entries()) if (this.#ordered.has(event)) yield `unknown ${index}`;
  }

  #firstFrom(start: number): number {
    let first = start;
    while (first < this.#known.length && this.#ordered.has(this.#known[first] as Event)) first++;
    return first;
  }

  #noteProgress(state: State, stuck: Event[]): void {
    const count = this.#ordered.size;
    if (count > this.#furthest.count) this.#furthest = { state, stuck, count };
  }
}

function earliestEnd(events: readonly Event[]): number {
  return events.reduce((earliest, { ended }) => Math.min(earliest, ended ?? earliest), Number.POSITIVE_INFINITY);
}
