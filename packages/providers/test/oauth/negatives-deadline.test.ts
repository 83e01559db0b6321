/** A provider that answers slowly or never: R-O11. All of them wait at once, for as long as the one deadline is. */
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { type Endpoint, openProvider } from "./hostile-provider.js";
import { expectNoRejections, expectRefused, expectSignedIn, openApp, providerOf, START, signIn } from "./test-app.js";

/** The deadline is 10 s; the test itself asserts no time, it only ends. */
const PATIENCE_MS = 60_000;
const clock = { now: START };

const SILENT = () => {};

/** One byte, again and again: each of them arrives in time, the answer never does. */
function dribble(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 200);
  response.once("close", () => clearInterval(timer));
}

function headersOnly(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
}

const ENDPOINTS: readonly Endpoint[] = ["discovery", "token", "jwks", "userinfo"];
const WAYS = { SILENT, headersOnly, dribble };

test(
  "R-O11: an endpoint that is silent, or never comes to its end, ends the attempt with provider_unavailable",
  async () => {
    const cases = ENDPOINTS.flatMap((endpoint) =>
      Object.entries(WAYS).map(([way, respond]) => ({ endpoint, way, respond })),
    );
    await Promise.all(
      cases.map(async ({ endpoint, way, respond }) => {
        const provider = await openProvider({ now: () => clock.now });
        const app = openApp(clock, [providerOf(provider)]);
        let left = 0;
        provider.behave({
          respond: {
            [endpoint]: (response: ServerResponse) => {
              response.once("close", () => left++);
              respond(response);
            },
          },
        });
        const answer = await signIn(app.browser(), provider);
        expectRefused(app, answer, "provider_unavailable", `${endpoint}, ${way}`);
        // We hang up: nothing of ours waits on.
        await expect.poll(() => left, { message: `${endpoint}, ${way}` }).toBe(1);
        provider.behave({});
        expectSignedIn(app, await signIn(app.browser(), provider));
        await provider.stop();
      }),
    );
    await expectNoRejections();
  },
  PATIENCE_MS,
);
