/**
 * Somebody has got past every check with the address of somebody else, and is about to write what gives them access, when its owner
 * proves the mailbox (R-O7): it comes too late. Step by step, where `oauth-pre-hijack.test.ts` leaves it to chance.
 */
import { type Adapter, createId } from "@latchkey/core";
import { oidc } from "@latchkey/providers/oauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLIENT } from "../../packages/providers/test/oauth/hostile-provider.js";
import type { Method } from "../engine/adapters.js";
import { type App, cookiesOf, openApp, PASSWORD, requestFor } from "../engine/app.js";
import { countsIn, emailOf, isKindMissing, KINDS, type OAuthRace, openOAuthRace, stopWell } from "./oauth-race.js";

interface Way {
  name: string;
  /** What gives access. */
  call: Method;
  /** @returns the last request of the attacker */
  prepare(race: OAuthRace, app: App, subject: string): Promise<Request>;
}

const signUpOf = (subject: string) =>
  requestFor("POST /signup", { json: { email: emailOf(subject), password: PASSWORD } });

const WAYS: readonly Way[] = [
  {
    name: "a session by signing up",
    call: "createSession",
    prepare: async (_race, _app, subject) => signUpOf(subject),
  },
  {
    name: "a session by a provider that is not trusted",
    call: "createSession",
    async prepare(race, app, subject) {
      const first = await race.agree(app, "doubted-second", subject);
      await app.ask(first.route, first.sending);
      const { route, sending } = await race.agree(app, "doubted-second", subject);
      return requestFor(route, sending);
    },
  },
  {
    name: "an account by linking it",
    call: "createAccount",
    async prepare(race, app, subject) {
      const [linking = ""] = cookiesOf(await app.auth.handler(signUpOf(subject)));
      const { route, sending } = await race.agree(app, "second", createId().toLowerCase(), { linking });
      return requestFor(route, sending);
    },
  },
];

for (const kind of KINDS) {
  describe.skipIf(await isKindMissing(kind))(kind.name, () => {
    let race: OAuthRace;
    beforeAll(async () => {
      race = await openOAuthRace(kind, 0);
    });
    afterAll(() => stopWell(race));

    test.each(WAYS)("R-O7: $name that is about to be written when the owner proves the mailbox", async (way) => {
      const app = race.openApp({});
      const subject = createId().toLowerCase();
      const request = await way.prepare(race, app, subject);
      const { adapter, isHeld, release } = holding(app.adapter, way.call);
      const attacking = openBeside(race, adapter).auth.handler(request);
      await isHeld;

      const { route, sending } = await race.agree(app, "first", subject);
      const owner = await app.ask(route, sending);
      release();
      const attacked = await attacking;

      expect([owner.status, owner.headers.get("location")]).toEqual([303, "/"]);
      for (const cookie of cookiesOf(attacked)) expect(await app.isSignedIn(cookie)).toBe(false);
      expect(await countsIn(race.database, subject)).toEqual({ users: 1, accounts: 1, sessions: 1 });
    });
  });
}

/** The same app as another process has it. */
function openBeside(race: OAuthRace, adapter: Adapter): App {
  const providers = (["second", "doubted-second"] as const).map((id) =>
    oidc({ id, issuer: race.serverOf(id).issuer, trustEmail: id === "second", ...CLIENT }),
  );
  return openApp({ adapter, config: { providers, clock: race.now, hooks: { onError: () => {} } } });
}

/** The adapter, whose first call of a method waits to be released before it does its work. */
function holding(adapter: Adapter, method: Method) {
  let tellHeld = () => {};
  let release = () => {};
  const isHeld = new Promise<void>((resolve) => (tellHeld = resolve));
  const isReleased = new Promise<void>((resolve) => (release = resolve));
  const held = new Proxy(adapter, {
    get(target, name: Method) {
      const run = (target[name] as (...args: unknown[]) => Promise<unknown>).bind(target);
      if (name !== method) return run;
      return async (...args: unknown[]) => {
        tellHeld();
        await isReleased;
        return run(...args);
      };
    },
  });
  return { adapter: held, isHeld, release };
}
