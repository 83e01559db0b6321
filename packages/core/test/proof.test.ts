/** Sessions that start only while the password that was compared is still the account's. */
import { beforeEach, expect, test, vi } from "vitest";
import { type AuthConfig, createAuth } from "../src/index.js";
import { memoryAdapter } from "../src/memory/index.js";
import { account, NOW, user } from "../src/testkit/adapter-suite-records.js";
import { pairOf, requestTo, SECRET } from "./fixtures.js";

const COMPARED = { id: "account-1", passwordHash: "hash-of-old" };
const ADA = { id: "user-1", email: "ada@example.com" };
let adapter: ReturnType<typeof memoryAdapter>;
const onSignIn = vi.fn();

beforeEach(async () => {
  onSignIn.mockReset();
  adapter = memoryAdapter();
  await adapter.createUserWithAccount(user("user-1"), account("account-1", { passwordHash: COMPARED.passwordHash }));
});

const open = (config: Partial<AuthConfig> = {}) =>
  createAuth({ secret: SECRET, adapter, clock: () => NOW.getTime(), hooks: { onSignIn }, ...config }).sessions;
const requestWith = (setCookie = "") => requestTo("/", { cookie: pairOf(setCookie) });
const idsOf = async () => (await adapter.listSessions("user-1", NOW)).map(({ id }) => id);

test("createSession with the account that was compared starts a session in place of the browser's old one", async () => {
  const sessions = open();
  const old = await sessions.createSession(ADA, requestWith());
  const started = await sessions.createSession(ADA, requestWith(old.cookie), { account: COMPARED });
  expect(await idsOf()).toEqual([started.session.id]);
});

test("once the hash is another it is invalid_credentials: nobody is told, and the browser keeps its session", async () => {
  const sessions = open();
  const old = await sessions.createSession(ADA, requestWith());
  onSignIn.mockReset();
  await adapter.updateAccount("account-1", { passwordHash: "hash-of-new" });
  const start = () => sessions.createSession(ADA, requestWith(old.cookie), { account: COMPARED });
  await expect(start()).rejects.toMatchObject({ code: "invalid_credentials", status: 401 });
  expect([await idsOf(), onSignIn.mock.calls]).toEqual([[old.session.id], []]);
});

test("a hook that fails takes the session with it, also where an account was named", async () => {
  onSignIn.mockRejectedValue(new Error("boom"));
  const start = () => open().createSession(ADA, requestWith(), { account: COMPARED });
  await expect(start()).rejects.toMatchObject({ code: "callback_failed" });
  expect(await idsOf()).toEqual([]);
});

test("without an adapter nobody could look at the account: it is refused, not overlooked", async () => {
  const start = () => createAuth({ secret: SECRET }).sessions.createSession(ADA, requestWith(), { account: COMPARED });
  await expect(start()).rejects.toMatchObject({ code: "adapter_required" });
});
