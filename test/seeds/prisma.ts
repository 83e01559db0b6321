/** The app's database through Prisma 7: a generated client on a database of its own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PrismaAdapter, type PrismaClientLike } from "@latchkey/adapter-prisma";
import type { UserRecord } from "@latchkey/core";
import type { Dialect } from "@latchkey/core/sql";
import { openDatabase, targetOf } from "../../packages/adapter-prisma/test/clients.js";
import type { OpenDatabase, OpenOptions, Orm, SessionRow } from "./orm.js";

/** Fields that may be left out, also by `undefined`. */
type Loose<T> = { [K in keyof T]?: T[K] | undefined };

/** The generated client, as far as the seeds and {@link Orm} use it. */
export interface Prisma extends PrismaClientLike {
  session: {
    findMany(query: {
      where: { userId: string; expires: { gt: Date } };
      orderBy: { createdAt: "desc" };
    }): Promise<SessionRow[]>;
    findUnique(query: { where: { id: string } }): Promise<SessionRow | null>;
    create(query: { data: SessionRow }): Promise<SessionRow>;
    update(query: { where: { id: string }; data: Partial<SessionRow> }): Promise<SessionRow>;
    deleteMany(query: { where: { userId: string } }): Promise<{ count: number }>;
  };
  user: {
    upsert(query: {
      where: Loose<Pick<UserRecord, "email">>;
      create: Loose<UserRecord>;
      update: Loose<UserRecord>;
    }): Promise<UserRecord>;
    delete(query: { where: { id: string } }): Promise<UserRecord>;
    deleteMany(): Promise<{ count: number }>;
  };
  verification: { deleteMany(): Promise<{ count: number }> };
}

export interface PrismaDatabase extends OpenDatabase {
  prisma: Prisma;
}

/** What the address of a database says about the time zone of its sessions. */
const ZONE_PARAMETER: Record<Dialect, (timeZone: string) => string> = {
  sqlite: () => "",
  postgresql: (timeZone) => `?options=${encodeURIComponent(`-c timezone=${timeZone}`)}`,
  mysql: (timeZone) => `?sessionVariables=${encodeURIComponent(JSON.stringify({ time_zone: timeZone }))}`,
};

export async function openPrisma(dialect: Dialect, { timeZone }: OpenOptions = {}): Promise<PrismaDatabase> {
  await clientsAreGenerated();
  const target = targetOf(dialect);
  const parameter = timeZone === undefined ? "" : ZONE_PARAMETER[dialect](timeZone);
  const driverAdapter: typeof target.driverAdapter = (url, options) => target.driverAdapter(url + parameter, options);
  const opened = await openDatabase({ ...target, driverAdapter });
  // The names of its models are known where it is generated, which is not before the tests run.
  const prisma = opened.prisma as PrismaClientLike as Prisma;
  return {
    prisma,
    adapter: PrismaAdapter(prisma),
    orm: ormOver(prisma),
    sent: opened.sent,
    query: async (text) => (await prisma.$queryRawUnsafe(text)) as Record<string, unknown>[],
    close: opened.close,
  };
}

function ormOver(prisma: Prisma): Orm {
  return {
    list: (userId, now) =>
      prisma.session.findMany({ where: { userId, expires: { gt: now } }, orderBy: { createdAt: "desc" } }),
    find: (id) => prisma.session.findUnique({ where: { id } }),
    create: async (data) => void (await prisma.session.create({ data })),
    update: async (id, data) => void (await prisma.session.update({ where: { id }, data })),
    deleteMany: async (userId) => void (await prisma.session.deleteMany({ where: { userId } })),
    deleteUser: async (id) => void (await prisma.user.delete({ where: { id } })),
    async clear() {
      await prisma.verification.deleteMany();
      await prisma.user.deleteMany();
    },
  };
}

const SCRIPT = fileURLToPath(new URL("../../packages/adapter-prisma/test/generate.mjs", import.meta.url));
let generation: Promise<unknown> | undefined;

/** A fresh clone has no clients, and these tests may run without those of the adapter's package. */
async function clientsAreGenerated(): Promise<void> {
  generation ??= promisify(execFile)(process.execPath, [SCRIPT]);
  await generation;
}
