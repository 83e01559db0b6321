/** Random operations on sessions, by several workers at once, as applications make them and as races mix them. */
import { type Adapter, createId, type NewSession, type SessionKey } from "@latchkey/core";
import { START } from "./clock.js";
import { type Random, seeded } from "./random.js";

export interface Workload {
  seed: number;
  /** That work at once. */
  workers: number;
  /** Of each worker. */
  operations: number;
  /** Users who are there, and whose sessions the workers share. */
  userIds: readonly string[];
  /** Sessions that are there and whose names every worker knows. */
  sessions?: readonly KnownSession[];
  /** Distinguishes the times of workers in different processes. @default 0 */
  process?: number;
}

/** The names of a session that a worker has heard of, and the generation that it saw last. It may have ended meanwhile. */
export interface KnownSession {
  id: string;
  tokenHash: string;
  userId: string;
  /** Milliseconds since 1970 */
  updatedAt: number;
}

const DAY_MS = 86_400_000;
/** Times of several processes lie between each other's. */
const MAX_PROCESSES = 8;
/** Sessions that are told about: few, so that workers meet. */
const KNOWN = 12;

/** @returns the errors of the operations that failed, and so may have been done or not */
export async function runWorkload(adapterOf: (worker: string) => Adapter, workload: Workload): Promise<string[]> {
  const { seed, workers, operations, process = 0 } = workload;
  const scene = new Scene(workload);
  const run = async (index: number) => {
    const random = seeded(seed * 1000 + process * 100 + index);
    const adapter = adapterOf(`${process}/${index}`);
    const failures: string[] = [];
    for (let done = 0; done < operations; done++) {
      const operate = random.pick(MIX);
      // What failed is in the history, as a call of which nobody knows whether it was done.
      await operate(adapter, scene, random).catch((error: unknown) =>
        failures.push(`${operate.name}: ${textOf(error)}`),
      );
    }
    return failures;
  };
  const failures = await Promise.all(Array.from({ length: workers }, (_, index) => run(index)));
  return failures.flat();
}

/** With the causes underneath: drivers' errors are wrapped. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} < ${textOf(error.cause)}`;
}

/** What the workers of one process know. */
class Scene {
  readonly userIds: readonly string[];
  readonly #process: number;
  readonly #known: KnownSession[];
  #ticks = 0;

  constructor({ userIds, sessions = [], process = 0 }: Workload) {
    this.userIds = userIds;
    this.#process = process;
    this.#known = sessions.map((session) => ({ ...session }));
  }

  /** Another millisecond at each call, in every process: no two generations are equal by chance. */
  now(): number {
    return START + this.#ticks++ * MAX_PROCESSES + this.#process;
  }

  tell(session: KnownSession): void {
    this.#known.push(session);
    if (this.#known.length > KNOWN) this.#known.shift();
  }

  /** One that somebody started, or one that nobody did. */
  some(random: Random): KnownSession {
    if (this.#known.length === 0) return { id: "none", tokenHash: "none", userId: this.userIds[0] ?? "", updatedAt: 0 };
    return random.pick(this.#known);
  }
}

type Operation = (adapter: Adapter, scene: Scene, random: Random) => Promise<unknown>;

const OPERATIONS = {
  async create(adapter, scene, random) {
    const session = newSession(random.pick(scene.userIds), scene.now());
    const replaces = random.below(4) === 0 ? { replaces: keyOf(scene.some(random), random) } : {};
    const limit =
      random.below(3) === 0 ? { limit: { max: 3, policy: random.pick(["evict-oldest", "reject"] as const) } } : {};
    const created = await adapter.createSession(session, { ...replaces, ...limit });
    if (created !== null) scene.tell({ ...session, updatedAt: session.updatedAt.getTime() });
  },
  async read(adapter, scene, random) {
    const known = scene.some(random);
    const found = await adapter.getSession(keyOf(known, random));
    if (found !== null) known.updatedAt = found.session.updatedAt.getTime();
  },
  async renew(adapter, scene, random) {
    const known = scene.some(random);
    const now = scene.now();
    const change = { updatedAt: new Date(now), expires: expiry(now) };
    const renewed = await adapter.updateSession(known.id, change, { updatedAt: new Date(known.updatedAt) });
    if (renewed !== null) known.updatedAt = renewed.updatedAt.getTime();
  },
  async rotate(adapter, scene, random) {
    const known = scene.some(random);
    const next = { id: createId(), tokenHash: createId(), updatedAt: new Date(scene.now()) };
    const rotated = await adapter.updateSession(known.id, next);
    if (rotated !== null) scene.tell({ ...next, userId: known.userId, updatedAt: next.updatedAt.getTime() });
  },
  async revoke(adapter, scene, random) {
    const known = scene.some(random);
    const condition = random.below(2) === 0 ? { userId: random.pick(scene.userIds) } : undefined;
    await adapter.deleteSession(keyOf(known, random), condition);
  },
  async revokeAll(adapter, scene, random) {
    const { userId, id } = scene.some(random);
    await adapter.deleteUserSessions(userId, random.below(2) === 0 ? { except: id } : {});
  },
  async prove(adapter, scene, random) {
    const userId = random.pick(scene.userIds);
    const user = await adapter.updateUser(userId, { emailVerified: false });
    await adapter.proveEmail({ userId, email: user?.email ?? "nobody", now: new Date(scene.now()) });
  },
  async list(adapter, scene, random) {
    await adapter.listSessions(random.pick(scene.userIds), new Date(START));
  },
} as const satisfies Record<string, Operation>;

/** How often each comes. */
const SHARES: Record<keyof typeof OPERATIONS, number> = {
  create: 8,
  read: 16,
  renew: 14,
  rotate: 3,
  revoke: 3,
  revokeAll: 1,
  prove: 1,
  list: 3,
};

const MIX: readonly Operation[] = Object.entries(SHARES).flatMap(([name, share]) =>
  Array.from({ length: share }, () => OPERATIONS[name as keyof typeof OPERATIONS]),
);

/** @param now Milliseconds since 1970 */
export function newSession(userId: string, now: number): NewSession {
  const at = new Date(now);
  const dates = { authenticatedAt: at, createdAt: at, updatedAt: at };
  const nobody = { ipAddress: null, userAgent: null, parentId: null, agentId: null, scopes: null };
  const ends = { expires: expiry(now), absoluteExpires: new Date(now + 400 * DAY_MS) };
  return { id: createId(), tokenHash: createId(), userId, type: "password", data: {}, ...dates, ...ends, ...nobody };
}

function expiry(now: number): Date {
  return new Date(now + 30 * DAY_MS);
}

function keyOf({ id, tokenHash }: KnownSession, random: Random): SessionKey {
  return random.below(2) === 0 ? { id } : { tokenHash };
}
