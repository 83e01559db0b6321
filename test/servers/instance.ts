/** One instance of an app, in a process of its own, on a real server: does the tasks that it is sent over the channel of `fork`. */
import { type Adapter, isAuthError } from "@latchkey/core";
import { oidc } from "@latchkey/providers/oauth";
import { type App, cookiesOf, openApp, outcomeOf } from "../engine/app.js";
import { asJson } from "../engine/redirects.js";
import { inBatches } from "./batches.js";
import { clockFrom, machineTime } from "./clock.js";
import { History } from "./history.js";
import { openAdapter } from "./open.js";
import type { Answered, Ask, FromInstance, Outcome, Settings, Task, ToInstance, TokenAsk } from "./tasks.js";
import { runWorkload } from "./workload.js";

const rateLimit = { perIp: 1_000_000 };

let unhandled = 0;
process.on("unhandledRejection", () => unhandled++);
process.once("message", ({ settings }: ToInstance & { kind: "start" }) => serve(settings));

async function serve({ url, connections, origin, providers = [] }: Settings): Promise<void> {
  const { adapter, close } = openAdapter(url, { connections });
  process.on("message", async (message: ToInstance) => {
    if (message.kind === "task") {
      const { session = { strategy: "database" }, speed = 1, isRecorded } = message.task;
      const history = new History(machineTime);
      const own = isRecorded ? history.recorded(adapter, `${process.pid}`) : adapter;
      const app = openApp({
        adapter: own,
        session,
        config: {
          clock: clockFrom(origin, speed),
          rateLimit,
          hooks: { onError: () => {} },
          providers: providers.map((options) => oidc(options)),
        },
      });
      const done = await perform(message.task, app, own);
      tell({ kind: "outcome", id: message.id, outcome: { ...NOTHING, ...done, entries: history.entries, unhandled } });
    } else {
      await close();
      process.disconnect();
    }
  });
  tell({ kind: "ready" });
}

const NOTHING = { answers: [], results: [], failures: [] };

async function perform(task: Task, app: App, adapter: Adapter): Promise<Partial<Outcome>> {
  switch (task.kind) {
    case "ask": {
      const ask = async (one: Ask, index: number) => {
        const answer = await asked(app, one, index);
        if (task.reports) tell({ kind: "report", answer });
        return answer;
      };
      return { answers: await inBatches(task.asks, task.atOnce, ask) };
    }
    case "start":
      return { results: await inBatches(task.userIds, task.atOnce, (id) => resultOf(app.start({ id, email: "" }))) };
    case "call":
      return {
        results: await inBatches(task.calls, task.atOnce, ({ method, args }) =>
          resultOf((adapter[method] as (...args: unknown[]) => Promise<unknown>)(...args)),
        ),
      };
    case "tokens": {
      const { accounts } = app.auth;
      const ask = ({ userId, provider }: TokenAsk) => accounts.accessToken(userId, provider).catch(failureOf);
      return { results: await Promise.all(task.asks.map(ask)) };
    }
    case "work":
      return { failures: await runWorkload(() => adapter, task.workload) };
  }
}

async function asked(app: App, { route, sending }: Ask, index: number): Promise<Answered> {
  const started = machineTime();
  const answer = asJson(await app.ask(route, sending));
  const ended = machineTime();
  const body = (await answer.clone().json()) as { revoked?: boolean; session?: { id: string } | null };
  const { revoked = false, session } = body;
  const told = { revoked, session: session?.id ?? null, cookies: cookiesOf(answer) };
  return { index, outcome: await outcomeOf(answer), ...told, started, ended };
}

async function resultOf(call: Promise<unknown>): Promise<string> {
  try {
    return (await call) === null ? "null" : "done";
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): string {
  return isAuthError(error) ? error.code : `failed: ${error}`;
}

function tell(message: FromInstance): void {
  process.send?.(message);
}
