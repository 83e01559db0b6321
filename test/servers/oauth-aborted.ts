/**
 * An app in a process of its own, run with `--expose-gc`: sign-ins begin in it that come to nothing, and it tells what was answered, how
 * much memory was in use, and what was asked of the database.
 *
 * Arguments: the address of the database, the issuer of the provider.
 */
import { oidc } from "@latchkey/providers/oauth";
import { counting } from "../engine/adapters.js";
import { type App, openApp, outcomeOf, pairOf } from "../engine/app.js";
import { asJson } from "../engine/redirects.js";
import { inBatches } from "./batches.js";
import { openAdapter } from "./open.js";

export interface Aborted {
  /** How often each answer came. */
  outcomes: Record<string, number>;
  /** Bytes of the heap when the first flows have warmed everything up, and in the end. */
  heap: number[];
  /** Calls of the adapter, by method. */
  calls: Record<string, number>;
}

/** Flows to warm up with, and those that count. */
const PARTS = [5000, 20_000];
const AT_ONCE = 50;

/** How a sign-in comes to nothing. */
const ENDS: readonly ((app: App, begun: Begun) => Promise<Response | null>)[] = [
  async () => null,
  (app, { state, cookie }) => app.ask(`GET /callback/oidc?error=access_denied&state=${state}`, { cookie }),
  (app, { state }) => app.ask(`GET /callback/oidc?code=1&state=${state}`),
  (app, { state, cookie }) => app.ask(`GET /callback/oidc?code=1&state=x${state}`, { cookie }),
  (app, { state, cookie }) => app.ask(`GET /callback/oidc?code=1&state=${state}`, { cookie: `${cookie}x` }),
];

interface Begun {
  state: string;
  cookie: string;
}

const [, , url = "", issuer = ""] = process.argv;
const { adapter, close } = openAdapter(url);
const counted = counting(adapter);
const app = openApp({ adapter: counted.adapter, config: { providers: [oidc({ issuer, clientId: "client-1" })] } });
const aborted: Aborted = { outcomes: {}, heap: [], calls: counted.calls };
for (const flows of PARTS) {
  await inBatches(Array.from({ length: flows }), AT_ONCE, abort);
  aborted.heap.push(await heapInUse());
}
await close();
process.send?.(aborted);
process.disconnect();

async function abort(_: unknown, index: number): Promise<void> {
  const answer = await app.ask("GET /signin/oidc");
  const [setCookie = ""] = answer.headers.getSetCookie();
  const state = new URL(answer.headers.get("location") ?? "").searchParams.get("state") ?? "";
  const end = ENDS[index % ENDS.length];
  const ended = await end?.(app, { state, cookie: pairOf(setCookie) });
  const outcome = ended ? await outcomeOf(asJson(ended)) : "left";
  aborted.outcomes[outcome] = (aborted.outcomes[outcome] ?? 0) + 1;
}

/** What is left when nothing under way holds anything any more. */
async function heapInUse(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  await globalThis.gc?.({ execution: "async" });
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
