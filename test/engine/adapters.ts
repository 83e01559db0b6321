/** Adapters around an adapter: one that counts, one that holds calls back until others are done, one that fails. */
import type { Adapter } from "@latchkey/core";

export type Method = keyof Adapter;

/** Runs something around each call of an adapter. */
function around(adapter: Adapter, call: (method: Method, run: () => Promise<unknown>) => unknown): Adapter {
  return new Proxy(adapter, {
    get(target, name: Method) {
      const method = Reflect.get(target, name) as unknown;
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => call(name, () => method.apply(target, args) as Promise<unknown>);
    },
  });
}

/** Counts the calls by method. */
export function counting(adapter: Adapter): { adapter: Adapter; calls: Partial<Record<Method, number>> } {
  const calls: Partial<Record<Method, number>> = {};
  const counted = around(adapter, (method, run) => {
    calls[method] = (calls[method] ?? 0) + 1;
    return run();
  });
  return { adapter: counted, calls };
}

export interface Order {
  /** Waits before it does its work until `first` has done its own. */
  hold: Method;
  first: Method;
}

/** Makes two calls that run at once happen in a chosen order, where both are made. */
export function ordered(adapter: Adapter): { adapter: Adapter; force(order: Order | null): void } {
  let order: Order | null = null;
  let release: () => void = () => {};
  let firstDone: Promise<void> = Promise.resolve();
  const barred = around(adapter, async (method, run) => {
    if (method === order?.hold) await firstDone;
    const isFirst = method === order?.first;
    try {
      return await run();
    } finally {
      if (isFirst) release();
    }
  });
  return {
    adapter: barred,
    force(next) {
      order = next;
      release();
      if (next !== null) firstDone = new Promise((resolve) => (release = resolve));
    },
  };
}

/** When a call fails: before it has done its work, or after, so that the work is done and nobody is told. */
export type FaultMode = "before" | "after";

interface Fault {
  /** The n-th call from now, counted from 1. */
  at: number;
  mode: FaultMode | "hang";
  /** True when every call after it fails, too. */
  lasting?: boolean;
}

/** What stands in the text of every fault; a driver's message can hold the values of a query. */
const FAULT_TEXT = "connection lost near 'canary-in-driver-message'";

export interface FaultyAdapter {
  adapter: Adapter;
  /** The methods that were called since the last `arm` or `disarm`. */
  calls: Method[];
  /** @returns a promise that the call has been reached */
  arm(fault: Fault): Promise<void>;
  /** The database is back; calls that hang fail now, when nobody waits for them any more. */
  disarm(): void;
}

export function faulty(adapter: Adapter): FaultyAdapter {
  const calls: Method[] = [];
  let fault: Fault | null = null;
  let tellReached: () => void = () => {};
  let failHanging: () => void = () => {};
  const failing = around(adapter, async (method, run) => {
    calls.push(method);
    const fails = fault !== null && (fault.lasting ? calls.length >= fault.at : calls.length === fault.at);
    if (!fails) return run();
    tellReached();
    if (fault?.mode === "hang") await new Promise<void>((resolve) => (failHanging = resolve));
    if (fault?.mode === "after") await run();
    throw new Error(FAULT_TEXT);
  });
  const set = (next: Fault | null) => {
    calls.length = 0;
    fault = next;
    failHanging();
    return new Promise<void>((resolve) => (tellReached = resolve));
  };
  return { adapter: failing, calls, arm: set, disarm: () => void set(null) };
}
