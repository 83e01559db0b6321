/** The claims of the app are typed in the browser, from the server's `auth` by its type alone. */
import { expectTypeOf, test } from "vitest";
import { type AuthClientError, createAuthClient } from "../../src/client/index.js";
import { createAuth, type Session } from "../../src/index.js";

const auth = createAuth({
  secret: "0123456789abcdef0123456789abcdef",
  callbacks: {
    jwt: (token) => ({ ...token, role: "admin" as "admin" | "user", teams: ["a"] }),
  },
});
const client = createAuthClient<typeof auth>();

test("a claim that `callbacks.jwt` returns is typed in the snapshot and in results", async () => {
  const { session } = client.getSnapshot();
  expectTypeOf(session).toEqualTypeOf<Awaited<ReturnType<typeof auth.getSession>>>();
  expectTypeOf(session?.role).toEqualTypeOf<"admin" | "user" | undefined>();
  expectTypeOf(session?.teams).toEqualTypeOf<string[] | undefined>();
  expectTypeOf((await client.refreshSession()).session?.role).toEqualTypeOf<"admin" | "user" | undefined>();
  // @ts-expect-error no callback returns such a claim
  session?.rank;
});

test("`initialSession` is the server's own session", async () => {
  const initialSession = await auth.getSession(new Request("http://localhost"));
  createAuthClient<typeof auth>({ initialSession });
  // @ts-expect-error the claims are missing
  createAuthClient<typeof auth>({ initialSession: { id: "s", type: "t", user: { id: "u" }, expires: "" } });
});

test("without a type argument the session has the fixed fields", () => {
  expectTypeOf(createAuthClient().getSnapshot().session).toEqualTypeOf<Session | null>();
});

test("`error` tells success from failure", async () => {
  const { sessions, error } = await client.listSessions();
  expectTypeOf(error).toEqualTypeOf<AuthClientError | null>();
  if (error) expectTypeOf(sessions).toEqualTypeOf<undefined>();
  else expectTypeOf(sessions[0]?.current).toEqualTypeOf<boolean | undefined>();
  const result = await client.signIn("password", { email: "a@example.com", password: "p" });
  if (!result.error) expectTypeOf(result.session?.role).toEqualTypeOf<"admin" | "user" | undefined>();
});

test("B70: no option takes a secret", () => {
  // @ts-expect-error a secret has no business in a browser
  createAuthClient({ secret: "0123456789abcdef0123456789abcdef" });
});
