/** The app that the seed documents describe, on a database that is really there. */
import { type AuthConfig, createAuth } from "@latchkey/core";
import { vi } from "vitest";
import {
  ask,
  cookiePair,
  google,
  JOHN,
  JOHNS_ROW,
  SECRET,
  START,
  signIn,
  tokenOf,
} from "../../packages/core/test/seeds/app.js";
import type { StrategyName } from "./databases.js";
import type { OpenDatabase, SessionRow } from "./orm.js";

/** Milliseconds that are not whole seconds: what a database cuts off is missed. */
const ODD = 123;

/** An app whose database knows John, and whose clock stands still. */
export async function openApp(database: OpenDatabase, strategy: StrategyName, config: Partial<AuthConfig> = {}) {
  const clock = {
    now: START + ODD,
    /** The instant, in `seconds`. */
    in: (seconds: number) => new Date(clock.now + seconds * 1000),
    advance(seconds: number) {
      clock.now += seconds * 1000;
    },
  };
  const { adapter, orm } = database;
  await adapter.createUser(JOHNS_ROW);
  const complete = { secret: SECRET, provider: google(), adapter, clock: () => clock.now, ...config };
  const auth = createAuth({ ...complete, session: { strategy, ...config.session } });
  return {
    auth,
    clock,
    orm,
    /** Starts a session of John's. @returns it with the request that carries it */
    async start(headers: Record<string, string> = {}, ipAddress: string | null = null) {
      const asked = ask(undefined, "/", { headers });
      const created = await auth.sessions.createSession(JOHN.id, asked, { ipAddress });
      return { ...created, token: tokenOf(created.cookie), request: ask(cookiePair(created.cookie)) };
    },
    /** John's live sessions as the app's ORM lists them. */
    list: () => orm.list(JOHN.id, new Date(clock.now)),
  };
}

/** A value that must be there. */
export function required<T extends object>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("expected a value");
  return value;
}

/** Without the hash, which the SDK never gives back. */
export function recordOf({ tokenHash, ...record }: SessionRow): Omit<SessionRow, "tokenHash"> {
  return record;
}

/** Statements that change rows. */
export function writesIn(sent: readonly string[]): string[] {
  return sent.filter((statement) => !/^\s*(SELECT|BEGIN|COMMIT)\b/i.test(statement));
}

/** John's sign-in on a laptop, and on a phone when `Date` shows a minute more. `Date` is the test's own. */
export async function signInTwice(config: AuthConfig) {
  const auth = createAuth(config);
  const laptop = ask(await signIn(auth, { "user-agent": "Laptop" }));
  vi.setSystemTime(START + 60_000);
  const phone = ask(await signIn(auth, { "user-agent": "Phone" }));
  const { user } = required(await auth.getSession(laptop));
  return { laptop, phone, userId: user.id, revokeSession: (id: string) => auth.sessions.revokeSession(id) };
}
