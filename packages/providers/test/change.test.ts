import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test } from "vitest";
import { accountOf, atOnce, cookieOf, EMAIL, failing, openApp, outcomeOf, outcomesOf, PASSWORD, quiet } from "./app.js";

const NEW = "staple the battery";

function openChange(options: Parameters<typeof openApp>[0] = {}) {
  const app = openApp(options);
  const change = (cookie: string, fields: object = {}) =>
    app.post("/password/change", { currentPassword: PASSWORD, newPassword: NEW, ...fields }, { cookie });
  const isSignedIn = async (cookie: string) =>
    (await app.auth.getSession(new Request("https://app.test/", { headers: { cookie } }))) !== null;
  return { ...app, change, isSignedIn };
}

describe.each(["database", "jwt"] as const)("POST /password/change with strategy %s", (strategy) => {
  const config = { session: { strategy } };

  test("the new password signs in, the old one does not", async () => {
    const { change, signIn, signUp } = openChange({ config });
    const answer = await change(cookieOf(await signUp()));
    expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
    expect(await outcomeOf(await signIn({ password: NEW }))).toBe("200");
    expect(await outcomeOf(await signIn())).toBe("401 invalid_credentials");
  });

  test("R-S3, R-S10, S1.83: this session gets a new token, every other session of the user ends, those of others stay", async () => {
    const { change, isSignedIn, signIn, signUp } = openChange({ config });
    const bob = cookieOf(await signUp({ email: "bob@example.com" }));
    const [other, mine] = [cookieOf(await signUp()), cookieOf(await signIn())];
    const rotated = cookieOf(await change(mine));
    expect(rotated).not.toBe(mine);
    expect(await Promise.all([rotated, mine, other, bob].map(isSignedIn))).toEqual([true, false, false, true]);
  });

  test.each<[string, object, string]>([
    ["401 invalid_credentials", { currentPassword: "not the right one" }, "the current password is wrong"],
    ["400 password_rejected", { newPassword: PASSWORD }, "the new password is the old one"],
    ["400 password_rejected", { newPassword: "short" }, "the new password is too short"],
    ["400 request_invalid", { newPassword: 42 }, "the new password is no text"],
    ["400 request_invalid", { currentPassword: "x".repeat(5000) }, "the current password cannot be one"],
  ])("%s, and nothing changes: %o, %s", async (outcome, fields) => {
    const { adapter, change, isSignedIn, signIn, signUp } = openChange({ config });
    const [other, mine] = [cookieOf(await signUp()), cookieOf(await signIn())];
    const before = await accountOf(adapter);
    const answer = await change(mine, fields);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await outcomeOf(answer)).toBe(outcome);
    expect(await accountOf(adapter)).toEqual(before);
    expect(await Promise.all([mine, other].map(isSignedIn))).toEqual([true, true]);
  });
});

test("the old password is refused as the new one in any spelling of the same characters", async () => {
  const { change, signUp } = openChange();
  const cookie = cookieOf(await signUp({ password: "caf\u00e9 kestrel" }));
  const fields = { currentPassword: "caf\u00e9 kestrel", newPassword: "cafe\u0301 kestrel" };
  expect(await outcomeOf(await change(cookie, fields))).toBe("400 password_rejected");
});

test("without a session it is 401, and nothing is compared or counted", async () => {
  const { change, signIn, signUp } = openChange({ config: { rateLimit: { perAccount: 1 } } });
  await signUp();
  for (let i = 0; i < 5; i++) expect((await change("")).status).toBe(401);
  expect(await outcomeOf(await signIn())).toBe("200");
});

test("a user without a password is answered like one with another password", async () => {
  const { adapter, change, signUp } = openChange();
  const cookie = cookieOf(await signUp());
  const { account, user } = await accountOf(adapter);
  await adapter.deleteAccount(account.id, user.id);
  expect(await outcomeOf(await change(cookie))).toBe("401 invalid_credentials");
});

test("onPasswordChanged is told once, without a password", async () => {
  const events: unknown[] = [];
  const onPasswordChanged = (event: unknown) => void events.push(event);
  const { adapter, change, clock, signUp } = openChange({ config: { hooks: { onPasswordChanged } } });
  const cookie = cookieOf(await signUp());
  await change(cookie, { currentPassword: "not the right one" });
  expect(events).toEqual([]);
  await change(cookie);
  expect(events).toEqual([{ userId: (await accountOf(adapter)).user.id, at: new Date(clock.now) }]);
});

test("of many changes at once from the same password, one is made", async () => {
  const { change, signIn, signUp } = openChange();
  await signUp();
  const cookies: string[] = [];
  for (let i = 0; i < 5; i++) cookies.push(cookieOf(await signIn()));
  const answers = await atOnce(5, (i) => change(cookies[i] as string, { newPassword: `${NEW} ${i}` }));
  const outcomes = await outcomesOf(answers);
  expect(outcomes["200"] ?? 0).toBeLessThanOrEqual(1);
  const signIns = await atOnce(5, (i) => signIn({ password: `${NEW} ${i}` }));
  const old = await outcomeOf(await signIn());
  expect((await outcomesOf([...signIns]))["200"] ?? 0).toBe(old === "200" ? 0 : 1);
});

test("a change that the database refuses is 503, and the old password still signs in", async () => {
  const adapter = failing(memoryAdapter(), "replacePassword", () => true);
  const { change, signIn, signUp } = openChange({ adapter, config: quiet });
  const answer = await change(cookieOf(await signUp()));
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(await outcomeOf(answer)).toBe("503 unavailable");
  expect(await outcomeOf(await signIn({ email: EMAIL }))).toBe("200");
});
