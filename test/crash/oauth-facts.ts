/** What stands in the database about somebody who signs in elsewhere, asked with SQL. */
import type { CrashDatabase } from "./databases.js";
import type { OAuthScene } from "./oauth-operations.js";

export interface OAuthFacts {
  /** Ids of the users who have the account at the provider or the address there. */
  users: string[];
  /** Their ways in, by provider. */
  providers: string[];
  /** Ids of their sessions. */
  sessions: string[];
  /** Whether the address is proved. */
  isProved: boolean;
  /** The account at the provider, whole: as text, so that any change shows. */
  account: string | null;
}

export async function oauthFactsOf({ query }: CrashDatabase, { subject }: OAuthScene): Promise<OAuthFacts> {
  const isLinked = `"id" IN (SELECT "userId" FROM accounts WHERE "providerAccountId" = '${subject}')`;
  const theirs = `SELECT "id" FROM users WHERE "email" = '${subject}@example.com' OR ${isLinked}`;
  const users = await query(`SELECT "id", "emailVerified" FROM users WHERE "id" IN (${theirs})`);
  const accounts = await query(`SELECT * FROM accounts WHERE "userId" IN (${theirs}) ORDER BY "provider"`);
  const sessions = await query(`SELECT "id" FROM sessions WHERE "userId" IN (${theirs}) ORDER BY "id"`);
  const account = accounts.find(({ provider }) => provider === "oidc");
  return {
    users: users.map(({ id }) => String(id)),
    providers: accounts.map(({ provider }) => String(provider)),
    sessions: sessions.map(({ id }) => String(id)),
    isProved: users.some(({ emailVerified }) => Boolean(emailVerified)),
    account: account === undefined ? null : JSON.stringify(account),
  };
}

/** F-1, I6: users without a way in, and ways in and sessions without a user. @returns how many of each there are in the whole database */
export async function orphansIn({ query }: CrashDatabase): Promise<Record<string, number>> {
  const [row = {}] = await query(`SELECT
    (SELECT count(*) FROM users WHERE "id" NOT IN (SELECT "userId" FROM accounts)) AS users,
    (SELECT count(*) FROM accounts WHERE "userId" NOT IN (SELECT "id" FROM users)) AS accounts,
    (SELECT count(*) FROM sessions WHERE "userId" NOT IN (SELECT "id" FROM users)) AS sessions`);
  return { users: Number(row.users), accounts: Number(row.accounts), sessions: Number(row.sessions) };
}
