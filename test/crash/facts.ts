/** What stands in the database about one scene, asked with SQL. */
import type { Scene } from "../engine/operations.js";
import type { CrashDatabase } from "./databases.js";

export interface SessionRow {
  id: string;
  tokenHash: string;
  userAgent: string | null;
  /** The instant as the driver gives it, as text. */
  absoluteExpires: string;
}

export interface Facts {
  /** Sessions of the person, whether they have expired or not. */
  sessions: SessionRow[];
  passwordHash: string;
  /** Attempts that are counted on the account of the person. */
  attempts: number;
  /** What there is of the address that nobody had. */
  newcomer: { users: number; accounts: number; sessions: number };
}

export async function factsOf({ query }: CrashDatabase, { person, newEmail }: Scene): Promise<Facts> {
  const sessions = await query(
    `SELECT "id", "tokenHash", "userAgent", "absoluteExpires" FROM sessions WHERE "userId" = '${person.id}'`,
  );
  const accounts = await query(`SELECT "passwordHash" FROM accounts WHERE "userId" = '${person.id}'`);
  const counters = await query(
    `SELECT "attempts" FROM verifications WHERE "identifier" = '${person.email}' AND "purpose" = 'attempts:account'`,
  );
  const newcomers = await query(`SELECT count(DISTINCT u."id") AS users, count(DISTINCT a."id") AS accounts,
    count(DISTINCT s."id") AS sessions FROM users u
    LEFT JOIN accounts a ON a."userId" = u."id" AND a."passwordHash" IS NOT NULL
    LEFT JOIN sessions s ON s."userId" = u."id" WHERE u."email" = '${newEmail}'`);
  const [counted] = newcomers as [Record<string, unknown>];
  return {
    sessions: (sessions as unknown as SessionRow[]).map((row) => ({
      ...row,
      absoluteExpires: new Date(row.absoluteExpires).toISOString(),
    })),
    passwordHash: String(accounts[0]?.passwordHash),
    attempts: Number(counters[0]?.attempts),
    newcomer: {
      users: Number(counted.users),
      accounts: Number(counted.accounts),
      sessions: Number(counted.sessions),
    },
  };
}

/** The sessions of `facts` that were there `before`, and those that were not. */
export function sortSessions(facts: Facts, before: Facts): { kept: SessionRow[]; added: SessionRow[] } {
  const wasThere = ({ id }: SessionRow) => before.sessions.some((row) => row.id === id);
  return {
    kept: facts.sessions.filter(wasThere),
    added: facts.sessions.filter((row) => !wasThere(row)),
  };
}
