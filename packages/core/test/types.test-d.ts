/** The types that an app sees: claims flow from its callbacks to every session that it reads, with no augmentation. */
import {
  type Auth,
  type AuthConfig,
  type AuthenticateResult,
  authenticate,
  type Claims,
  type CookieOptions,
  clearSessionCookie,
  createAuth,
  createSessionCookie,
  getSession,
  type MaybePromise,
  type RenewedSession,
  type Session,
  type SessionManager,
  type SessionOptions,
  type SessionUser,
  signOut,
} from "@latchkey/core";
import { createAuthClient } from "@latchkey/core/client";
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expectTypeOf, test } from "vitest";

declare const request: Request;
const secret = "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2";

interface Role {
  role: "admin" | "member";
}

const config = {
  secret,
  adapter: memoryAdapter(),
  callbacks: {
    jwt: async (): Promise<Role> => ({ role: "admin" }),
    session: (session: Session & Claims) => ({ ...session, theme: "dark" as const, count: 1 }),
  },
} satisfies AuthConfig;
const auth = createAuth(config);

/** Every way to a session, named by how one gets there. */
async function read() {
  const result = await auth.authenticate(request);
  const { session: renewed } = await auth.renewSession(request);
  return {
    method: await auth.getSession(request),
    byAuth: await getSession(request, auth),
    byConfig: await getSession(request, config),
    authenticated: result.session ?? null,
    byFunction: (await authenticate(auth, request)).session ?? null,
    byFunctionAndConfig: (await authenticate(config, request)).session ?? null,
    renewed,
    inBrowser: createAuthClient<typeof auth>().getSnapshot().session,
  };
}

type Reads = Awaited<ReturnType<typeof read>>;
type Read = { [K in keyof Reads]: NonNullable<Reads[K]> };

describe("claims returned by callbacks are typed wherever a session is read", () => {
  test("every way of reading yields null or a session", () => {
    expectTypeOf<null>().toExtend<Reads["method"]>();
    expectTypeOf<null>().toExtend<Reads["byAuth"]>();
    expectTypeOf<null>().toExtend<Reads["byConfig"]>();
    expectTypeOf<null>().toExtend<Reads["renewed"]>();
    expectTypeOf<Read[keyof Read]>().toExtend<Session>();
  });

  test("callbacks.jwt: role", () => {
    expectTypeOf<Read["method"]["role"]>().toEqualTypeOf<"admin" | "member">();
    expectTypeOf<Read["byAuth"]["role"]>().toEqualTypeOf<"admin" | "member">();
    expectTypeOf<Read["byConfig"]["role"]>().toEqualTypeOf<"admin" | "member">();
    expectTypeOf<Read["authenticated"]["role"]>().toEqualTypeOf<"admin" | "member">();
    expectTypeOf<Read["byFunction"]["role"]>().toEqualTypeOf<"admin" | "member">();
    expectTypeOf<Read["byFunctionAndConfig"]["role"]>().toEqualTypeOf<"admin" | "member">();
    expectTypeOf<Read["renewed"]["role"]>().toEqualTypeOf<"admin" | "member">();
    expectTypeOf<Read["inBrowser"]["role"]>().toEqualTypeOf<"admin" | "member">();
  });

  test("callbacks.session: theme and count", () => {
    expectTypeOf<Read["method"]["theme"]>().toEqualTypeOf<"dark">();
    expectTypeOf<Read["method"]["count"]>().toEqualTypeOf<number>();
    expectTypeOf<Read["byAuth"]["theme"]>().toEqualTypeOf<"dark">();
    expectTypeOf<Read["byConfig"]["theme"]>().toEqualTypeOf<"dark">();
    expectTypeOf<Read["authenticated"]["theme"]>().toEqualTypeOf<"dark">();
  });

  test("the fixed fields keep their types beside them", () => {
    expectTypeOf<Read["method"]["expires"]>().toEqualTypeOf<string>();
    expectTypeOf<Read["method"]["user"]>().toEqualTypeOf<SessionUser>();
  });

  test("what nobody returned is not there", () => {
    // @ts-expect-error: no callback adds it
    expectTypeOf<Read["method"]["rôle"]>();
    // @ts-expect-error: no callback adds it
    expectTypeOf<Read["byConfig"]["permissions"]>();
  });

  test("AuthenticateResult carries the session of the app", () => {
    type Result = Awaited<ReturnType<typeof auth.authenticate>>;
    expectTypeOf<Result>().toEqualTypeOf<AuthenticateResult<Read["method"]>>();
    expectTypeOf<Result["error"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Result["cookies"]>().toEqualTypeOf<string[] | undefined>();
    expectTypeOf(auth.renewSession).returns.toEqualTypeOf<MaybePromise<RenewedSession<Read["method"]>>>();
  });
});

describe("callbacks as S0 writes them", () => {
  const written = createAuth({
    secret,
    callbacks: {
      jwt(token) {
        expectTypeOf(token.sub).toEqualTypeOf<string>();
        expectTypeOf(token.exp).toEqualTypeOf<number>();
        expectTypeOf(token.role).toEqualTypeOf<unknown>();
        token.role = "admin";
        return token;
      },
      session(session) {
        expectTypeOf(session.user).toEqualTypeOf<SessionUser>();
        session.preferences = { theme: "dark" };
        return session;
      },
      async user(profile, { provider }) {
        expectTypeOf(profile).toEqualTypeOf<SessionUser>();
        expectTypeOf(provider).toEqualTypeOf<string>();
        return { ...profile, id: "ours" };
      },
    },
  });

  test("claims added by assignment are there, unknown until the app narrows them", async () => {
    const session = await written.getSession(request);
    expectTypeOf(session).not.toBeNever();
    if (session === null) return;
    expectTypeOf(session.role).toEqualTypeOf<unknown>();
    expectTypeOf(session.preferences).toEqualTypeOf<unknown>();
    expectTypeOf(session.user.id).toEqualTypeOf<string>();
  });

  test("a callback that returns nothing is accepted", () => {
    createAuth({ secret, callbacks: { jwt: () => {}, session: async () => {} } });
    // @ts-expect-error: claims are an object
    createAuth({ secret, callbacks: { jwt: () => "admin" } });
    // @ts-expect-error: a user has an id
    createAuth({ secret, callbacks: { user: () => ({ email: "user@example.com" }) } });
  });

  test("claims that the engine writes keep their type, whatever a callback returns", async () => {
    const { getSession } = createAuth({
      secret,
      callbacks: { jwt: () => ({ exp: 1, sub: "x", expires: 5, id: 7, role: "a" }) },
    });
    const session = await getSession(request);
    if (session === null) return;
    expectTypeOf(session.id).toEqualTypeOf<string>();
    expectTypeOf(session.expires).toEqualTypeOf<string>();
    expectTypeOf(session.role).toEqualTypeOf<string>();
    // @ts-expect-error: `sub` stands in the token, not in the session
    session.sub;
  });
});

describe("a session without claims", () => {
  test("it has the fixed fields and no others", async () => {
    const plain = createAuth({ secret });
    expectTypeOf(plain).toExtend<Auth>();
    const session = await plain.getSession(request);
    expectTypeOf(session).toEqualTypeOf<Session | null>();
    // @ts-expect-error: no callback adds it
    session?.role;
  });

  test("read by a secret, other properties are unknown, not any", async () => {
    const session = await getSession(request, secret);
    if (session === null) return;
    expectTypeOf(session.role).toEqualTypeOf<unknown>();
    expectTypeOf(session.user.id).toEqualTypeOf<string>();
    expectTypeOf(session.expires).toEqualTypeOf<string>();
  });

  test("read by a config of which only the type is known, other properties are unknown", async () => {
    const session = await getSession(request, { secret } as AuthConfig);
    expectTypeOf(session?.role).toEqualTypeOf<unknown>();
  });

  test("the records are of S1's shape, and hold no token", async () => {
    const found = await auth.sessions.getSession(request);
    if (found === null) return;
    expectTypeOf(found.session.expires).toEqualTypeOf<Date>();
    expectTypeOf(found.session.userId).toEqualTypeOf<string>();
    // @ts-expect-error: only createSession returns it, once
    found.session.token;
    const created = await auth.sessions.createSession("user-123", request);
    expectTypeOf(created.session.token).toEqualTypeOf<string>();
  });
});

describe("createSessionCookie", () => {
  test("it accepts S0's hand-made session, and returns a string without a wait", () => {
    const session = {
      user: { id: "user-123", email: "user@example.com", name: "John Doe" },
      expires: new Date().toISOString(),
    };
    expectTypeOf(createSessionCookie(session, secret)).toEqualTypeOf<string>();
    expectTypeOf(createSessionCookie({ ...session, expires: new Date() }, auth)).toEqualTypeOf<string>();
    expectTypeOf(clearSessionCookie()).toEqualTypeOf<string>();
  });

  test("it accepts every session that was read, as it is and with a later end", () => {
    const accept = (read: Read, plain: Session, byName: Session & Claims) => {
      createSessionCookie(read.method, auth);
      createSessionCookie(read.byConfig, config);
      createSessionCookie(read.authenticated, secret);
      createSessionCookie({ ...read.method, expires: new Date().toISOString() }, secret);
      createSessionCookie(byName, [secret]);
      createSessionCookie(plain, secret);
    };
    expectTypeOf(accept).toBeFunction();
  });

  test("it refuses what is no session", () => {
    const refuse = () => {
      // @ts-expect-error: no end
      createSessionCookie({ user: { id: "user-123" } }, secret);
      // @ts-expect-error: no user
      createSessionCookie({ expires: new Date() }, secret);
      // @ts-expect-error: a user without an id
      createSessionCookie({ user: { email: "user@example.com" }, expires: new Date() }, secret);
      // @ts-expect-error: a number is no date
      createSessionCookie({ user: { id: "user-123" }, expires: 1712181600 }, secret);
      // @ts-expect-error: there may be none
      createSessionCookie(null, secret);
    };
    expectTypeOf(refuse).toBeFunction();
  });
});

describe("options", () => {
  test("cookies that browsers keep compile", () => {
    expectTypeOf<{ prefix: "host" }>().toExtend<CookieOptions>();
    expectTypeOf<{ prefix: "host"; secure: true; path: "/" }>().toExtend<CookieOptions>();
    expectTypeOf<{ prefix: "secure"; domain: string; path: "/app" }>().toExtend<CookieOptions>();
    expectTypeOf<{ sameSite: "none"; secure: true }>().toExtend<CookieOptions>();
    expectTypeOf<{ sameSite: "none"; prefix: "host" }>().toExtend<CookieOptions>();
    expectTypeOf<{ sameSite: "strict"; secure: false; domain: string }>().toExtend<CookieOptions>();
  });

  test("cookies that browsers refuse do not", () => {
    const refused: SessionOptions[] = [
      // @ts-expect-error: __Host- has no domain (RFC 6265bis §4.1.3.2)
      { cookieOptions: { prefix: "host", domain: "app.example" } },
      // @ts-expect-error: __Host- has path "/"
      { cookieOptions: { prefix: "host", path: "/app" } },
      // @ts-expect-error: __Host- is Secure
      { cookieOptions: { prefix: "host", secure: false } },
      // @ts-expect-error: __Secure- is Secure (RFC 6265bis §4.1.3.1)
      { cookieOptions: { prefix: "secure", secure: false } },
      // @ts-expect-error: SameSite=None is Secure (RFC 6265bis §5.7)
      { cookieOptions: { sameSite: "none", secure: false } },
      // @ts-expect-error: a name of ours, not of the attribute
      { cookieOptions: { sameSite: "Lax" } },
    ];
    expectTypeOf(refused).toBeArray();
    // @ts-expect-error: also where the config is written in place
    createAuth({ secret, session: { cookieOptions: { prefix: "host", domain: "app.example" } } });
    // @ts-expect-error: also where the config is written in place
    createAuth({ secret, session: { cookieOptions: { sameSite: "none", secure: false } } });
  });

  test("unknown session options and a missing secret do not compile", () => {
    // @ts-expect-error: the secret is required
    createAuth({});
    // @ts-expect-error: `expiresIn`
    createAuth({ secret, session: { maxAge: 3600 } });
    createAuth({ secret: [secret], session: { expiresIn: "1h", strategy: "jwt" } });
  });

  test("an Auth of any app is an Auth, a source for the functions, and has the manager", () => {
    expectTypeOf(auth).toExtend<Auth>();
    expectTypeOf(auth.sessions).toEqualTypeOf<SessionManager>();
    expectTypeOf(signOut(request, auth)).resolves.toHaveProperty("revoked");
  });
});
