import { AuthError, isAuthError } from "@latchkey/core";
import { describe, expect, test } from "vitest";
import {
  accountOf,
  atOnce,
  cookieOf,
  EMAIL,
  failing,
  openApp,
  outcomeOf,
  outcomesOf,
  PASSWORD,
  quiet,
  recording,
} from "./app.js";

describe("POST /signup", () => {
  test("S1.93: answers 201 with a public session and its cookie", async () => {
    const { auth, signUp } = openApp();
    const answer = await signUp({ email: " Ann@Example.COM ", name: "  Ann Lee " });
    expect(answer.status).toBe(201);
    const { session } = (await answer.json()) as { session: object };
    expect(session).toMatchObject({ type: "password", user: { email: EMAIL, name: "Ann Lee", picture: null } });
    const request = new Request("https://app.test/", { headers: { cookie: cookieOf(answer) } });
    expect(await auth.getSession(request)).toEqual(session);
  });

  test("B11: no answer and no event holds the token, the password or its hash", async () => {
    const events: unknown[] = [];
    const hook = (event: unknown) => void events.push(event);
    const { adapter, signIn, signUp } = openApp({
      config: { hooks: { onSignUp: hook, onSignIn: hook, onSignInFailed: hook } },
    });
    const answers = [await signUp(), await signIn(), await signIn({ password: "another password" })];
    const { account } = await accountOf(adapter);
    const token = cookieOf(answers[0] as Response).split("=")[1] as string;
    const told = (await Promise.all(answers.map((answer) => answer.text()))).join() + JSON.stringify(events);
    for (const secret of [PASSWORD, "another password", token, account.passwordHash])
      expect(told).not.toContain(secret);
    expect(events).toHaveLength(4);
  });

  test("B44: the hash is in its own column of an account that names the user", async () => {
    const { adapter, signUp } = openApp();
    await signUp();
    const { user, account } = await accountOf(adapter);
    expect(user).toMatchObject({ email: EMAIL, emailVerified: false, name: null });
    expect(account).toMatchObject({
      provider: "password",
      providerAccountId: user.id,
      userId: user.id,
      accessToken: null,
    });
    expect(account.passwordHash).toMatch(/^\$argon2id\$/);
  });

  test("S1.93: a taken address is 409, however it is spelled, and nothing of the account changes", async () => {
    const { adapter, signUp } = openApp();
    await signUp();
    const before = await accountOf(adapter);
    expect(await outcomeOf(await signUp({ email: "ANN@example.com", password: "another password" }))).toBe(
      "409 user_exists",
    );
    expect(await accountOf(adapter)).toEqual(before);
  });

  test("F-8: of 20 sign-ups at once with one address, one is answered 201 and the others 409", async () => {
    const { signUp } = openApp();
    expect(await outcomesOf(await atOnce(20, () => signUp()))).toEqual({ "201": 1, "409 user_exists": 19 });
  });

  test("F-1, B43: user and account are added by one call; when it fails, neither is there and a retry works", async () => {
    let isDown = true;
    const { adapter, calls } = recording(failing(openApp().adapter, "createUserWithAccount", () => isDown));
    const { signUp } = openApp({ adapter, config: quiet });
    expect(await outcomeOf(await signUp())).toBe("503 unavailable");
    expect(await adapter.getUserByEmail(EMAIL)).toBeNull();
    isDown = false;
    calls.length = 0;
    expect((await signUp()).status).toBe(201);
    expect(calls).not.toContain("createUser");
    expect(calls).not.toContain("createAccount");
    expect(calls.filter((name) => name === "createUserWithAccount")).toHaveLength(1);
  });

  test("R-S3: signing up with a session ends that session", async () => {
    const { post, signUp } = openApp();
    const first = cookieOf(await signUp());
    const second = cookieOf(await signUp({ email: "bob@example.com" }, { cookie: first }));
    expect(second).not.toBe(first);
    expect((await post("/signout", {}, { cookie: second })).status).toBe(200);
    expect(await (await post("/signout", {}, { cookie: first })).json()).toMatchObject({ revoked: false });
  });
});

describe("R-A12: e-mail addresses", () => {
  test.each<[unknown, string]>([
    // sent                                why it is refused
    ["ann@example.com@evil.test", "two @"],
    ["ann@example.com＠evil.test", "two @, one of them fullwidth"],
    ["ann", "no @"],
    ["@example.com", "no local part"],
    ["ann@", "no domain"],
    ["ann@localhost", "no dot in the domain"],
    ["ann@example.com,bob@example.com", "a list"],
    ["ann@example.com;bob@example.com", "a list"],
    ["ann@example.com bob@example.com", "a list"],
    ["ann@example.com\r\nBcc: bob@example.com", "a header"],
    ["ann\u0000@example.com", "NUL"],
    ["ann\u001b[2J@example.com", "a terminal sequence"],
    ['"ann lee"@example.com', "a quoted local part"],
    ["Ann <ann@example.com>", "a display name"],
    ["ann(comment)@example.com", "a comment"],
    ["ann..lee@example.com", "an empty atom"],
    [".ann@example.com", "an empty atom"],
    ["ann@-example.com", "a label that starts with a hyphen"],
    ["ann@[127.0.0.1]", "an address literal"],
    ["ann\ud800@example.com", "a lone surrogate"],
    [["ann@example.com"], "an array"],
    [{ toString: "ann@example.com" }, "an object"],
    [null, "null"],
  ])("%j is refused: %s", async (email) => {
    const { adapter, calls } = recording(openApp().adapter);
    const { signIn, signUp } = openApp({ adapter });
    expect(await outcomeOf(await signUp({ email }))).toBe("400 request_invalid");
    expect(await outcomeOf(await signIn({ email }))).toBe("400 request_invalid");
    expect(calls).toEqual([]);
  });

  test.each([
    // signed up           signs in
    ["ann＠example.com", "ann@example.com"],
    ["ＡＮＮ@example.com", "ann@example.com"],
    ["ann@example.com", "ann@EXAMPLE.com"],
    ["jose\u0301@example.com", "jos\u00e9@example.com"],
  ])("%j and %j are one account", async (email, other) => {
    const { signIn, signUp } = openApp();
    expect((await signUp({ email })).status).toBe(201);
    expect((await signIn({ email: other })).status).toBe(200);
    expect(await outcomeOf(await signUp({ email: other }))).toBe("409 user_exists");
  });
});

test("R-A12: an address of 254 characters is accepted, a longer one is not", async () => {
  const { signUp } = openApp();
  const addressOf = (length: number) => `${"a".repeat(length - "@example.com".length)}@example.com`;
  expect(await outcomeOf(await signUp({ email: addressOf(254) }))).toBe("201");
  expect(await outcomeOf(await signUp({ email: addressOf(255) }))).toBe("400 request_invalid");
});

describe("names", () => {
  test.each([
    ["  Zoë  ", "Zoë"],
    ["", null],
    ["   ", null],
    ["👩‍👩‍👧", "👩‍👩‍👧"],
  ])("%j is kept as %j", async (name, kept) => {
    const { adapter, signUp } = openApp();
    expect((await signUp({ name })).status).toBe(201);
    expect((await accountOf(adapter)).user.name).toBe(kept);
  });

  test.each([["a\r\nb"], ["a\u0000b"], ["a\u001b[2Jb"], ["a\u2028b"], ["\ud800"], [42], [null], [["a"]], [{}]])(
    "R-L2: %j is refused",
    async (name) => {
      const { adapter, signUp } = openApp();
      expect(await outcomeOf(await signUp({ name }))).toBe("400 request_invalid");
      expect(await adapter.getUserByEmail(EMAIL)).toBeNull();
    },
  );
});

test("a name of 200 code points is kept, a longer one is refused", async () => {
  const { adapter, signUp } = openApp();
  expect(await outcomeOf(await signUp({ name: "😀".repeat(201) }))).toBe("400 request_invalid");
  expect(await outcomeOf(await signUp({ name: "😀".repeat(200) }))).toBe("201");
  expect((await accountOf(adapter)).user.name).toBe("😀".repeat(200));
});

describe("B37: malformed bodies", () => {
  test.each([
    ["", "nothing"],
    ["{", "no JSON"],
    ["null", "null"],
    ["[]", "an array"],
    [`{"__proto__":{"email":"${EMAIL}","password":"${PASSWORD}"}}`, "the fields in __proto__"],
    [`{"email":"${EMAIL}","password":"${PASSWORD}","__proto__":{"disabledAt":null}}`, "__proto__ beside the fields"],
    [`{"constructor":{"prototype":{"email":"${EMAIL}"}},"password":"${PASSWORD}"}`, "constructor"],
  ])("%s is refused: %s", async (body) => {
    const { adapter, calls } = recording(openApp().adapter);
    const { send } = openApp({ adapter });
    for (const path of ["/signup", "/signin/password"])
      expect(await outcomeOf(await send(path, body))).toBe("400 request_invalid");
    expect(calls).toEqual([]);
    expect(({} as { email?: string }).email).toBeUndefined();
  });

  test("fields that the route does not know change nothing of the user", async () => {
    const { adapter, signUp } = openApp();
    await signUp({ id: "admin", emailVerified: true, role: "admin", disabledAt: null });
    const { user } = await accountOf(adapter);
    expect(user).toMatchObject({ emailVerified: false });
    expect(user.id).not.toBe("admin");
    expect(user).not.toHaveProperty("role");
  });

  test("R-A1: a body of 10 MB is 413, before anything is parsed or hashed", async () => {
    const { adapter, calls } = recording(openApp().adapter);
    const { send } = openApp({ adapter });
    const body = JSON.stringify({ email: EMAIL, password: "x".repeat(10 * 1024 * 1024) });
    expect(await outcomeOf(await send("/signup", body))).toBe("413 payload_too_large");
    expect(await outcomeOf(await send("/signin/password", body))).toBe("413 payload_too_large");
    expect(calls).toEqual([]);
  });
});

test("a provider without an adapter is refused at start", () => {
  let thrown: unknown;
  try {
    openApp({ config: { adapter: undefined } as never });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AuthError);
  expect(isAuthError(thrown, "config_invalid")).toBe(true);
});
