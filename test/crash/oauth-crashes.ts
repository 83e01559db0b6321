/** People who have been at a provider, and instances that are killed at every moment of what they came for. */
import { randomUUID } from "node:crypto";
import { createId, type ProviderTokens } from "@latchkey/core";
import { CLIENT, type HostileProvider, openProvider } from "../../packages/providers/test/oauth/hostile-provider.js";
import { type App, openApp, requestFor, STRATEGIES } from "../engine/app.js";
import { setScene } from "../engine/operations.js";
import { agreeAt } from "../servers/oauth-browser.js";
import { type Family, Rotation } from "../servers/oauth-rotation.js";
import type { Ask } from "../servers/tasks.js";
import type { CrashStrategy } from "./checks.js";
import { atEachMoment, openWorld, type World } from "./crashes.js";
import type { DatabaseKind } from "./databases.js";
import type { DoomedInstance } from "./doomed.js";
import type { Told } from "./instance.js";
import { type OAuthFacts, oauthFactsOf } from "./oauth-facts.js";
import { type OAuthOperationName, type OAuthScene, providersOf } from "./oauth-operations.js";

/** A world with a provider that signs people in, and one that renews tokens. */
export interface OAuthWorld extends World {
  provider: HostileProvider;
  rotation: Rotation;
  /** Where the one is that renews tokens. */
  rotating: string;
}

export interface OAuthCase {
  name: OAuthOperationName;
  strategy: CrashStrategy;
}

/** Somebody before their request, and what the tests know of them that the instance does not. */
interface Prepared {
  scene: OAuthScene;
  /** What the provider has given them, where tokens are renewed. */
  family: Family | null;
}

/** One request and how far it came before its process was killed. */
export interface OAuthCrashed extends OAuthCase, Prepared {
  before: OAuthFacts;
  told: Told;
}

export async function openOAuthWorld(kind: DatabaseKind): Promise<OAuthWorld> {
  const now = () => STAND_STILL;
  const [world, provider, rotating] = await Promise.all([
    openWorld(kind),
    openProvider({ now }),
    openProvider({ now }),
  ]);
  const rotation = new Rotation(rotating);
  rotation.forgives = true;
  void rotation.renew("answer");
  return {
    ...world,
    provider,
    rotation,
    rotating: rotating.issuer,
    async close() {
      await world.close();
      await Promise.all([provider.stop(), rotating.stop()]);
    },
  };
}

/** 2026-01-01T00:00:00Z, as the apps start with. */
const STAND_STILL = Date.UTC(2026, 0, 1);

/** As `crashEverywhere`: the requests of one instance stand still side by side, and it is killed. */
export async function crashOAuthEverywhere(cases: readonly OAuthCase[], world: OAuthWorld): Promise<OAuthCrashed[][]> {
  const doomed = await world.instances.take();
  try {
    return await Promise.all(cases.map((one) => atEachMoment((at) => bringTo(at, one, world, doomed))));
  } finally {
    await doomed.kill();
  }
}

/** As `crashInTransactions`: before each statement within the transactions of SQLite. */
export function crashOAuthInTransactions(one: OAuthCase, world: OAuthWorld): Promise<OAuthCrashed[]> {
  return atEachMoment(async (at) => {
    const doomed = await world.instances.take();
    try {
      return await bringTo(at, one, world, doomed, true);
    } finally {
      await doomed.kill();
    }
  });
}

async function bringTo(
  at: number,
  one: OAuthCase,
  world: OAuthWorld,
  doomed: DoomedInstance,
  freezes = false,
): Promise<OAuthCrashed> {
  const { name, strategy } = one;
  const prepared = await PREPARE[name](world, strategy);
  const before = await oauthFactsOf(world.database, prepared.scene);
  const session = STRATEGIES[strategy];
  const told = await doomed.run({ operation: name, session, scene: prepared.scene, at, freezes });
  return { ...one, ...prepared, before, told };
}

/** An app of the tests' own that offers the provider of a scene. */
export function openAppOf({ adapter }: Pick<World, "adapter">, scene: OAuthScene, strategy: CrashStrategy): App {
  return openApp({ adapter, session: STRATEGIES[strategy], config: { providers: providersOf(scene) } });
}

/** Somebody who is not at the provider yet; the address there is their own here. */
async function somebody({ adapter }: OAuthWorld, issuer: string, strategy: CrashStrategy): Promise<OAuthScene> {
  const app = openApp({ adapter, session: STRATEGIES[strategy] });
  const scene = await setScene(app, { name: "", run: async () => Response.json({}), retried: [] });
  const [subject = ""] = scene.person.email.split("@");
  return { ...scene, subject, ask: null, provider: { issuer, trustEmail: true, ...CLIENT } };
}

/** Somebody begins anew and agrees at the provider. @returns what their browser sends next */
export function agree(
  { provider }: Pick<OAuthWorld, "provider">,
  app: App,
  { subject, cookie }: OAuthScene,
  way: "sign-in" | "link",
): Promise<Ask> {
  return agreeAt(provider, app, { id: "oidc", subject, ...(way === "link" && { linking: cookie }) });
}

/** Adds the account at the provider, as in the session of the scene. */
async function linkTo({ auth }: App, { cookie, subject }: OAuthScene, tokens?: ProviderTokens): Promise<void> {
  const found = await auth.sessions.getSession(requestFor("GET /session", { cookie }));
  if (found === null) throw new Error("nobody is signed in");
  const identity = { provider: "oidc", providerAccountId: subject, ...(tokens && { tokens }) };
  await auth.accounts.link(found.session, identity);
}

type Prepare = (world: OAuthWorld, strategy: CrashStrategy) => Promise<Prepared>;

/** Somebody who comes back from the provider, about to sign in or to have the account linked. */
function comingBack(way: "sign-in" | "link", isKnown: boolean): Prepare {
  return async (world, strategy) => {
    const known = await somebody(world, world.provider.issuer, strategy);
    const scene = isKnown ? known : { ...known, subject: createId().toLowerCase() };
    return {
      scene: { ...scene, ask: await agree(world, openAppOf(world, scene, strategy), scene, way) },
      family: null,
    };
  };
}

const PREPARE: Record<OAuthOperationName, Prepare> = {
  "first sign-in": comingBack("sign-in", false),
  "proof of a mailbox": comingBack("sign-in", true),
  linking: comingBack("link", true),
  async unlinking(world, strategy) {
    const scene = await somebody(world, world.provider.issuer, strategy);
    const app = openAppOf(world, scene, strategy);
    await linkTo(app, scene);
    const account = await world.adapter.getAccount({ provider: "oidc", providerAccountId: scene.subject });
    const ask = { route: `DELETE /accounts/${account?.id}`, sending: { cookie: scene.cookie } };
    return { scene: { ...scene, ask }, family: null };
  },
  async "renewal of a token"(world, strategy) {
    const scene = await somebody(world, world.rotating, strategy);
    const app = openAppOf(world, scene, strategy);
    const family = world.rotation.open(randomUUID());
    const [refreshToken = ""] = family.refreshTokens;
    const tokens = { accessToken: family.accessToken, refreshToken, accessTokenExpires: new Date(app.time.now) };
    await linkTo(app, scene, tokens);
    return { scene, family };
  },
};
