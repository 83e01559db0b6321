/** Adapters that break one promise each: those about counters, and about what a sign-in with a password reads and starts. */
import type { Adapter, Attempt, AttemptCount } from "../src/index.js";

export type Mutant = (adapter: Adapter) => Partial<Adapter>;

/** Lets other calls in, as a round trip to a database does between a read and the write that depends on it. */
export const roundTrip = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Changes what each counter is asked to do. */
function asking(change: (attempt: Attempt, all: readonly Attempt[]) => Attempt): Mutant {
  return (real) => ({ countAttempt: (all) => real.countAttempt(all.map((attempt) => change(attempt, all))) });
}

/** Changes what each counter answers. */
function answering(change: (count: AttemptCount, attempt: Attempt) => AttemptCount): Mutant {
  return (real) => ({
    async countAttempt(attempts) {
      const counts = await real.countAttempt(attempts);
      return counts.map((count, place) => change(count, attempts[place] as Attempt));
    },
  });
}

/** Counts one after the other, reading each counter before it is written, from the one at `from` on. */
function readingFirst(from: number): Mutant {
  return (real) => {
    const written = new Map<string, number>();
    const readThenWrite = async (attempt: Attempt) => {
      const key = `${attempt.identifier} ${attempt.purpose}`;
      const attempts = (written.get(key) ?? 0) + attempt.by;
      await roundTrip();
      written.set(key, attempts);
      const [count] = await real.countAttempt([attempt]);
      return { ...(count as AttemptCount), attempts };
    };
    return {
      async countAttempt(attempts) {
        const counts = await real.countAttempt(attempts.slice(0, from));
        for (const attempt of attempts.slice(from)) counts.push(await readThenWrite(attempt));
        return counts;
      },
    };
  };
}

/** Calls wait for the counters that others hold, and for ever where each holds what the other waits for: then one fails. */
function lockingInGivenOrder(real: Adapter): Partial<Adapter> {
  const held = new Set<string>();
  return {
    async countAttempt(attempts) {
      const mine: string[] = [];
      try {
        for (const { identifier, purpose } of attempts) {
          const key = `${identifier} ${purpose}`;
          for (let waited = 0; held.has(key); waited++) {
            if (waited > 0 && mine.length > 0) throw new Error("deadlock detected");
            await roundTrip();
          }
          held.add(key);
          mine.push(key);
          await roundTrip();
        }
        return await real.countAttempt(attempts);
      } finally {
        for (const key of mine) held.delete(key);
      }
    },
  };
}

export const COUNTER_MUTANTS: Record<string, Mutant> = {
  "reads the count, then writes it (B15)": readingFirst(0),
  "reads all counts but the first, then writes them": readingFirst(1),
  "locks counters in the order in which they are given": lockingInGivenOrder,
  "lets a count go below zero": answering((count, { by }) =>
    by < 0 && count.attempts === 0 ? { ...count, attempts: by } : count,
  ),
  "ends a window one millisecond late": asking((attempt) => ({
    ...attempt,
    now: new Date(attempt.now.getTime() - 1),
  })),
  "moves the end of the window with each attempt": answering((count, { expires }) => ({ ...count, expires })),
  "adds the number of the first attempt to every counter": asking((attempt, [first]) => ({
    ...attempt,
    by: (first as Attempt).by,
  })),
  "gives every counter the window of the first": asking((attempt, [first]) => ({
    ...attempt,
    expires: (first as Attempt).expires,
  })),
  "answers in the order of the keys": (real) => ({
    countAttempt: (attempts) =>
      real.countAttempt([...attempts].sort((a, b) => (a.identifier + a.purpose < b.identifier + b.purpose ? -1 : 1))),
  }),
  "counts on the first counter only": (real) => ({
    async countAttempt(attempts) {
      const counts = await real.countAttempt(attempts.slice(0, 1));
      return attempts.map(() => counts[0] as AttemptCount);
    },
  }),
  "takes counters that differ in case for one": asking((attempt) => ({
    ...attempt,
    ...(typeof attempt.purpose === "string" && { purpose: attempt.purpose.toLowerCase() }),
  })),
  "checks the key of the first counter only": (real) => ({
    async countAttempt([first, ...others]) {
      if (first === undefined) return [];
      const valid = others.filter(({ identifier, purpose }) => typeof identifier === "string" && purpose);
      return real.countAttempt([first, ...valid]);
    },
  }),
};

/** Changes what is asked for by address. */
function lookingUp(change: (key: { email: string; provider: string }) => { email: string; provider: string }): Mutant {
  return (real) => ({
    getUserWithAccount: (key) => real.getUserWithAccount("email" in key ? change(key) : key),
  });
}

export const SIGN_IN_MUTANTS: Record<string, Mutant> = {
  "finds no user without an account": (real) => ({
    async getUserWithAccount(key) {
      const found = await real.getUserWithAccount(key);
      return found?.account ? found : null;
    },
  }),
  "joins with any account of the user": (real) => ({
    async getUserWithAccount(key) {
      const found = await real.getUserWithAccount(key);
      return found && { ...found, account: (await real.listAccounts(found.user.id))[0] ?? null };
    },
  }),
  "joins with an account at the provider under any id": (real) => ({
    async getUserWithAccount(key) {
      const found = await real.getUserWithAccount(key);
      const accounts = found ? await real.listAccounts(found.user.id) : [];
      return found && { ...found, account: accounts.find(({ provider }) => provider === key.provider) ?? null };
    },
  }),
  "lower-cases the email of a sign-in": lookingUp(({ email, provider }) => ({
    email: typeof email === "string" ? email.toLowerCase() : email,
    provider,
  })),
  "trims the provider of a sign-in": lookingUp(({ email, provider }) => ({
    email,
    provider: typeof provider === "string" ? provider.trim() : provider,
  })),
  "does not find disabled users": (real) => ({
    async getUserWithAccount(key) {
      const found = await real.getUserWithAccount(key);
      return found?.user.disabledAt ? null : found;
    },
  }),
  "hands out no hash": (real) => ({
    async getUserWithAccount(key) {
      const found = await real.getUserWithAccount(key);
      return found && { ...found, account: found.account && { ...found.account, passwordHash: null } };
    },
  }),
  "takes an undefined provider for any": lookingUp(({ email, provider = "google" }) => ({ email, provider })),
  "starts a session whatever the hash": (real) => ({
    createSession: (session, { account, ...options } = {}) => real.createSession(session, options),
  }),
  "compares the hash, then adds the session": (real) => ({
    async createSession(session, { account, ...options } = {}) {
      if (account === undefined) return real.createSession(session, options);
      const accounts = await real.listAccounts("user-1");
      const holds = accounts.some(({ id, passwordHash }) => id === account.id && passwordHash === account.passwordHash);
      await roundTrip();
      return real.createSession(session, { ...options, ...(!holds && { account }) });
    },
  }),
  "adds the session, then compares the hash": (real) => ({
    async createSession(session, { account, ...options } = {}) {
      const created = await real.createSession(session, options);
      if (account === undefined) return created;
      try {
        await real.createSession({ ...session, id: "probe", tokenHash: "probe" }, { account });
        await real.deleteSession({ id: "probe" });
        return created;
      } catch (error) {
        await real.deleteSession({ id: session.id });
        throw error;
      }
    },
  }),
  "starts a session when the account is gone": (real) => ({
    async createSession(session, { account, ...options } = {}) {
      const accounts = await real.listAccounts("user-1");
      const isThere = typeof account?.id !== "string" || accounts.some(({ id }) => id === account.id);
      return real.createSession(session, { ...options, ...(account && isThere && { account }) });
    },
  }),
  "starts a session when the account has no hash": (real) => ({
    async createSession(session, { account, ...options } = {}) {
      const accounts = await real.listAccounts("user-1");
      const hasNone = accounts.some(({ id, passwordHash }) => id === account?.id && passwordHash === null);
      return real.createSession(session, { ...options, ...(account && !hasNone && { account }) });
    },
  }),
  "compares hashes as if their case did not matter": (real) => ({
    async createSession(session, options = {}) {
      const { account } = options;
      const accounts = await real.listAccounts("user-1");
      const current = accounts.find(({ id }) => id === account?.id)?.passwordHash;
      const isAlike = typeof account?.passwordHash === "string" && current && isSameText(current, account.passwordHash);
      if (!(account && isAlike)) return real.createSession(session, options);
      return real.createSession(session, { ...options, account: { ...account, passwordHash: current } });
    },
  }),
  "lets others give way before it compares the hash": (real) => ({
    async createSession(session, options = {}) {
      if (options.account && options.limit?.policy === "evict-oldest") {
        const live = await real.listSessions("user-1", session.createdAt);
        for (const { id } of live.slice(options.limit.max - 1)) await real.deleteSession({ id });
      }
      return real.createSession(session, options);
    },
  }),
  "replaces before it compares the hash": (real) => ({
    async createSession(session, { replaces, ...options } = {}) {
      const removed = options.account && replaces ? await real.deleteSession(replaces) : null;
      if (removed === null) return real.createSession(session, { ...options, ...(replaces && { replaces }) });
      const created = await real.createSession(session, options);
      return created && { ...created, replaced: removed.id };
    },
  }),
  "forgets the limit where there is an account": (real) => ({
    createSession: (session, { limit, ...options } = {}) =>
      real.createSession(session, { ...options, ...(limit && !options.account && { limit }) }),
  }),
  "forgets the session to replace where there is an account": (real) => ({
    createSession: (session, { replaces, ...options } = {}) =>
      real.createSession(session, { ...options, ...(replaces && !options.account && { replaces }) }),
  }),
  "answers null when the hash is another": (real) => ({
    createSession: (session, options) =>
      real.createSession(session, options).catch((error: { code?: string }) => {
        if (error.code === "invalid_credentials") return null;
        throw error;
      }),
  }),
  "takes an unknown user for a changed password": (real) => ({
    createSession: (session, options) =>
      real.createSession(session, options).catch((error: { code?: string }) => {
        if (error.code !== "user_not_found" || !options?.account) throw error;
        throw Object.assign(error, { code: "invalid_credentials" });
      }),
  }),
  "takes an undefined hash for no condition": (real) => ({
    createSession: (session, { account, ...options } = {}) =>
      real.createSession(session, { ...options, ...(account?.passwordHash !== undefined && { account }) }),
  }),
  "ends the other sessions before it looks at the hash": (real) => ({
    async replacePassword(replacement) {
      const { keep } = replacement;
      await real.deleteUserSessions("user-1", keep === undefined ? {} : { except: keep.id });
      return real.replacePassword(replacement);
    },
  }),
  "writes the hash, then ends the sessions that it read before": (real) => ({
    async replacePassword({ account, passwordHash, updatedAt, keep }) {
      const live = await real.listSessions("user-1", new Date(0));
      await roundTrip();
      if ((await real.updateAccount(account.id, { passwordHash, updatedAt }, account)) === null) return null;
      const ended = live.map(({ id }) => id).filter((id) => id !== keep?.id);
      for (const id of ended) await real.deleteSession({ id });
      return { ended, kept: keep === undefined ? null : await real.updateSession(keep.id, keep.change) };
    },
  }),
  "leaves the session to keep as it was": (real) => ({
    replacePassword: ({ keep, ...replacement }) =>
      real.replacePassword({ ...replacement, ...(keep && { keep: { ...keep, change: {} } }) }),
  }),
  "changes another user's session": (real) => ({
    async replacePassword(replacement) {
      const replaced = await real.replacePassword(replacement);
      const { keep } = replacement;
      if (replaced === null || replaced.kept !== null || keep === undefined) return replaced;
      return { ...replaced, kept: await real.updateSession(keep.id, keep.change) };
    },
  }),
  "replaces whatever hash there is": (real) => ({
    async replacePassword(replacement) {
      const current = (await real.listAccounts("user-1"))[0]?.passwordHash;
      const account = { ...replacement.account, passwordHash: current ?? replacement.account.passwordHash };
      return real.replacePassword({ ...replacement, account });
    },
  }),
  "finds something wrong with good tables": () => ({ check: async () => ["the table users is missing"] }),
};

function isSameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
