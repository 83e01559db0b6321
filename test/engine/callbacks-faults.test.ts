/** The app's own functions throwing, rejecting, hanging or answering nonsense, in every flow in which they run (F-26). */
import { type AuthConfig, type AuthError, type Callbacks, DEFAULTS, type Hooks } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type App,
  addPerson,
  cookiesOf,
  openApp,
  outcomeOf,
  PASSWORD,
  STRATEGIES,
  type StrategyName,
  weakPassword,
} from "./app.js";
import { OPERATIONS, type Operation, type Scene, setScene, signIn } from "./operations.js";
import { expectNoSecret } from "./secrets.js";

const provider = weakPassword();
const CANARY = "canary-in-driver-message";

const rejections: unknown[] = [];
const countRejection = (reason: unknown) => rejections.push(reason);
beforeAll(() => void process.on("unhandledRejection", countRejection));
afterAll(() => void process.off("unhandledRejection", countRejection));
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Ways of a function of the app to go wrong. */
const FAULTS = {
  throws: () => {
    throw new Error(CANARY);
  },
  rejects: () => Promise.reject(new Error(CANARY)),
  "throws what is no error": () => {
    throw CANARY;
  },
  hangs: () => new Promise<never>(() => {}),
} as const;
type FaultName = keyof typeof FAULTS;
const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** Which functions run in which operation. */
const CALLBACKS: Record<keyof Callbacks, readonly string[]> = {
  user: ["sign-up", "sign-in", "sign-in in place of a session"],
  jwt: ["sign-up", "sign-in", "sign-in in place of a session", "renewal", "refresh", "password change"],
  session: ["sign-up", "sign-in", "sign-in in place of a session", "read", "renewal", "refresh"],
};
/** Linking is of providers elsewhere; their package tests it. */
type OtherHooks = "onError" | "onCookieRejected" | "onSignInFailed" | "onAccountLinked" | "onAccountUnlinked";
const HOOKS: Record<Exclude<keyof Hooks, OtherHooks>, readonly string[]> = {
  beforeSignUp: ["sign-up"],
  beforeSignIn: ["sign-up", "sign-in", "sign-in in place of a session"],
  beforeSignOut: ["sign-out"],
  onSignUp: ["sign-up"],
  onSignIn: ["sign-up", "sign-in", "sign-in in place of a session"],
  onSignOut: ["sign-out"],
  onSessionRenewed: ["renewal", "refresh"],
  onSessionRevoked: [
    "sign-in in place of a session",
    "revocation of one",
    "revocation of the others",
    "password change",
  ],
  onPasswordChanged: ["password change"],
};

const cases = [
  ...Object.entries(CALLBACKS).map(([name, flows]) => ({ kind: "callbacks" as const, name, flows })),
  ...Object.entries(HOOKS).map(([name, flows]) => ({ kind: "hooks" as const, name, flows })),
].flatMap(({ kind, name, flows }) => flows.map((flow) => ({ kind, name, flow, title: `${kind}.${name} in ${flow}` })));

describe.each(["jwt", "database"] as StrategyName[])("%s", (strategy) => {
  describe.each(cases)("F-26: $title", ({ kind, name, flow }) => {
    test.each(FAULT_NAMES)("that %s fails the request, once, closed", async (fault) => {
      const { app, errors, setFault } = openFaultyApp(strategy, kind, name);
      const operation = operationNamed(flow);
      const scene = await setScene(app, operation);
      const rows = await rowsOf(app, scene);
      setFault(FAULTS[fault]);

      const answer = await settled(operation.run(app, scene));

      setFault(null);
      expect(await outcomeOf(answer)).toBe("500 callback_failed");
      // What was done stays done, and then the browser has to know: its session ended, or has a new token.
      const isTold = name === "onPasswordChanged" || (name === "onSessionRevoked" && flow === "password change");
      const changesCookie = name.endsWith("SignOut") || isTold;
      expect(answer.headers.getSetCookie()).toHaveLength(changesCookie ? 1 : 0);
      for (const cookie of cookiesOf(answer)) expect(await app.isSignedIn(cookie)).toBe(true);
      expect(errors.map(({ code }) => code)).toEqual(["callback_failed"]);
      expect(errors[0]?.message).toContain(`${kind}.${name}`);
      expectNoSecret([await answer.text(), ...errors.map(({ message }) => message)], [scene.cookie], fault);
      await expectNoPartialSession(app, scene, operation, rows);
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  const shapes = [
    { name: "user", flow: "sign-in", values: [42, "user", true, ["id"], null, undefined] },
    { name: "jwt", flow: "sign-in", values: [42, "claims", true, ["role"]] },
    { name: "jwt", flow: "refresh", values: [42, "claims", true, ["role"]] },
    { name: "session", flow: "sign-in", values: [42, "session", true, ["id"]] },
    { name: "session", flow: "read", values: [42, "session", true, ["id"]] },
  ].flatMap(({ name, flow, values }) =>
    values.map((value) => ({ name, flow, value, title: `callbacks.${name} in ${flow}` })),
  );
  test.each(shapes)("F-26: $title that returns $value fails", async ({ name, flow, value }) => {
    const { app, errors, setFault } = openFaultyApp(strategy, "callbacks", name);
    const operation = operationNamed(flow);
    const scene = await setScene(app, operation);
    const rows = await rowsOf(app, scene);
    setFault(() => value);

    const answer = await settled(operation.run(app, scene));

    setFault(null);
    expect(await outcomeOf(answer)).toBe("500 callback_failed");
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(errors.map(({ code }) => code)).toEqual(["callback_failed"]);
    await expectNoPartialSession(app, scene, operation, rows);
  });

  const badUsers: readonly object[] = [{}, { id: "" }, { id: 42 }, { id: null }, { email: "ann@example.com" }];
  test.each(badUsers)("F-26: callbacks.user that returns %j starts no session", async (user) => {
    const { app, setFault } = openFaultyApp(strategy, "callbacks", "user");
    const { email, id } = await addPerson(app.adapter);
    setFault(() => user);

    const answer = await signIn(app, email, PASSWORD);

    expect(await outcomeOf(answer)).toBe("500 callback_failed");
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await app.adapter.listSessions(id, new Date(0))).toEqual([]);
  });

  const badExpiries: readonly unknown[] = [0, -1, Number.NaN, "soon", null, Number.NEGATIVE_INFINITY, {}];
  test.each(badExpiries)("F-26: callbacks.jwt that sets exp to %s starts no session", async (exp) => {
    const { app, setFault } = openFaultyApp(strategy, "callbacks", "jwt");
    const { email, id } = await addPerson(app.adapter);
    setFault((token) => ({ ...(token as object), exp }));

    expect(await outcomeOf(await signIn(app, email, PASSWORD))).toBe("500 callback_failed");
    expect(await app.adapter.listSessions(id, new Date(0))).toEqual([]);
  });

  test("F-26: onSignInFailed that throws changes 401 to 500, never to a session", async () => {
    const { app, errors, setFault } = openFaultyApp(strategy, "hooks", "onSignInFailed");
    const { email, id } = await addPerson(app.adapter);
    setFault(FAULTS.throws);

    const answer = await signIn(app, email, "not the right one");

    expect(await outcomeOf(answer)).toBe("500 callback_failed");
    expect(errors.map(({ code }) => code)).toEqual(["callback_failed"]);
    expect(await app.adapter.listSessions(id, new Date(0))).toEqual([]);
  });

  test("F-26: onCookieRejected that throws signs nobody in and clears nothing", async () => {
    const { app, setFault } = openFaultyApp(strategy, "hooks", "onCookieRejected");
    const cookies = [await app.start(await addPerson(app.adapter)), await app.start(await addPerson(app.adapter))];
    setFault(FAULTS.throws);

    const answer = await app.ask("GET /session", { cookie: cookies.join("; ") });

    expect(await outcomeOf(answer)).toBe("500 callback_failed");
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test.each(FAULT_NAMES)("F-26: onError that %s is harmless; error and failure go to the log", async (fault) => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(line));
    const hooks: Hooks = { onError: FAULTS[fault], onSignIn: FAULTS.throws };
    const app = openApp({ adapter: memoryAdapter(), session: STRATEGIES[strategy], provider, config: { hooks } });
    const { email } = await addPerson(app.adapter);

    const answer = await settled(signIn(app, email, PASSWORD));

    log.mockRestore();
    expect(await outcomeOf(answer)).toBe("500 callback_failed");
    expect(lines.map((line) => /hooks\.\w+/.exec(line)?.[0])).toEqual(["hooks.onSignIn", "hooks.onError"]);
    expectNoSecret(lines, [], fault);
  });
});

test("R-L5: no rejection went unhandled", () => expect(rejections).toEqual([]));

/** An app whose one function can be made to fail, and which does nothing until then. */
function openFaultyApp(strategy: StrategyName, kind: "callbacks" | "hooks", name: string) {
  const errors: AuthError[] = [];
  let fault: ((argument: unknown) => unknown) | null = null;
  // `user` has to return somebody; the others may return nothing.
  const fallback = (argument: unknown) => (name === "user" ? argument : undefined);
  const own = { [name]: (argument: unknown) => (fault ?? fallback)(argument) };
  const config: Partial<AuthConfig> = {
    callbacks: kind === "callbacks" ? own : {},
    hooks: { onError: (error) => void errors.push(error), ...(kind === "hooks" ? own : {}) },
  };
  const app = openApp({ adapter: memoryAdapter(), session: STRATEGIES[strategy], provider, config });
  const setFault = (next: typeof fault) => {
    fault = next;
  };
  return { app, errors, setFault };
}

/** The answer, for which nobody waits longer than the deadline of a callback. */
async function settled(answering: Promise<Response>): Promise<Response> {
  let isAnswered = false;
  const answer = answering.finally(() => {
    isAnswered = true;
  });
  // Hashes take real time between two callbacks, so time moves in steps until the answer is there.
  while (!isAnswered) {
    await vi.advanceTimersByTimeAsync(DEFAULTS.callbackTimeout * 1000);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return answer;
}

/** Ids of the sessions of the people of a scene; the user of a sign-up is new. */
async function rowsOf(app: App, { person, newEmail }: Scene): Promise<string[]> {
  const newcomer = await app.adapter.getUserByEmail(newEmail);
  const ids = [person.id, ...(newcomer ? [newcomer.id] : [])];
  const sessions = await Promise.all(ids.map((id) => app.adapter.listSessions(id, new Date(0))));
  return sessions.flat().map(({ id }) => id);
}

/** No session but one that takes the place of another; and those that were there and were not to end are there. */
async function expectNoPartialSession(app: App, scene: Scene, operation: Operation, before: string[]): Promise<void> {
  const after = await rowsOf(app, scene);
  const isRotated = operation.name === "password change" && after.length === 1;
  if (!isRotated) expect(after.filter((id) => !before.includes(id))).toEqual([]);
  // What replaces or ends sessions may have ended them before a hook was told: a revocation that was done stays done.
  if (operation.ends || operation.endsOther) return;
  expect(after).toEqual(before);
  expect(await app.isSignedIn(scene.cookie)).toBe(true);
}

function operationNamed(name: string): Operation {
  const operation = OPERATIONS.find((known) => known.name === name);
  if (operation === undefined) throw new Error(`no operation ${name}`);
  return operation;
}
