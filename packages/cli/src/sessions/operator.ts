/** What an operator does with sessions: through the app's own config, whose hooks are told, or through the database alone. */
import type { Adapter, Auth, SessionRecord, UserRecord } from "@latchkey/core";
import { normalizeEmail } from "@latchkey/core";
import { settingsOf } from "@latchkey/core/doctor";
import { CONFIG_PLACES, findConfig, loadConfig } from "../config/load.js";
import { parseAddress } from "../database/address.js";
import { openDatabase } from "../database/open.js";
import type { Terminal } from "../output.js";
import { Problem, UsageError } from "../problem.js";

export interface Operator {
  /** What is worked on, for people. */
  readonly shown: string;
  readonly adapter: Adapter;
  /** The sessions of a user that live, newest sign-in first. */
  list(userId: string): Promise<SessionRecord[]>;
  /** @returns false when there is no such session */
  revoke(sessionId: string): Promise<boolean>;
  /** @returns how many ended */
  revokeUser(userId: string): Promise<number>;
  /** Ends the sessions of everybody, agents' too. @returns how many ended */
  revokeEveryone(): Promise<number>;
  /** Removes what has expired. @returns how many rows went */
  cleanUp(batch: number): Promise<number>;
  close(): Promise<void>;
}

/** `--url`, else the app's config, else `DATABASE_URL`. @throws UsageError where there is none of them */
export async function openOperator(
  { url, config }: { url: string | undefined; config: string | undefined },
  terminal: Terminal,
): Promise<Operator> {
  if (url !== undefined) return databaseOperator(url, terminal.cwd);
  const file = findConfig(config, terminal.cwd);
  if (file !== null) {
    const { auth } = await loadConfig(file);
    return authOperator(auth, file);
  }
  const fallback = terminal.env.DATABASE_URL;
  if (fallback) return databaseOperator(fallback, terminal.cwd);
  throw new UsageError(`whose sessions? Pass --config or --url, or set DATABASE_URL. No config in ${CONFIG_PLACES}`);
}

function authOperator(auth: Auth, file: string): Operator {
  const { adapter } = settingsOf(auth);
  if (adapter === null)
    throw new Problem(
      `${file} has no adapter: its sessions are tokens alone, which live until they expire. A new secret ends all of them`,
    );
  return {
    shown: file,
    adapter,
    list: (userId) => auth.sessions.listSessions(userId),
    revoke: (sessionId) => auth.sessions.revokeSession(sessionId),
    revokeUser: (userId) => auth.sessions.revokeUserSessions(userId),
    revokeEveryone: () => auth.sessions.revokeAllSessions(),
    cleanUp: (batch) => auth.sessions.deleteExpired({ batch }),
    // The app's connections are the app's; they end with this process.
    close: async () => undefined,
  };
}

async function databaseOperator(url: string, cwd: string): Promise<Operator> {
  const address = parseAddress(url, cwd);
  const { adapter, close } = await openDatabase(address, cwd);
  return {
    shown: address.shown,
    adapter,
    list: (userId) => adapter.listSessions(userId, new Date()),
    revoke: async (sessionId) => (await adapter.deleteSession({ id: sessionId })) !== null,
    revokeUser: async (userId) => (await adapter.deleteUserSessions(userId)).length,
    revokeEveryone: () => adapter.deleteAllSessions(),
    cleanUp: (batch) => cleanUp(adapter, new Date(), batch),
    close,
  };
}

async function cleanUp(adapter: Adapter, before: Date, batch: number): Promise<number> {
  let total = 0;
  for (let removed = -1; removed !== 0; total += removed) removed = await adapter.deleteExpired(before, batch);
  return total;
}

/** @param idOrEmail What holds an at sign is an address. @throws Problem when nobody has it */
export async function requireUser(adapter: Adapter, idOrEmail: string): Promise<UserRecord> {
  const user = idOrEmail.includes("@")
    ? await adapter.getUserByEmail(normalizeEmail(idOrEmail))
    : await adapter.getUser(idOrEmail);
  if (user === null) throw new Problem(`there is no user ${idOrEmail}`);
  return user;
}
