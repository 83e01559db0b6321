/** What an instance is doing when it dies. */
import type { Method } from "../engine/adapters.js";
import { type App, cookieOf, PASSWORD, requestFor } from "../engine/app.js";
import { OPERATIONS as ENGINE_OPERATIONS, type Operation, type Scene, signIn } from "../engine/operations.js";
import { OAUTH_OPERATIONS } from "./oauth-operations.js";

export interface CrashOperation extends Operation {
  /** The call whose work ends the session of the other device. */
  endsOtherBy?: Method;
  /** The call whose work adds a session, or puts one in the place of the asking one. */
  adds?: Method;
  /** True when it compares a password, and so counts an attempt on the account. */
  guesses?: true;
  /** True when asking again, from wherever, comes to the same successor (F-2). */
  renews?: true;
  /** What another instance does as soon as this call has done its work for the first time. */
  beside?: { after: Method; run(app: App, scene: Scene): Promise<Response> };
}

/** Settles by a new sign-in where the browser was signed out. */
const signInAnew: CrashOperation["settle"] = async (app, { person, cookie }, retried) =>
  (await app.isSignedIn(cookie)) ? cookieOf(retried) : cookieOf(await signIn(app, person.email, PASSWORD));

/** Operations of the engine's tests, and what of them the other device and the rows of sessions depend on. */
const FROM_ENGINE: Record<string, Pick<CrashOperation, "endsOtherBy" | "adds" | "guesses" | "renews">> = {
  "sign-up": {},
  "sign-in": { adds: "createSession", guesses: true },
  "sign-in in place of a session": { adds: "createSession", guesses: true },
  renewal: { renews: true },
  refresh: { renews: true },
  "revocation of one": { endsOtherBy: "deleteSession" },
  "revocation of the others": { endsOtherBy: "deleteUserSessions" },
  "sign-out": {},
  "password change": { endsOtherBy: "replacePassword", adds: "replacePassword", guesses: true },
};

export const CRASH_OPERATIONS: readonly CrashOperation[] = [
  ...Object.entries(FROM_ENGINE).map(([name, more]) => ({ ...engineOperation(name), ...more })),
  {
    name: "rotation",
    async run({ auth }, { cookie }) {
      const rotated = await auth.sessions.rotateSession(requestFor("POST /rotate", { cookie }));
      if (rotated === null) return Response.json({ session: null });
      return Response.json({ session: rotated.session.id }, { headers: { "set-cookie": rotated.cookie } });
    },
    retried: ["200"],
    ends: "updateSession",
    adds: "updateSession",
    settle: async (app, scene, retried) =>
      retried.headers.has("set-cookie") ? cookieOf(retried) : signInAnew(app, scene, retried),
  },
  {
    name: "revocation of all",
    run: async ({ auth }, { person }) => Response.json({ revoked: await auth.sessions.revokeUserSessions(person.id) }),
    retried: ["200"],
    ends: "deleteUserSessions",
    endsOther: true,
    endsOtherBy: "deleteUserSessions",
    settle: async () => null,
  },
  {
    name: "sign-in with a wrong password",
    run: (app, { person }) => signIn(app, person.email, "not the right one"),
    retried: ["401 invalid_credentials"],
    guesses: true,
  },
];

/** Name that a session has which began beside a change of the password. */
export const BESIDE = "beside";

/** A change of the password. Somebody who knows the old one signs in when it has just compared it. */
export const CHANGE_BESIDE_SIGN_IN: CrashOperation = {
  ...engineOperation("password change"),
  name: "password change beside a sign-in",
  beside: {
    after: "getAccount",
    run: (app, { person }) =>
      app.ask("POST /signin/password", {
        json: { email: person.email, password: PASSWORD },
        headers: { "user-agent": BESIDE },
      }),
  },
};

export function operationOf(name: string): CrashOperation {
  const all: readonly CrashOperation[] = [...CRASH_OPERATIONS, CHANGE_BESIDE_SIGN_IN, ...OAUTH_OPERATIONS];
  const operation = all.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`there is no operation ${name}`);
  return operation;
}

function engineOperation(name: string): Operation {
  const operation = ENGINE_OPERATIONS.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`the engine's tests have no operation ${name}`);
  return operation;
}
