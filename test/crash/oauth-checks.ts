/** What must hold of somebody who signs in elsewhere after the process was killed that served them, and after they tried again. */
import { expect } from "vitest";
import type { Method } from "../engine/adapters.js";
import { cookiesOf, outcomeOf, PASSWORD } from "../engine/app.js";
import { signIn } from "../engine/operations.js";
import { asJson } from "../engine/redirects.js";
import type { Aftermath } from "./checks.js";
import { agree, type OAuthCrashed, type OAuthWorld, openAppOf } from "./oauth-crashes.js";
import { oauthFactsOf, orphansIn } from "./oauth-facts.js";
import { OAUTH_OPERATIONS, type OAuthOperationName } from "./oauth-operations.js";

/** Milliseconds after which the renewal of a process that died is another's: its lease is over. */
const AFTER_LEASE = 76_000;

type Check = (crashed: OAuthCrashed, aftermath: Aftermath, world: OAuthWorld) => Promise<void>;

/** F-1: what was done is there, whole; of what was not there is no trace. */
export async function expectWhole(crashed: OAuthCrashed, { database }: Aftermath): Promise<void> {
  const { name, scene, before, told } = crashed;
  const { where, done } = told;
  const { users, providers, sessions, isProved, account } = await oauthFactsOf(database, scene);
  const added = sessions.filter((id) => !before.sessions.includes(id)).length;
  const kept = sessions.filter((id) => before.sessions.includes(id)).length;
  const did: Did = (call) => done.includes(call);
  const facts = { users: users.length, providers, kept, added, isProved, isChanged: account !== before.account };
  expect(facts, where).toEqual(EXPECTED[name](did));
  expect(await orphansIn(database), where).toEqual({ users: 0, accounts: 0, sessions: 0 });
}

interface Expected {
  users: number;
  providers: string[];
  /** Sessions that were there before, and those that were not. */
  kept: number;
  added: number;
  isProved: boolean;
  isChanged: boolean;
}

/** Whether a call has done its work. */
type Did = (call: Method) => boolean;

const EXPECTED: Record<OAuthOperationName, (did: Did) => Expected> = {
  "first sign-in"(did) {
    const isAdded = did("createUserWithAccount");
    const added = did("createSession") ? 1 : 0;
    return {
      users: isAdded ? 1 : 0,
      providers: isAdded ? ["oidc"] : [],
      kept: 0,
      added,
      isProved: isAdded,
      isChanged: isAdded,
    };
  },
  "proof of a mailbox"(did) {
    const isProved = did("proveEmail");
    const added = did("createSession") ? 1 : 0;
    return {
      users: 1,
      providers: [isProved ? "oidc" : "password"],
      kept: isProved ? 0 : 2,
      added,
      isProved,
      isChanged: isProved,
    };
  },
  linking(did) {
    const isChanged = did("createAccount");
    const providers = isChanged ? ["oidc", "password"] : ["password"];
    return { users: 1, providers, kept: 2, added: 0, isProved: false, isChanged };
  },
  unlinking(did) {
    const isChanged = did("deleteAccount");
    const providers = isChanged ? ["password"] : ["oidc", "password"];
    return { users: 1, providers, kept: 2, added: 0, isProved: false, isChanged };
  },
  "renewal of a token": (did) => ({
    users: 1,
    providers: ["oidc", "password"],
    kept: 2,
    added: 0,
    isProved: false,
    isChanged: did("updateAccount"),
  }),
};

/** The same request again works, or says that it was used; then what was wanted comes about. */
export async function expectRetry(crashed: OAuthCrashed, aftermath: Aftermath, world: OAuthWorld): Promise<void> {
  const { name, scene, strategy, told } = crashed;
  const operation = OAUTH_OPERATIONS.find((one) => one.name === name);
  const app = openAppOf(aftermath, scene, strategy);
  app.time.now += AFTER_LEASE;
  const again = await operation?.run(app, scene);
  expect(operation?.retried, `${told.where}: again`).toContain(again && (await outcomeOf(again)));
  await SETTLED[name](crashed, aftermath, world);
  expect(await orphansIn(aftermath.database), told.where).toEqual({ users: 0, accounts: 0, sessions: 0 });
}

const SETTLED: Record<OAuthOperationName, Check> = {
  async "first sign-in"(crashed, aftermath, world) {
    await expectSignedIn(crashed, aftermath, world);
    const { users, providers } = await oauthFactsOf(aftermath.database, crashed.scene);
    expect({ users: users.length, providers }, crashed.told.where).toEqual({ users: 1, providers: ["oidc"] });
  },
  async "proof of a mailbox"(crashed, aftermath, world) {
    const { scene, strategy, before, told } = crashed;
    await expectSignedIn(crashed, aftermath, world);
    const { users, providers, isProved } = await oauthFactsOf(aftermath.database, scene);
    expect({ users, providers, isProved }, told.where).toEqual({
      users: before.users,
      providers: ["oidc"],
      isProved: true,
    });
    // R-O7: nothing from before the proof.
    const app = openAppOf(aftermath, scene, strategy);
    expect([await app.isSignedIn(scene.cookie), await app.isSignedIn(scene.other)], told.where).toEqual([false, false]);
    expect(await outcomeOf(await signIn(app, scene.person.email, PASSWORD))).toBe("401 invalid_credentials");
  },
  async linking({ scene, strategy, told }, aftermath, world) {
    const app = openAppOf(aftermath, scene, strategy);
    const { route, sending } = await agree(world, app, scene, "link");
    expect(await outcomeOf(asJson(await app.ask(route, sending))), told.where).toBe("303");
    expect((await oauthFactsOf(aftermath.database, scene)).providers, told.where).toEqual(["oidc", "password"]);
    expect(await app.isSignedIn(scene.cookie), told.where).toBe(true);
  },
  async unlinking({ scene, strategy, told }, aftermath) {
    const app = openAppOf(aftermath, scene, strategy);
    expect((await oauthFactsOf(aftermath.database, scene)).providers, told.where).toEqual(["password"]);
    expect(await app.isSignedIn(scene.cookie), told.where).toBe(true);
  },
  /** R-O13: what is stored is what was given last, and the provider renews it. */
  async "renewal of a token"({ scene, strategy, family, told }, aftermath) {
    const app = openAppOf(aftermath, scene, strategy);
    app.time.now += AFTER_LEASE;
    expect(await app.auth.accounts.accessToken(scene.person.id, "oidc"), told.where).toBe(family?.accessToken);
    app.time.now += 3_600_000;
    expect(await app.auth.accounts.accessToken(scene.person.id, "oidc"), told.where).toBe(family?.accessToken);
    expect(family?.isRevoked, told.where).toBe(false);
  },
};

/** Somebody begins anew, and is in. */
async function expectSignedIn({ scene, strategy, told }: OAuthCrashed, aftermath: Aftermath, world: OAuthWorld) {
  const app = openAppOf(aftermath, scene, strategy);
  const { route, sending } = await agree(world, app, scene, "sign-in");
  const answer = await app.ask(route, sending);
  expect(await outcomeOf(asJson(answer)), told.where).toBe("303");
  const [cookie = ""] = cookiesOf(answer);
  expect(await app.isSignedIn(cookie), `${told.where}: signed in after the retry`).toBe(true);
}
