/** The adapter contract on tables in memory. A method has done its work when it returns its promise: no two interleave. */
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
import type { AccountRecord, SessionRecord, UserRecord, VerificationRecord } from "../model.js";
import { holds, requireHeld, requireKeysOf } from "./accounts.js";
import { columnOf, newestFirst, surplusOf } from "./sessions.js";
import { MemoryTable } from "./table.js";
import { MemoryVerifications, type VerificationKey } from "./verifications.js";

export class MemoryAdapter implements Adapter {
  readonly #users: MemoryTable<UserRecord>;
  readonly #sessions: MemoryTable<NewSession>;
  readonly #accounts: MemoryTable<AccountRecord>;
  readonly #verifications: MemoryVerifications;

  constructor(max: number) {
    this.#users = new MemoryTable("users", max, "user_exists");
    this.#sessions = new MemoryTable("sessions", max);
    this.#accounts = new MemoryTable("accounts", max, "account_exists");
    this.#verifications = new MemoryVerifications(max);
  }

  async createUser(user: NewUser) {
    requireKey(user.id, "user.id");
    return this.#users.insert(user, user.createdAt);
  }

  async createUserWithAccount(user: NewUser, account: NewAccount) {
    requireKey(user.id, "user.id");
    const added = this.#users.insert(user, user.createdAt);
    try {
      this.#addAccount(account);
    } catch (error) {
      this.#users.delete(...this.#users.filter(({ id }) => id === added.id));
      throw error;
    }
    return added;
  }

  async getUser(id: string) {
    return copyFrom(this.#users, { id: requireKey(id, "id") });
  }

  async getUserByEmail(email: string) {
    return copyFrom(this.#users, { email: requireKey(email, "email") });
  }

  async getUserByPhone(phone: string) {
    return copyFrom(this.#users, { phone: requireKey(phone, "phone") });
  }

  async getUserWithAccount(key: UserWithAccountKey) {
    const provider = requireKey(key.provider, "provider");
    if ("providerAccountId" in key) {
      const providerAccountId = requireKey(key.providerAccountId, "providerAccountId");
      const account = copyFrom(this.#accounts, { provider, providerAccountId });
      const owner = account && this.#users.find({ id: account.userId });
      return owner ? { user: this.#users.copy(owner), account } : null;
    }
    const user = copyFrom(this.#users, { email: requireKey(key.email, "email") });
    return user && { user, account: copyFrom(this.#accounts, { provider, providerAccountId: user.id }) };
  }

  async updateUser(id: string, change: UserChange) {
    const user = this.#users.find({ id: requireKey(id, "id") });
    return user ? this.#users.update(user, change) : null;
  }

  async deleteUser(id: string) {
    const user = this.#users.find({ id: requireKey(id, "id") });
    if (user === undefined) return false;
    this.#users.delete(user);
    this.#sessions.delete(...this.#sessions.filter(({ userId }) => userId === id));
    this.#accounts.delete(...this.#accountsOf(id));
    return true;
  }

  async createSession(session: NewSession, options: CreateSessionOptions = {}) {
    for (const key of ["id", "userId", "tokenHash"] as const) requireKey(session[key], `session.${key}`);
    const replaced = options.replaces && this.#sessions.find(columnOf(options.replaces));
    this.#requireUser(session.userId);
    const { account, limit } = options;
    if (account) {
      const held = this.#accounts.find({ id: requireKey(account.id, "account.id") });
      requireHeld(account, held, session.userId);
    }

    const others = this.#sessions.filter((other) => other !== replaced);
    const surplus = surplusOf(session, others, limit);
    if (surplus.length > 0 && limit?.policy === "reject") return null;
    this.#sessions.insert(session, session.createdAt);
    this.#sessions.delete(...surplus, ...(replaced ? [replaced] : []));
    return { evicted: surplus.map(({ id }) => id), replaced: replaced?.id ?? null };
  }

  async getSession(key: SessionKey) {
    const session = this.#sessions.find(columnOf(key));
    const user = session && this.#users.find({ id: session.userId });
    return user ? { session: this.#recordOf(session), user: this.#users.copy(user) } : null;
  }

  async updateSession(id: string, change: SessionChange, condition?: { updatedAt: Date }) {
    const session = this.#sessions.find({ id: requireKey(id, "id") });
    if (session === undefined) return null;
    if (condition !== undefined && session.updatedAt.getTime() !== condition.updatedAt.getTime()) return null;
    return this.#recordOf(this.#sessions.update(session, change));
  }

  async deleteSession(key: SessionKey, condition?: { userId: string }) {
    const session = this.#sessions.find(columnOf(key));
    if (condition !== undefined) requireKey(condition.userId, "condition.userId");
    if (session === undefined || (condition !== undefined && session.userId !== condition.userId)) return null;
    this.#sessions.delete(session);
    return this.#recordOf(session);
  }

  async deleteUserSessions(userId: string, { except }: { except?: string } = {}) {
    requireKey(userId, "userId");
    if (except !== undefined) requireKey(except, "except");
    const removed = this.#sessions.filter((session) => session.userId === userId && session.id !== except);
    this.#sessions.delete(...removed);
    return removed.map(({ id }) => id);
  }

  async deleteAllSessions() {
    const sessions = this.#sessions.filter(() => true);
    this.#sessions.delete(...sessions);
    return sessions.length;
  }

  async listSessions(userId: string, now: Date) {
    requireKey(userId, "userId");
    const live = this.#sessions.filter((session) => session.userId === userId && session.expires > now);
    return live.sort(newestFirst).map((session) => this.#recordOf(session));
  }

  async deleteExpired(before: Date, batch: number) {
    const sessions = this.#sessions.filter(({ expires }) => expires < before).slice(0, batch);
    this.#sessions.delete(...sessions);
    return sessions.length + this.#verifications.deleteExpired(before, batch);
  }

  async createAccount(account: NewAccount, options: CreateAccountOptions = {}) {
    requireKeysOf(account);
    if ("session" in options) this.#requireSession(requireKey(options.session, "session"), account.userId);
    return this.#addAccount(account);
  }

  async getAccount({ provider, providerAccountId }: { provider: string; providerAccountId: string }) {
    requireKey(provider, "provider");
    requireKey(providerAccountId, "providerAccountId");
    return copyFrom(this.#accounts, { provider, providerAccountId });
  }

  async listAccounts(userId: string) {
    return this.#accountsOf(requireKey(userId, "userId")).map((account) => this.#accounts.copy(account));
  }

  async updateAccount(id: string, change: AccountChange, condition?: AccountCondition) {
    const account = this.#accounts.find({ id: requireKey(id, "id") });
    const isStill = condition === undefined || holds(condition, account);
    return account && isStill ? this.#accounts.update(account, change) : null;
  }

  async replacePassword({ account, passwordHash, updatedAt, keep }: PasswordReplacement) {
    requireKey(passwordHash, "passwordHash");
    requireKey(account.passwordHash, "account.passwordHash");
    requireKey(account.userId, "account.userId");
    const own = this.#accounts.find({ id: requireKey(account.id, "account.id") });
    const kept = keep && this.#sessions.find({ id: requireKey(keep.id, "keep.id") });
    if (own?.passwordHash !== account.passwordHash || own.userId !== account.userId) return null;
    // First what can fail.
    const next = keep && kept?.userId === own.userId ? this.#sessions.update(kept, keep.change) : null;
    const ended = this.#sessions.filter((session) => session.userId === own.userId && session.id !== next?.id);
    this.#sessions.delete(...ended);
    this.#accounts.update(own, { passwordHash, updatedAt });
    return { ended: ended.map(({ id }) => id), kept: next && this.#recordOf(next) };
  }

  async deleteAccount(id: string, userId: string, { unlessLast = false }: { unlessLast?: boolean } = {}) {
    const account = this.#accounts.find({ id: requireKey(id, "id") });
    if (account?.userId !== requireKey(userId, "userId")) return false;
    if (unlessLast && this.#accountsOf(userId).length === 1) throw new AuthError("last_account");
    this.#accounts.delete(account);
    return true;
  }

  async proveEmail({ userId, email, account, now }: EmailProof) {
    const user = this.#users.find({ id: requireKey(userId, "userId") });
    if (account) requireKeysOf(account);
    if (account && account.userId !== userId)
      throw new AuthError("request_invalid", "account.userId is another user's");
    if (user?.email !== requireKey(email, "email")) return null;
    const wiped = !user.emailVerified;
    // First what can fail.
    const change = { emailVerified: true, phone: null, phoneVerified: false, updatedAt: now };
    const proved = this.#users.copy(wiped ? { ...user, ...change } : user);
    this.#replaceAccounts(wiped ? this.#accountsOf(userId) : [], account);
    const ended = wiped ? this.#sessions.filter((session) => session.userId === userId) : [];
    this.#sessions.delete(...ended);
    return { user: this.#users.update(user, proved), wiped, ended: ended.map(({ id }) => id) };
  }

  async createVerification(verification: VerificationRecord) {
    this.#verifications.put(verification);
  }

  async consumeVerification(key: VerificationKey & { tokenHash: string; now: Date }) {
    return this.#verifications.take(key);
  }

  async countAttempt(attempts: readonly Attempt[]) {
    return this.#verifications.count(attempts);
  }

  async deleteVerification(key: VerificationKey) {
    this.#verifications.delete(key);
  }

  async check() {
    return [];
  }

  #addAccount(account: NewAccount): AccountRecord {
    requireKeysOf(account);
    this.#requireUser(account.userId);
    return this.#accounts.insert(account, account.createdAt);
  }

  /** Removes accounts and adds one in their place, or changes nothing. */
  #replaceAccounts(removed: AccountRecord[], added: NewAccount | undefined): void {
    this.#accounts.delete(...removed);
    try {
      if (added) this.#addAccount(added);
    } catch (error) {
      for (const account of removed) this.#accounts.insert(account, account.createdAt);
      throw error;
    }
  }

  /** @throws AuthError `unauthorized` unless it is a session of this user, who is not disabled */
  #requireSession(id: string, userId: string): void {
    const isTheirs = this.#sessions.find({ id })?.userId === userId;
    if (!isTheirs || this.#users.find({ id: userId })?.disabledAt !== null) throw new AuthError("unauthorized");
  }

  #requireUser(id: string): void {
    if (this.#users.find({ id }) === undefined) throw new AuthError("user_not_found");
  }

  /** Not copies. */
  #accountsOf(id: string): AccountRecord[] {
    return this.#accounts.filter(({ userId }) => userId === id);
  }

  #recordOf(session: NewSession): SessionRecord {
    const { tokenHash, ...record } = this.#sessions.copy(session);
    return record;
  }
}

function copyFrom<R extends { id: string }>(table: MemoryTable<R>, key: Partial<R>): R | null {
  const row = table.find(key);
  return row ? table.copy(row) : null;
}
