/** What the examples of S0 take for granted. */
import { type AuthConfig, createAuth } from "@latchkey/core";
import { afterEach, beforeEach, vi } from "vitest";
import { ask, google, SECRET, START, signIn } from "./app.js";

/** S0's examples ask `Date` for the time and the environment for the secret; here both stand still. */
export function stopTheClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: START });
    vi.stubEnv("AUTH_SECRET", SECRET);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
}

export function statelessConfig() {
  return { secret: SECRET, provider: google({}) } satisfies AuthConfig;
}

/** A session of John's that began now, as a request that carries it. */
export async function signedIn(config: AuthConfig = statelessConfig()): Promise<Request> {
  return ask(await signIn(createAuth(config)));
}

export function required<T extends object>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("expected a value");
  return value;
}
