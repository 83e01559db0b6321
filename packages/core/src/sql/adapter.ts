/** The adapter contract over SQL: keys are checked, conflicts become codes. The same for every dialect, driver and ORM. */
import {
  type AccountChange,
  type Adapter,
  type Attempt,
  type CreateSessionOptions,
  type NewAccount,
  type NewSession,
  type NewUser,
  type PasswordReplacement,
  requireKey,
  type SessionChange,
  type SessionKey,
  type UserChange,
} from "../contracts/adapter.js";
import { AuthError } from "../errors.js";
import type { AccountRecord, UserRecord, VerificationRecord } from "../model.js";
import { createId } from "../token/opaque.js";
import { checkTables } from "./check.js";
import type { SqlDatabase } from "./database.js";
import { isConstraintViolation, isUniqueViolation } from "./errors.js";
import { allOf, type Fragment, sql } from "./fragment.js";
import type { SqlStore } from "./store.js";

type VerificationKey = { identifier: string; purpose: string };

export class SqlAdapter implements Adapter {
  readonly #database: SqlDatabase;
  readonly #store: SqlStore;

  constructor(database: SqlDatabase, store: SqlStore) {
    this.#database = database;
    this.#store = store;
  }

  async createUser(user: NewUser) {
    const row = this.#userRow(user);
    await this.#orConflict(this.#store.insert(["users", row]), { user });
    return row as unknown as UserRecord;
  }

  async createUserWithAccount(user: NewUser, account: NewAccount) {
    const row = this.#userRow(user);
    const added = this.#store.insert(["users", row], ["accounts", this.#accountRow(account)]);
    await this.#orConflict(added, { user, account });
    return row as unknown as UserRecord;
  }

  async getUser(id: string) {
    return first(this.#store.select("users", this.#is("users", "id", id)));
  }

  async getUserByEmail(email: string) {
    return first(this.#store.select("users", this.#is("users", "email", email)));
  }

  async getUserByPhone(phone: string) {
    return first(this.#store.select("users", this.#is("users", "phone", phone)));
  }

  async getUserWithAccount({ email, provider }: { email: string; provider: string }) {
    return this.#store.findUserWithAccount(requireKey(email, "email"), requireKey(provider, "provider"));
  }

  async updateUser(id: string, change: UserChange) {
    return this.#orConflict(this.#store.update("users", requireKey(id, "id"), change), { user: { ...change, id } });
  }

  async deleteUser(id: string) {
    return (await this.#store.delete("users", this.#is("users", "id", id))).length > 0;
  }

  async createSession(session: NewSession, { replaces, limit, account }: CreateSessionOptions = {}) {
    for (const key of ["id", "userId", "tokenHash"] as const) requireKey(session[key], `session.${key}`);
    const conditions = {
      replaces: replaces && this.#isSession(replaces),
      limit,
      account: account && this.#holds(account),
    };
    const result = await this.#orConflict(this.#store.createSession(session, conditions), { userId: session.userId });
    if (result === "stale") throw await this.#whyStale(session);
    return result === "limit" ? null : result;
  }

  async getSession(key: SessionKey) {
    const [column, value] = columnOf(key);
    return this.#store.findSession(column, value);
  }

  async updateSession(id: string, change: SessionChange, condition?: { updatedAt: Date }) {
    const { sessions } = this.#store.tables;
    const isUnchanged =
      condition && sql`${sessions.column("updatedAt")} = ${sessions.value("updatedAt", condition.updatedAt)}`;
    return this.#store.update("sessions", requireKey(id, "id"), change, isUnchanged);
  }

  async deleteSession(key: SessionKey, condition?: { userId: string }) {
    const isOwn = condition && this.#is("sessions", "userId", condition.userId, "condition.userId");
    return first(this.#store.delete("sessions", allOf(this.#isSession(key), isOwn)));
  }

  async deleteUserSessions(userId: string, { except }: { except?: string } = {}) {
    const isTheirs = this.#is("sessions", "userId", userId);
    const isOther = except === undefined ? undefined : sql`NOT (${this.#is("sessions", "id", except, "except")})`;
    const removed = await this.#store.delete("sessions", allOf(isTheirs, isOther));
    return removed.map(({ id }) => id);
  }

  deleteAllSessions() {
    return this.#store.deleteAll("sessions");
  }

  async listSessions(userId: string, now: Date) {
    const { sessions } = this.#store.tables;
    const isLive = sql`${sessions.column("expires")} > ${sessions.value("expires", now)}`;
    const newestFirst = sql`${sessions.column("createdAt")} DESC, ${sessions.column("id")} DESC`;
    return this.#store.select("sessions", allOf(this.#is("sessions", "userId", userId), isLive), newestFirst);
  }

  async deleteExpired(before: Date, batch: number) {
    const removed = await this.#store.deleteSome("sessions", before, batch);
    return removed + (await this.#store.deleteSome("verifications", before, batch));
  }

  async createAccount(account: NewAccount) {
    const row = this.#accountRow(account);
    await this.#orConflict(this.#store.insert(["accounts", row]), { account, userId: account.userId });
    return row as unknown as AccountRecord;
  }

  async getAccount({ provider, providerAccountId }: { provider: string; providerAccountId: string }) {
    const isAtProvider = this.#is("accounts", "provider", provider);
    const hasId = this.#is("accounts", "providerAccountId", providerAccountId);
    return first(this.#store.select("accounts", allOf(isAtProvider, hasId)));
  }

  async listAccounts(userId: string) {
    const { accounts } = this.#store.tables;
    const order = sql`${accounts.column("createdAt")} ASC, ${accounts.column("id")} ASC`;
    return this.#store.select("accounts", this.#is("accounts", "userId", userId), order);
  }

  async updateAccount(id: string, change: AccountChange, condition?: { passwordHash: string }) {
    const isUnchanged =
      condition && this.#is("accounts", "passwordHash", condition.passwordHash, "condition.passwordHash");
    const updated = this.#store.update("accounts", requireKey(id, "id"), change, isUnchanged);
    return this.#orConflict(updated, { account: { ...change, id } });
  }

  async replacePassword({ account, passwordHash, updatedAt, keep }: PasswordReplacement) {
    requireKey(passwordHash, "passwordHash");
    if (keep !== undefined) requireKey(keep.id, "keep.id");
    const isTheirs = this.#is("accounts", "userId", account.userId, "account.userId");
    return this.#store.replacePassword(
      { passwordHash, updatedAt },
      {
        userId: account.userId,
        isCompared: allOf(this.#holds(account), isTheirs),
        hasNew: allOf(this.#holds({ id: account.id, passwordHash }), isTheirs),
      },
      keep,
    );
  }

  async deleteAccount(id: string, userId: string) {
    const isOwn = allOf(this.#is("accounts", "id", id), this.#is("accounts", "userId", userId));
    return (await this.#store.delete("accounts", isOwn)).length > 0;
  }

  async createVerification(verification: VerificationRecord) {
    for (const key of ["id", "identifier", "purpose"] as const) requireKey(verification[key], key);
    const identifier = this.#store.identifierOf(verification.identifier);
    await this.#store.putVerification(this.#store.tables.verifications.complete({ ...verification, identifier }));
  }

  async consumeVerification({ tokenHash, now, ...key }: VerificationKey & { tokenHash: string; now: Date }) {
    const { verifications } = this.#store.tables;
    const hasHash = this.#is("verifications", "tokenHash", tokenHash);
    const isLive = sql`${verifications.column("expires")} > ${verifications.value("expires", now)}`;
    const taken = await first(this.#store.delete("verifications", allOf(this.#isVerification(key), hasHash, isLive)));
    return taken && { ...taken, identifier: key.identifier };
  }

  async countAttempt(attempts: readonly Attempt[]) {
    const { verifications } = this.#store.tables;
    const windows = attempts.map((attempt) => {
      const { purpose, by, expires, now } = attempt;
      const identifier = this.#store.identifierOf(requireKey(attempt.identifier, "identifier"));
      requireKey(purpose, "purpose");
      // A window has no hash: a code whose time was over must not live again because somebody counts.
      const window = { id: createId(), identifier, purpose, tokenHash: "", createdAt: now, expires };
      return [{ ...attempt, identifier }, verifications.complete({ ...window, attempts: Math.max(0, by) })] as const;
    });
    return this.#store.countAttempt(windows);
  }

  async deleteVerification(key: VerificationKey) {
    await this.#store.delete("verifications", this.#isVerification(key));
  }

  check() {
    return checkTables(this.#database);
  }

  #is(
    table: "users" | "sessions" | "accounts" | "verifications",
    column: string,
    value: unknown,
    name = column,
  ): Fragment {
    return this.#store.tables[table].is(column, requireKey(value, name));
  }

  #isSession(key: SessionKey): Fragment {
    const [column, value] = columnOf(key);
    return this.#store.tables.sessions.is(column, value);
  }

  #isVerification({ identifier, purpose }: VerificationKey): Fragment {
    const kept = this.#store.identifierOf(requireKey(identifier, "identifier"));
    return allOf(this.#is("verifications", "identifier", kept), this.#is("verifications", "purpose", purpose));
  }

  #holds({ id, passwordHash }: { id: string; passwordHash: string }): Fragment {
    const hasHash = this.#is("accounts", "passwordHash", passwordHash, "account.passwordHash");
    return allOf(this.#is("accounts", "id", id, "account.id"), hasHash);
  }

  #userRow(user: NewUser) {
    requireKey(user.id, "user.id");
    return this.#store.tables.users.complete(user);
  }

  #accountRow(account: NewAccount) {
    for (const key of ["id", "userId", "provider", "providerAccountId"] as const)
      requireKey(account[key], `account.${key}`);
    return this.#store.tables.accounts.complete(account);
  }

  async #whyStale({ userId }: NewSession): Promise<AuthError> {
    if ((await this.getUser(userId)) === null) return new AuthError("user_not_found");
    return new AuthError("invalid_credentials", "the password was changed meanwhile");
  }

  /**
   * Says which rule of the tables a change broke, by reading what is there: drivers name the constraint each in its own way, and some
   * not at all. What is found nowhere was gone again, and the error stands; but for an address that a collation takes for another's,
   * which is as good as taken.
   */
  async #orConflict<T>(work: Promise<T>, wanted: Wanted): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      if (!isConstraintViolation(cause)) throw cause;
      const isTaken = isUniqueViolation(cause) && (wanted.user?.email ?? wanted.user?.phone ?? null) !== null;
      const code = (await this.#conflictOf(wanted)) ?? (isTaken ? "user_exists" : null);
      throw code === null ? cause : new AuthError(code, undefined, { cause });
    }
  }

  async #conflictOf({ user, account, userId }: Wanted) {
    if (user?.email && isOther(await this.getUserByEmail(user.email), user)) return "user_exists";
    if (user?.phone && isOther(await this.getUserByPhone(user.phone), user)) return "user_exists";
    const { provider, providerAccountId } = account ?? {};
    if (provider && providerAccountId && isOther(await this.getAccount({ provider, providerAccountId }), account))
      return "account_exists";
    if (userId !== undefined && (await this.getUser(userId)) === null) return "user_not_found";
    return null;
  }
}

/** What a change wanted to write, as far as it can meet what is there. */
interface Wanted {
  user?: { id: string; email?: string | null; phone?: string | null };
  account?: { id: string; provider?: string; providerAccountId?: string };
  /** User that a row refers to. */
  userId?: string;
}

function isOther(found: { id: string } | null, wanted: { id: string } | undefined): boolean {
  return found !== null && found.id !== wanted?.id;
}

/** The id is unique and so is the hash: each names at most one session. */
function columnOf(key: SessionKey): ["id" | "tokenHash", string] {
  return "tokenHash" in key ? ["tokenHash", requireKey(key.tokenHash, "tokenHash")] : ["id", requireKey(key.id, "id")];
}

async function first<T>(rows: Promise<T[]>): Promise<T | null> {
  return (await rows)[0] ?? null;
}
