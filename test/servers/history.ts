/** Records what is asked of an adapter and what it answers, and checks that one database can have answered so. */
import { type Adapter, isAuthError } from "@latchkey/core";
import { eventsBySession } from "./lineages.js";
import { type Event, findViolation, type Violation } from "./linearisability.js";
import { type RecordedMethod, TRANSLATIONS, type Translated } from "./translations.js";

/** When a call was made, and by whom. */
type Span = Pick<Event, "worker" | "started" | "ended">;
/** One line of a history: plain data, which processes may send each other. */
export type Entry = Translated & Span;

/** Calls and answers of many workers. The clean-up of expired sessions is not recorded: a history must not run it. */
export class History {
  readonly entries: Entry[] = [];
  readonly #now: () => number;

  /** @param now A counter, or a monotonic clock that all workers share. @default a counter of its own */
  constructor(now: () => number = counter()) {
    this.#now = now;
  }

  /** An adapter that does the same, and writes down what it is asked. */
  recorded(adapter: Adapter, worker: string): Adapter {
    return new Proxy(adapter, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== "function") return method;
        const call = method.bind(target) as (...args: unknown[]) => Promise<unknown>;
        return isRecorded(name) ? (...args: unknown[]) => this.#record(worker, name, call, args) : call;
      },
    });
  }

  async #record(
    worker: string,
    name: RecordedMethod,
    call: (...args: unknown[]) => Promise<unknown>,
    args: unknown[],
  ): Promise<unknown> {
    const started = this.#now();
    try {
      const answer = await call(...args);
      this.#add({ worker, started, ended: this.#now() }, name, answer, args);
      return answer;
    } catch (error) {
      // A refusal is an answer: nothing was done. Of anything else nobody knows whether it was, or will be.
      const isRefusal = isAuthError(error) && error.code !== "unavailable";
      if (!isRefusal) this.#add({ worker, started, ended: null }, name, undefined, args);
      throw error;
    }
  }

  #add(span: Span, name: RecordedMethod, answer: unknown, args: unknown[]): void {
    const translate = TRANSLATIONS[name] as (answer: unknown, ...args: unknown[]) => Translated[];
    for (const told of translate(answer, ...args)) this.entries.push({ ...told, ...span });
  }

  /** @returns one text for each session whose answers no database can have given */
  violations(): string[] {
    return violationsIn(this.entries);
  }
}

/** @returns one text for each session whose answers no database can have given */
export function violationsIn(entries: readonly Entry[]): string[] {
  const violations = eventsBySession(entries).map((events) => findViolation(events));
  return violations.filter((violation) => violation !== null).map(describe);
}

/** Times in one process: every look is later than the one before. */
function counter(): () => number {
  let time = 0;
  return () => ++time;
}

function isRecorded(name: string | symbol): name is RecordedMethod {
  return Object.hasOwn(TRANSLATIONS, name);
}

function describe({ state, stuck }: Violation): string {
  const lines = stuck.map(
    ({ worker, started, ended, call, answer }) =>
      `  ${worker} ${started}..${ended ?? "?"} ${JSON.stringify(call)} -> ${JSON.stringify(answer)}`,
  );
  return [`in state ${JSON.stringify(state)} none of these can be next:`, ...lines].join("\n");
}
