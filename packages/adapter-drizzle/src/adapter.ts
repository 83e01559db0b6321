/** The adapter contract over a {@link Store}: keys are checked, conflicts become codes. The same for every SQL dialect. */
import {
  type AccountChange,
  type AccountRecord,
  type Adapter,
  type Attempt,
  AuthError,
  type CreateSessionOptions,
  createId,
  type NewAccount,
  type NewSession,
  type NewUser,
  requireKey,
  type SessionChange,
  type SessionKey,
  type UserChange,
  type UserRecord,
  type VerificationRecord,
} from "@latchkey/core";
import { and, asc, desc, eq, gt, lt, ne, type SQL } from "drizzle-orm";
import { completeRow, type Tables } from "./columns.js";
import type { Store } from "./store.js";

const CONFLICTS = { users: "user_exists", accounts: "account_exists", reference: "user_not_found" } as const;
type VerificationKey = { identifier: string; purpose: string };

export class SqlAdapter implements Adapter {
  readonly #store: Store;
  readonly #tables: Tables;

  constructor(store: Store) {
    this.#store = store;
    this.#tables = store.tables;
  }

  async createUser(user: NewUser) {
    const row = userRow(user);
    await this.#orConflict(this.#store.insert(["users", row]));
    return row as unknown as UserRecord;
  }

  async createUserWithAccount(user: NewUser, account: NewAccount) {
    const row = userRow(user);
    await this.#orConflict(this.#store.insert(["users", row], ["accounts", accountRow(account)]));
    return row as unknown as UserRecord;
  }

  async getUser(id: string) {
    return first(this.#store.select("users", eq(this.#tables.users.id, requireKey(id, "id"))));
  }

  async getUserByEmail(email: string) {
    return first(this.#store.select("users", eq(this.#tables.users.email, requireKey(email, "email"))));
  }

  async getUserByPhone(phone: string) {
    return first(this.#store.select("users", eq(this.#tables.users.phone, requireKey(phone, "phone"))));
  }

  async updateUser(id: string, change: UserChange) {
    const isUser = eq(this.#tables.users.id, requireKey(id, "id"));
    return this.#orConflict(this.#store.update("users", { ...change }, isUser));
  }

  async deleteUser(id: string) {
    const removed = await this.#store.delete("users", eq(this.#tables.users.id, requireKey(id, "id")));
    return removed.length > 0;
  }

  async createSession(session: NewSession, { replaces, limit }: CreateSessionOptions = {}) {
    for (const key of ["id", "userId", "tokenHash"] as const) requireKey(session[key], `session.${key}`);
    const conditions = { replaces: replaces && this.#isSession(replaces), limit };
    return this.#orConflict(this.#store.createSession(session, conditions));
  }

  async getSession(key: SessionKey) {
    const [column, value] = columnOf(key);
    return this.#store.findSession(column, value);
  }

  async updateSession(id: string, change: SessionChange, condition?: { updatedAt: Date }) {
    const { sessions } = this.#tables;
    const isSession = eq(sessions.id, requireKey(id, "id"));
    const isUnchanged = condition && eq(sessions.updatedAt, condition.updatedAt);
    return this.#store.update("sessions", { ...change }, both(isSession, isUnchanged));
  }

  async deleteSession(key: SessionKey, condition?: { userId: string }) {
    const isOwn = condition && eq(this.#tables.sessions.userId, requireKey(condition.userId, "condition.userId"));
    return first(this.#store.delete("sessions", both(this.#isSession(key), isOwn)));
  }

  async deleteUserSessions(userId: string, { except }: { except?: string } = {}) {
    const { sessions } = this.#tables;
    const isTheirs = eq(sessions.userId, requireKey(userId, "userId"));
    const isOther = except === undefined ? undefined : ne(sessions.id, requireKey(except, "except"));
    const removed = await this.#store.delete("sessions", both(isTheirs, isOther));
    return removed.map(({ id }) => id);
  }

  async listSessions(userId: string, now: Date) {
    const { sessions } = this.#tables;
    const isLive = both(eq(sessions.userId, requireKey(userId, "userId")), gt(sessions.expires, now));
    return this.#store.select("sessions", isLive, [desc(sessions.createdAt), desc(sessions.id)]);
  }

  async deleteExpired(before: Date, batch: number) {
    const { sessions, verifications } = this.#tables;
    const removed = await this.#store.deleteSome("sessions", lt(sessions.expires, before), batch);
    return removed + (await this.#store.deleteSome("verifications", lt(verifications.expires, before), batch));
  }

  async createAccount(account: NewAccount) {
    const row = accountRow(account);
    await this.#orConflict(this.#store.insert(["accounts", row]));
    return row as unknown as AccountRecord;
  }

  async getAccount({ provider, providerAccountId }: { provider: string; providerAccountId: string }) {
    const { accounts } = this.#tables;
    const isAtProvider = eq(accounts.provider, requireKey(provider, "provider"));
    const hasId = eq(accounts.providerAccountId, requireKey(providerAccountId, "providerAccountId"));
    return first(this.#store.select("accounts", both(isAtProvider, hasId)));
  }

  async listAccounts(userId: string) {
    const { accounts } = this.#tables;
    const order = [asc(accounts.createdAt), asc(accounts.id)];
    return this.#store.select("accounts", eq(accounts.userId, requireKey(userId, "userId")), order);
  }

  async updateAccount(id: string, change: AccountChange, condition?: { passwordHash: string }) {
    const { accounts } = this.#tables;
    const isAccount = eq(accounts.id, requireKey(id, "id"));
    const isUnchanged =
      condition && eq(accounts.passwordHash, requireKey(condition.passwordHash, "condition.passwordHash"));
    return this.#orConflict(this.#store.update("accounts", { ...change }, both(isAccount, isUnchanged)));
  }

  async deleteAccount(id: string, userId: string) {
    const { accounts } = this.#tables;
    const isOwn = both(eq(accounts.id, requireKey(id, "id")), eq(accounts.userId, requireKey(userId, "userId")));
    return (await this.#store.delete("accounts", isOwn)).length > 0;
  }

  async createVerification(verification: VerificationRecord) {
    for (const key of ["id", "identifier", "purpose"] as const) requireKey(verification[key], key);
    await this.#store.putVerification(completeRow("verifications", verification));
  }

  async consumeVerification({ tokenHash, now, ...key }: VerificationKey & { tokenHash: string; now: Date }) {
    const { verifications } = this.#tables;
    const hasHash = eq(verifications.tokenHash, requireKey(tokenHash, "tokenHash"));
    const isLive = both(hasHash, gt(verifications.expires, now));
    return first(this.#store.delete("verifications", both(this.#isVerification(key), isLive)));
  }

  async countAttempt(attempt: Attempt) {
    const { identifier, purpose, by, expires, now } = attempt;
    requireKey(identifier, "identifier");
    requireKey(purpose, "purpose");
    // A window has no hash: a code whose time was over must not live again because somebody counts.
    const window = { id: createId(), identifier, purpose, tokenHash: "", createdAt: now, expires };
    return this.#store.countAttempt(attempt, { ...window, attempts: Math.max(0, by) });
  }

  async deleteVerification(key: VerificationKey) {
    await this.#store.delete("verifications", this.#isVerification(key));
  }

  #isSession(key: SessionKey): SQL {
    const [column, value] = columnOf(key);
    return eq(this.#tables.sessions[column], value);
  }

  #isVerification({ identifier, purpose }: VerificationKey): SQL {
    const { verifications } = this.#tables;
    const hasIdentifier = eq(verifications.identifier, requireKey(identifier, "identifier"));
    return both(hasIdentifier, eq(verifications.purpose, requireKey(purpose, "purpose")));
  }

  async #orConflict<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      const conflict = this.#store.conflictOf(cause);
      throw conflict === null ? cause : new AuthError(CONFLICTS[conflict], undefined, { cause });
    }
  }
}

/** The id is unique and so is the hash: each names at most one session. */
function columnOf(key: SessionKey): ["id" | "tokenHash", string] {
  return "tokenHash" in key ? ["tokenHash", requireKey(key.tokenHash, "tokenHash")] : ["id", requireKey(key.id, "id")];
}

function userRow(user: NewUser) {
  requireKey(user.id, "user.id");
  return completeRow("users", user);
}

function accountRow(account: NewAccount) {
  for (const key of ["id", "userId", "provider", "providerAccountId"] as const)
    requireKey(account[key], `account.${key}`);
  return completeRow("accounts", account);
}

/** `and` of Drizzle takes and gives "no condition", too; a statement here always has one. */
function both(condition: SQL, other: SQL | undefined): SQL {
  return and(condition, other) ?? condition;
}

async function first<T>(rows: Promise<T[]>): Promise<T | null> {
  return (await rows)[0] ?? null;
}
