/** A process of the app's own, as it were, that locks the sessions of users in an order that meets the adapter's head-on. */
import { openConsole, type ServerName } from "./databases.js";

export interface Locker {
  /** @returns how many deadlocks the server has found since the start */
  stop(): Promise<number>;
}

/** How a server is told to do it, and how it tells of deadlocks. */
const DIALECT = {
  PostgreSQL: {
    // The adapter's connection is the one that looks for a deadlock first, and so the one that is undone.
    prepare: "SET deadlock_timeout = '60s'",
    lock: (userId: string) => `SELECT id FROM sessions WHERE "userId" = '${userId}' ORDER BY ctid DESC FOR UPDATE`,
    deadlocks: "SELECT deadlocks AS found FROM pg_stat_database WHERE datname = current_database()",
    /** Statistics are published once in a second. */
    flush: "SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot(), pg_sleep(1.5)",
  },
  MariaDB: {
    prepare: "SET autocommit = 1",
    lock: (userId: string) => `SELECT id FROM sessions WHERE userId = '${userId}' ORDER BY id DESC FOR UPDATE`,
    deadlocks:
      "SELECT VARIABLE_VALUE AS found FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_DEADLOCKS'",
    flush: "DO 0",
  },
} as const satisfies Record<ServerName, unknown>;

export async function startLocker(server: ServerName, url: string, userIds: readonly string[]): Promise<Locker> {
  const { prepare, lock, deadlocks, flush } = DIALECT[server];
  const { query, close } = await openConsole(server, url);
  await query(prepare);
  const count = async () => Number((await query(deadlocks))[0]?.found);
  const before = await count();
  let isOver = false;
  const locking = (async () => {
    for (let turn = 0; !isOver; turn++) {
      await query("BEGIN");
      // Its own part in a deadlock ends in an error, too.
      await query(lock(userIds[turn % userIds.length] as string)).catch(() => {});
      await query("ROLLBACK");
    }
  })();
  return {
    async stop() {
      isOver = true;
      await locking;
      await query(flush);
      const found = (await count()) - before;
      await close();
      return found;
    },
  };
}
