/** Everything that the engine does with a database, each as one request of a browser that is signed in, or about to be. */
import type { Method } from "./adapters.js";
import {
  type App,
  addPerson,
  cookieOf,
  DAY_MS,
  NEW_PASSWORD,
  outcomeOf,
  PASSWORD,
  type Person,
  requestFor,
} from "./app.js";

/** Somebody with two devices. */
export interface Scene {
  person: Person;
  /** The browser that asks. */
  cookie: string;
  /** Another device of the same person. */
  other: string;
  /** Public id of the session of the other device. */
  otherId: string;
  /** An address that nobody has yet. */
  newEmail: string;
}

export interface Operation {
  name: string;
  /** Milliseconds that pass after the sign-in. */
  wait?: number;
  run(app: App, scene: Scene): Promise<Response>;
  /** What the same request may come to once the database is back. */
  retried: readonly string[];
  /** The call whose work ends the session of the browser that asks. */
  ends?: Method;
  /** The call whose failure leaves an answer that is whole: what was read is valid, and what was to be written can wait (F-29). */
  survives?: Method;
  /** True when the other device is out in the end. */
  endsOther?: true;
  /** The `Cookie` header with which somebody is signed in after the retry, where it is not the old one. */
  settle?(app: App, scene: Scene, retried: Response): Promise<string | null>;
}

export async function setScene(app: App, { wait = 0 }: Operation): Promise<Scene> {
  const person = await addPerson(app.adapter);
  const cookie = await app.start(person);
  const other = await app.start(person);
  const session = await app.auth.getSession(requestFor("GET /session", { cookie: other }));
  app.time.now += wait;
  return { person, cookie, other, otherId: session?.id ?? "", newEmail: `new-${person.email}` };
}

/** True when the calls that were done end the session of the browser that asks: its successor's token was on its way. */
export function endsSession({ ends }: Operation, done: readonly Method[]): boolean {
  return ends !== undefined && done.includes(ends);
}

/** Signs in, without a cookie unless one is given. */
export function signIn(app: App, email: string, password: string, cookie?: string): Promise<Response> {
  return app.ask("POST /signin/password", { cookie, json: { email, password } });
}

const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };

export const OPERATIONS: readonly Operation[] = [
  {
    name: "sign-up",
    run: (app, { newEmail }) => app.ask("POST /signup", { json: { email: newEmail, password: PASSWORD } }),
    // F-1: the user is there whole or not at all. One who is there signs in.
    retried: ["201", "409 user_exists"],
    settle: async (app, { newEmail }) => cookieOf(await signIn(app, newEmail, PASSWORD)),
  },
  {
    name: "sign-in",
    run: (app, { person }) => signIn(app, person.email, PASSWORD),
    retried: ["200"],
    settle: async (_app, _scene, retried) => cookieOf(retried),
  },
  {
    name: "sign-in in place of a session",
    run: (app, { person, cookie }) => signIn(app, person.email, PASSWORD, cookie),
    retried: ["200"],
    ends: "createSession",
    settle: async (_app, _scene, retried) => cookieOf(retried),
  },
  { name: "read", run: (app, { cookie }) => app.ask("GET /session", { cookie }), retried: ["200"] },
  {
    name: "renewal",
    wait: 2 * DAY_MS,
    survives: "updateSession",
    run: (app, { cookie }) => app.ask("GET /session", { cookie }),
    retried: ["200"],
  },
  {
    name: "refresh",
    wait: 60_000,
    run: (app, { cookie }) => app.ask("POST /session/refresh", { cookie }),
    retried: ["200"],
    settle: async (_app, _scene, retried) => cookieOf(retried),
  },
  { name: "list", run: (app, { cookie }) => app.ask("GET /sessions", { cookie }), retried: ["200"] },
  {
    name: "revocation of one",
    run: (app, { cookie, otherId }) => app.ask(`DELETE /sessions/${otherId}`, { cookie }),
    retried: ["200", "404 not_found"],
    endsOther: true,
  },
  {
    name: "revocation of the others",
    run: (app, { cookie }) => app.ask("POST /sessions/revoke-others", { cookie }),
    retried: ["200"],
    endsOther: true,
  },
  {
    name: "sign-out",
    run: (app, { cookie }) => app.ask("POST /signout", { cookie }),
    retried: ["200"],
    ends: "deleteSession",
    settle: async () => null,
  },
  {
    name: "password change",
    run: (app, { cookie }) => app.ask("POST /password/change", { cookie, json: change }),
    // The second and third when the change was done and the answer lost: the new password is what signs in now.
    retried: ["200", "401 invalid_credentials", "401"],
    ends: "replacePassword",
    endsOther: true,
    async settle(app, { person }) {
      const old = await outcomeOf(await signIn(app, person.email, PASSWORD));
      if (old !== "401 invalid_credentials") throw new Error(`the old password answers ${old}`);
      return cookieOf(await signIn(app, person.email, NEW_PASSWORD));
    },
  },
  {
    name: "clean-up",
    run: async (app) => {
      try {
        return Response.json({ removed: await app.auth.sessions.deleteExpired() });
      } catch (error) {
        return app.auth.errorResponse(error);
      }
    },
    retried: ["200"],
  },
];
