/** The adapter contract over SQL: keys are checked, conflicts become codes. The same for every dialect, driver and ORM. */
import {
  type AccountChange,
  type AccountCondition,
  type Adapter,
  type Attempt,
  type CreateAccountOptions,
  type CreateSessionOptions,
  type EmailProof,
  type NewAccount,
  type NewSession,
  type NewUser,
  type PasswordReplacement,
  requireKey,
  type SessionChange,
  type SessionKey,
  type UserChange,
  type UserWithAccountKey,
} from "../contracts/adapter.js";
import { AuthError } from "../errors.js";
import type { AccountRecord, VerificationRecord } from "../model.js";
import { createId } from "../token/opaque.js";
import { checkTables } from "./check.js";
import { orConflict, type Wanted } from "./conflicts.js";
import type { SqlDatabase } from "./database.js";
import { allOf, type Fragment, sql } from "./fragment.js";
import type { HeldAccount, SqlStore } from "./store.js";

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
    await this.#orConflict(this.#store.add(this.#store.tables.users.insert(row)), { user });
    return row;
  }

  async createUserWithAccount(user: NewUser, account: NewAccount) {
    const { users, accounts } = this.#store.tables;
    const row = this.#userRow(user);
    const added = this.#store.add(users.insert(row), accounts.insert(this.#accountRow(account)));
    await this.#orConflict(added, { user, account });
    return row;
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

  async getUserWithAccount(key: UserWithAccountKey) {
    const provider = requireKey(key.provider, "provider");
    if ("providerAccountId" in key)
      return this.#store.findUserByAccount(provider, requireKey(key.providerAccountId, "providerAccountId"));
    return this.#store.findUserByEmail(requireKey(key.email, "email"), provider);
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
      account: account && heldAccount(account, session.userId),
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
    const isTheirs = this.#is("sessions", "userId", userId);
    return this.#store.select("sessions", allOf(isTheirs, isLive), this.#store.newestFirst());
  }

  async deleteExpired(before: Date, batch: number) {
    const removed = await this.#store.deleteSome("sessions", before, batch);
    return removed + (await this.#store.deleteSome("verifications", before, batch));
  }

  async createAccount(account: NewAccount, options: CreateAccountOptions = {}) {
    const row = this.#accountRow(account);
    await this.#orConflict(this.#addAccount(row, options), { account, userId: row.userId });
    return row;
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

  async updateAccount(id: string, change: AccountChange, condition?: AccountCondition) {
    const isUnchanged = condition && this.#isStill(condition);
    const updated = this.#store.update("accounts", requireKey(id, "id"), change, isUnchanged);
    return this.#orConflict(updated, { account: { ...change, id } });
  }

  async replacePassword(replacement: PasswordReplacement) {
    const { account, passwordHash, keep } = replacement;
    requireKey(passwordHash, "passwordHash");
    if (keep !== undefined) requireKey(keep.id, "keep.id");
    requireKey(account.userId, "account.userId");
    requireKey(account.id, "account.id");
    requireKey(account.passwordHash, "account.passwordHash");
    return this.#store.replacePassword(replacement);
  }

  async deleteAccount(id: string, userId: string, { unlessLast = false }: { unlessLast?: boolean } = {}) {
    const isOwn = allOf(this.#is("accounts", "id", id), this.#is("accounts", "userId", userId));
    if (!unlessLast) return (await this.#store.delete("accounts", isOwn)).length > 0;
    const removed = await this.#store.deleteUnlessLast(id, userId);
    if (removed === "last") throw new AuthError("last_account");
    return removed;
  }

  async proveEmail(proof: EmailProof) {
    const { userId, account } = proof;
    requireKey(userId, "userId");
    requireKey(proof.email, "email");
    const row = account && this.#accountRow(account);
    if (row && row.userId !== userId) throw new AuthError("request_invalid", "account.userId is another user's");
    return this.#orConflict(this.#store.proveEmail(proof, row), row ? { account: row } : {});
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

  /** The fields that must still be as they were; a condition without any would be none. */
  #isStill(condition: AccountCondition): Fragment {
    const is = (column: string, value: unknown) => this.#is("accounts", column, value, `condition.${column}`);
    const hash = "passwordHash" in condition ? is("passwordHash", condition.passwordHash) : undefined;
    const token = "refreshToken" in condition ? is("refreshToken", condition.refreshToken) : undefined;
    if (hash || token) return allOf(hash, token);
    throw new AuthError("request_invalid", "condition names no field");
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

  async #addAccount(row: AccountRecord, options: CreateAccountOptions): Promise<void> {
    if (!("session" in options)) return this.#store.add(this.#store.tables.accounts.insert(row));
    if (await this.#store.addAccountIn(requireKey(options.session, "session"), row)) return;
    throw new AuthError("unauthorized", "the session in which the account was to be added is gone");
  }

  async #whyStale({ userId }: NewSession): Promise<AuthError> {
    if ((await this.getUser(userId)) === null) return new AuthError("user_not_found");
    return new AuthError("invalid_credentials", "the account is not any more what it was");
  }

  #orConflict<T>(work: Promise<T>, wanted: Wanted): Promise<T> {
    return orConflict(work, wanted, this);
  }
}

/** The id is unique and so is the hash: each names at most one session. */
function columnOf(key: SessionKey): ["id" | "tokenHash", string] {
  return "tokenHash" in key ? ["tokenHash", requireKey(key.tokenHash, "tokenHash")] : ["id", requireKey(key.id, "id")];
}

function heldAccount(account: NonNullable<CreateSessionOptions["account"]>, userId: string): HeldAccount {
  requireKey(account.id, "account.id");
  if ("passwordHash" in account) requireKey(account.passwordHash, "account.passwordHash");
  return { ...account, userId };
}

async function first<T>(rows: Promise<T[]>): Promise<T | null> {
  return (await rows)[0] ?? null;
}
