/**
 * An instance of an app, in a process of its own, that is going to be killed: serves one operation, a request for each moment at which
 * it can be interrupted, and stops each request at its moment. It waits there for its end.
 */
import { writeSync } from "node:fs";
import type { Adapter, SessionOptions } from "@latchkey/core";
import type { Method } from "../engine/adapters.js";
import { type App, cookiesOf, openApp, outcomeOf, weakPassword } from "../engine/app.js";
import type { Scene } from "../engine/operations.js";
import { type Driver, openDriver, type Target } from "./driver.js";
import { freezeInTransactions } from "./freeze.js";
import { type Moment, Moments } from "./moments.js";
import { type OAuthScene, providersOf } from "./oauth-operations.js";
import { operationOf } from "./operations.js";

/** One request, and the moment to stop it at, counted from 1. */
export interface Order {
  operation: string;
  session: SessionOptions;
  scene: Scene & Partial<OAuthScene>;
  at: number;
  /** True where the moments are those before each statement within a transaction of SQLite, at which the whole process stands still. */
  freezes?: boolean;
}

export interface Answered extends Moment {
  kind: "answered";
  /** Status and code. */
  outcome: string;
  /** As the browser has them after it. */
  cookies: string[];
}

/** What became of an order: the request stands at its moment, or it had fewer and was answered. */
export type Told = (Moment & { kind: "held" }) | Answered;
export type ToInstance = { kind: "start"; target: Target } | { kind: "run"; order: Order };
/** `personId` is that of the scene: no two orders have the same. */
export type FromInstance =
  | { kind: "ready" }
  | { kind: "told"; personId: string; told: Told }
  | { kind: "failed"; reason: string };

const STDOUT = 1;
/** Requests of all scenes come from one network. */
const rateLimit = { perIp: 1_000_000 };
const provider = weakPassword();
const hooks = { onError: () => {} };

process.on("message", (message: ToInstance) => {
  serve(message).catch((error: unknown) => tell({ kind: "failed", reason: String(error) }));
});

// Nobody is left who could end it.
process.once("disconnect", () => process.exit(1));

let driver: Driver;

async function serve(message: ToInstance): Promise<void> {
  if (message.kind === "run") return run(message.order);
  driver = await openDriver(message.target);
  tell({ kind: "ready" });
}

async function run(order: Order): Promise<void> {
  const { scene, at, freezes } = order;
  const { id } = scene.person;
  const moments = new Moments(at, (moment) => {
    const message: FromInstance = { kind: "told", personId: id, told: { kind: "held", ...moment } };
    // What is sent over the channel of `fork` leaves only when the process goes on.
    if (freezes) writeSync(STDOUT, `${JSON.stringify(message)}\n`);
    else tell(message);
  });
  const around = freezes ? freezeInTransactions(moments) : moments.around;
  const app = openOn(moments.noting(driver.adapter(around)), order);
  const { wait = 0, run } = operationOf(order.operation);
  app.time.now += wait;
  try {
    const answer = await run(app, scene);
    if (!freezes) await moments.pass("before the answer");
    const answered = {
      where: "answered",
      done: moments.done,
      outcome: await outcomeOf(answer),
      cookies: cookiesOf(answer),
    };
    tell({ kind: "told", personId: id, told: { kind: "answered", ...answered } });
  } catch (error) {
    // The engine gives up a call that stands still; then nobody is told.
    if (!freezes) await moments.pass("before the error");
    throw error;
  }
}

function openOn(adapter: Adapter, { operation, scene, session }: Order): App {
  const open = (on: Adapter) =>
    openApp({ adapter: on, session, provider, config: { rateLimit, hooks, providers: providersOf(scene) } });
  const { beside } = operationOf(operation);
  return open(beside ? afterFirst(adapter, beside.after, () => beside.run(open(adapter), scene)) : adapter);
}

/** Does something once, when a call has done its work for the first time and has not returned. */
function afterFirst(adapter: Adapter, call: Method, run: () => Promise<unknown>): Adapter {
  let isFirst = true;
  return new Proxy(adapter, {
    get(target, name: Method) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      if (name !== call) return method;
      return async (...args: unknown[]) => {
        const result = await method(...args);
        if (isFirst) {
          isFirst = false;
          await run();
        }
        return result;
      };
    },
  });
}

function tell(message: FromInstance): void {
  process.send?.(message);
}
