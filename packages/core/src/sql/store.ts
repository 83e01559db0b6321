/** The statements behind users, accounts and sessions, for databases that know RETURNING. A dialect that does not overrides them. */
import type {
  EmailProof,
  EmailProved,
  FactorChanged,
  KeptSession,
  NewSession,
  PasswordReplacement,
  SessionCreated,
  SessionLimit,
} from "../contracts/adapter.js";
import type { AccountRecord, SessionWithUser, UserWithAccount } from "../model.js";
import type { SqlDatabase, Statement, TableName } from "./database.js";
import { allOf, type Fragment, sql } from "./fragment.js";
import { countOf, idsOf, rowsOf } from "./row-store.js";
import { VerificationStore } from "./verification-store.js";

/** An account that something depends on: it must be there, this user's and, where a password was compared, with that hash. */
export interface HeldAccount {
  id: string;
  userId: string;
  passwordHash?: string;
}

export interface CreateSessionConditions {
  /** Names the session to replace. */
  replaces: Fragment | undefined;
  limit: SessionLimit | undefined;
  /** It must be as it was when it led to the user. */
  account: HeldAccount | undefined;
}

/** What became of a new session; `"stale"` when the user is gone, or the account is not any more what it was. */
export type CreateSessionResult = SessionCreated | "limit" | "stale";

export abstract class SqlStore extends VerificationStore {
  /** The text of the statement that runs at every request, by the column that finds the session. */
  readonly #joins: Readonly<Record<"id" | "tokenHash", (value: string) => Fragment>>;

  constructor(database: SqlDatabase) {
    super(database);
    this.#joins = { id: this.#joinBy("id"), tokenHash: this.#joinBy("tokenHash") };
  }

  /** The session joined with its user: what every request asks. */
  async findSession(column: "id" | "tokenHash", value: string): Promise<SessionWithUser | null> {
    const { rows } = await this.run(rowsOf(this.#joins[column](value)));
    const row = rows[0];
    if (row === undefined) return null;
    const { sessions, users } = this.tables;
    return { session: sessions.decode(row), user: users.decode(row, sessions.width) };
  }

  /** The user with this address, joined with the account that the provider keeps under their own id. */
  findUserByEmail(email: string, provider: string): Promise<UserWithAccount | null> {
    const { users, accounts } = this.tables;
    const isOwn = sql`${accounts.column("providerAccountId", "a")} = ${users.column("id", "u")}`;
    const joined = allOf(accounts.is("provider", provider, "a"), isOwn);
    return this.#findUser(
      sql`${users.sql} u LEFT JOIN ${accounts.sql} a ON ${joined} WHERE ${users.is("email", email, "u")}`,
    );
  }

  /** The account at a provider, joined with its user. */
  findUserByAccount(provider: string, providerAccountId: string): Promise<UserWithAccount | null> {
    const { users, accounts } = this.tables;
    const joined = sql`${users.column("id", "u")} = ${accounts.column("userId", "a")}`;
    const isIt = allOf(
      accounts.is("provider", provider, "a"),
      accounts.is("providerAccountId", providerAccountId, "a"),
    );
    return this.#findUser(sql`${accounts.sql} a JOIN ${users.sql} u ON ${joined} WHERE ${isIt}`);
  }

  /** Removes at most `batch` rows that expired before, oldest first; none while another process does so. @returns how many */
  abstract deleteSome(name: TableName, before: Date, batch: number): Promise<number>;

  /** Adds a session and removes those that it takes the place of, atomically. */
  abstract createSession(session: NewSession, conditions: CreateSessionConditions): Promise<CreateSessionResult>;

  /**
   * The account first: it waits for a sign-in with the old password that is under way, and the sessions are looked at after that.
   *
   * @returns null when the hash was another one
   */
  async replacePassword({
    account,
    passwordHash,
    updatedAt,
    keep,
  }: PasswordReplacement): Promise<FactorChanged | null> {
    const { accounts, sessions } = this.tables;
    const isReplaced = sql`EXISTS (SELECT 1 FROM ${accounts.sql} WHERE ${this.holds({ ...account, passwordHash })})`;
    const isTheirs = allOf(sessions.is("userId", account.userId), isReplaced);
    const isOther = keep && sql`NOT (${sessions.is("id", keep.id)})`;
    const set = accounts.assignments({ passwordHash, updatedAt });
    const { changed, ended, kept } = await this.inParts({
      changed: [countOf(sql`UPDATE ${accounts.sql} SET ${set} WHERE ${this.holds(account)}`)],
      ended: this.endSessions(allOf(isTheirs, isOther)),
      kept: keep === undefined ? [] : this.changeSession(keep, isTheirs),
    });
    if (changed[0]?.count === 0) return null;
    const row = kept.at(-1)?.rows[0];
    return { ended: idsOf(ended[0]), kept: row === undefined ? null : sessions.decode(row) };
  }

  /**
   * Adds an account while its user, not disabled, has this session. The user first: it waits for a proof of the mailbox that is under
   * way, and then sees whether the session is left.
   *
   * @returns false when the session does not hold
   */
  async addAccountIn(sessionId: string, account: AccountRecord): Promise<boolean> {
    const { users, sessions, accounts } = this.tables;
    const isTheirs = sql`${sessions.column("userId", "s")} = ${users.column("id", "u")}`;
    const isAllowed = allOf(
      users.is("id", account.userId, "u"),
      sql`${users.column("disabledAt", "u")} IS NULL`,
      sessions.is("id", sessionId, "s"),
    );
    const from = sql`FROM ${users.sql} u JOIN ${sessions.sql} s ON ${isTheirs} WHERE ${isAllowed}`;
    const { added } = await this.inParts({
      lock: this.lockUser(account.userId),
      added: [countOf(accounts.insertFrom(account, from))],
    });
    return added[0]?.count === 1;
  }

  /** Removes an account of a user unless it is their only one. @returns `"last"` when it is, and so is still there */
  async deleteUnlessLast(id: string, userId: string): Promise<boolean | "last"> {
    const { accounts } = this.tables;
    const isIt = allOf(accounts.is("id", id), accounts.is("userId", userId));
    const isOther = allOf(accounts.is("userId", userId), sql`NOT (${accounts.is("id", id)})`);
    // LIMIT keeps MySQL's optimizer from merging it into the DELETE, which may not read its own table.
    const other = sql`SELECT 1 FROM ${accounts.sql} WHERE ${isOther} LIMIT 1`;
    const { removed, left } = await this.inParts({
      lock: this.lockUser(userId),
      removed: [
        countOf(sql`DELETE FROM ${accounts.sql} WHERE ${isIt} AND EXISTS (SELECT 1 FROM (${other}) other_account)`),
      ],
      left: [rowsOf(sql`SELECT ${accounts.column("id")} AS c0 FROM ${accounts.sql} WHERE ${isIt}`)],
    });
    return idsOf(left[0]).length > 0 ? "last" : removed[0]?.count === 1;
  }

  /**
   * The user first, and the sessions after the accounts: it waits for whoever is adding one of them, and for a sign-in that
   * holds an account. A sign-in that comes later waits for it, and finds the account gone.
   */
  async proveEmail(
    { userId, email, now }: EmailProof,
    account: AccountRecord | undefined,
  ): Promise<EmailProved | null> {
    const { users, accounts, sessions } = this.tables;
    const isTheirs = allOf(users.is("id", userId), users.is("email", email));
    const isUnproved = allOf(isTheirs, users.is("emailVerified", false));
    const isWiped = sql`EXISTS (SELECT 1 FROM ${users.sql} WHERE ${isUnproved})`;
    const set = users.assignments({ emailVerified: true, phone: null, phoneVerified: false, updatedAt: now });
    const { ended, proved, found } = await this.inParts({
      lock: this.lockUser(userId),
      removed: [countOf(sql`DELETE FROM ${accounts.sql} WHERE ${accounts.is("userId", userId)} AND ${isWiped}`)],
      ended: this.endSessions(allOf(sessions.is("userId", userId), isWiped)),
      proved: [countOf(sql`UPDATE ${users.sql} SET ${set} WHERE ${isUnproved}`)],
      added: account ? [countOf(accounts.insertFrom(account, sql`FROM ${users.sql} WHERE ${isTheirs}`))] : [],
      found: [rowsOf(sql`SELECT ${users.list()} FROM ${users.sql} WHERE ${isTheirs}`)],
    });
    const row = found[0]?.rows[0];
    if (row === undefined) return null;
    return { user: users.decode(row), wiped: proved[0]?.count === 1, ended: idsOf(ended[0]) };
  }

  /** Newest sign-in first; what comes after a limit gives way. */
  newestFirst(): Fragment {
    const { sessions } = this.tables;
    return sql`${sessions.column("createdAt")} DESC, ${sessions.column("id")} DESC`;
  }

  /** Holds the row of a user against everybody who adds to it or changes it; nothing where there is one writer at a time. */
  protected lockUser(_userId: string): Statement[] {
    return [];
  }

  /** Removes sessions; the first statement answers with their ids. */
  protected endSessions(where: Fragment): Statement[] {
    const { sessions } = this.tables;
    return [rowsOf(sql`DELETE FROM ${sessions.sql} WHERE ${where} RETURNING ${sessions.column("id")} AS c0`)];
  }

  /** Changes a session; the last statement answers with it as it then is. */
  protected changeSession({ id, change }: KeptSession, condition: Fragment): Statement[] {
    const { sessions } = this.tables;
    const where = allOf(sessions.is("id", id), condition);
    const set = sessions.assignments(change);
    return [rowsOf(sql`UPDATE ${sessions.sql} SET ${set} WHERE ${where} RETURNING ${sessions.list()}`)];
  }

  /** @param alias Of the accounts, where a statement has several tables */
  protected holds({ id, userId, passwordHash }: HeldAccount, alias?: string): Fragment {
    const { accounts } = this.tables;
    const hasHash = passwordHash === undefined ? undefined : accounts.is("passwordHash", passwordHash, alias);
    return allOf(accounts.is("id", id, alias), accounts.is("userId", userId, alias), hasHash);
  }

  /** The user's other live sessions that are not an agent's, and that the new one does not replace. */
  protected isCounted(session: NewSession, replaces: Fragment | undefined): Fragment {
    const { sessions } = this.tables;
    return allOf(
      sessions.is("userId", session.userId),
      sql`${sessions.column("agentId")} IS NULL`,
      sql`${sessions.column("expires")} > ${sessions.value("expires", session.createdAt)}`,
      sql`NOT (${sessions.is("id", session.id)})`,
      replaces && sql`NOT (${replaces})`,
    );
  }

  /** An INSERT of the session that is made only where something is found. @param from FROM and WHERE of the SELECT */
  protected insertFrom(session: NewSession, from: Fragment): Fragment {
    const { sessions } = this.tables;
    return sessions.insertFrom(sessions.complete(session), from);
  }

  async #findUser(from: Fragment): Promise<UserWithAccount | null> {
    const { users, accounts } = this.tables;
    const list = sql`${users.list("u")}, ${accounts.list("a", users.width)}`;
    const row = (await this.run(rowsOf(sql`SELECT ${list} FROM ${from}`))).rows[0];
    if (row === undefined) return null;
    return { user: users.decode(row), account: row[users.width] === null ? null : accounts.decode(row, users.width) };
  }

  #joinBy(column: "id" | "tokenHash"): (value: string) => Fragment {
    const { sessions, users } = this.tables;
    const list = sql`${sessions.list("s")}, ${users.list("u", sessions.width)}`;
    const isUser = sql`${users.column("id", "u")} = ${sessions.column("userId", "s")}`;
    const query = sql`SELECT ${list} FROM ${sessions.sql} s JOIN ${users.sql} u ON ${isUser} WHERE ${sessions.is(column, "", "s")}`;
    return (value) => {
      const encoded = this.database.encode("sessions", column, value);
      return { strings: query.strings, values: query.values.map(() => encoded) };
    };
  }
}

/** True where a limit holds for this session. */
export function isLimited({ agentId }: NewSession, limit: SessionLimit | undefined): limit is SessionLimit {
  return limit !== undefined && (agentId ?? null) === null;
}
