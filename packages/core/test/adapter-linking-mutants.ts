/** Adapters that break one promise each: those about accounts at providers, and about the proof of a mailbox. */
import {
  type AccountCondition,
  type AccountRecord,
  type Adapter,
  AuthError,
  type EmailProof,
  type EmailProved,
  type UserRecord,
} from "../src/index.js";
import { type Mutant, roundTrip } from "./adapter-mutants.js";

type Options = { unlessLast?: boolean } | undefined;

/** Changes what is asked for by provider account. */
function asking(change: (providerAccountId: string, provider: string) => [string, string]): Mutant {
  return (real) => ({
    getUserWithAccount(key) {
      if (!("providerAccountId" in key) || typeof key.providerAccountId !== "string")
        return real.getUserWithAccount(key);
      const [providerAccountId, provider] = change(key.providerAccountId, key.provider);
      return real.getUserWithAccount({ provider, providerAccountId });
    },
  });
}

/** Changes the condition of an update; undefined where there is none left. */
function comparing(change: (condition: AccountCondition) => AccountCondition | undefined): Mutant {
  return (real) => ({
    updateAccount: (id, account, condition) => real.updateAccount(id, account, condition && change(condition)),
  });
}

/** @returns the account of one of the users that the rules are about */
async function accountById(real: Adapter, id: string): Promise<AccountRecord | undefined> {
  const lists = await Promise.all(["user-1", "user-2"].map((userId) => real.listAccounts(userId)));
  return lists.flat().find((account) => account.id === id);
}

/** Removes accounts in another way where the last one is to stay. */
function unlinking(remove: (real: Adapter, id: string, userId: string) => Promise<boolean>): Mutant {
  return (real) => ({
    async deleteAccount(id, userId, options: Options = {}) {
      const isAsked = options.unlessLast && typeof id === "string" && typeof userId === "string" && id && userId;
      return isAsked ? remove(real, id, userId) : real.deleteAccount(id, userId, options);
    },
  });
}

export const LINKING_MUTANTS: Record<string, Mutant> = {
  "lower-cases the account of a sign-in": asking((id, provider) => [id.toLowerCase(), provider]),
  "trims the account of a sign-in": asking((id, provider) => [id.trim(), provider]),
  "takes every provider for google": asking((id) => [id, "google"]),
  "finds an account under the user's own id only": (real) => ({
    async getUserWithAccount(key) {
      const found = await real.getUserWithAccount(key);
      return found?.account && found.account.providerAccountId !== found.user.id ? null : found;
    },
  }),
  "finds the first user of all": (real) => ({
    async getUserWithAccount(key) {
      const found = await real.getUserWithAccount(key);
      return found && { ...found, user: (await real.getUser("user-1")) as UserRecord };
    },
  }),
  "does not find the account of a disabled user": (real) => ({
    async getUserWithAccount(key) {
      const found = await real.getUserWithAccount(key);
      return "providerAccountId" in key && found?.user.disabledAt ? null : found;
    },
  }),
  "does not ask for the refresh token": comparing((condition) =>
    "passwordHash" in condition ? { passwordHash: condition.passwordHash } : undefined,
  ),
  "does not ask for the password where there is a refresh token": comparing((condition) =>
    "refreshToken" in condition ? { refreshToken: condition.refreshToken } : condition,
  ),
  "takes an empty condition for none": comparing((condition) =>
    Object.keys(condition).length === 0 ? undefined : condition,
  ),
  "takes an undefined refresh token for no condition": comparing((condition) =>
    "refreshToken" in condition && condition.refreshToken === undefined ? undefined : condition,
  ),
  "compares refresh tokens as if their case did not matter": (real) => ({
    async updateAccount(id, change, condition) {
      const token = condition && "refreshToken" in condition ? condition.refreshToken : undefined;
      const stored = (await accountById(real, id))?.refreshToken;
      const isAlike = typeof token === "string" && stored?.toLowerCase() === token.toLowerCase();
      return real.updateAccount(id, change, stored && isAlike ? { ...condition, refreshToken: stored } : condition);
    },
  }),
  "compares the refresh token, then writes": (real) => ({
    async updateAccount(id, change, condition) {
      const token = condition && "refreshToken" in condition ? condition.refreshToken : undefined;
      const stored = (await accountById(real, id))?.refreshToken;
      await roundTrip();
      return real.updateAccount(id, change, token && stored === token ? undefined : condition);
    },
  }),
  "removes the last account": unlinking((real, id, userId) => real.deleteAccount(id, userId)),
  "counts the accounts, then removes one": unlinking(async (real, id, userId) => {
    const accounts = await real.listAccounts(userId);
    const isLast = accounts.length === 1 && accounts[0]?.id === id;
    await roundTrip();
    return real.deleteAccount(id, userId, { unlessLast: isLast });
  }),
  "keeps the last account though nobody asked for it": (real) => ({
    deleteAccount: (id, userId) => real.deleteAccount(id, userId, { unlessLast: true }),
  }),
  "answers false for the last account": unlinking((real, id, userId) =>
    real.deleteAccount(id, userId, { unlessLast: true }).catch(() => false),
  ),
  "takes an account that is not there for the last": unlinking(async (real, id, userId) => {
    if ((await real.listAccounts(userId)).length === 1) throw new AuthError("last_account");
    return real.deleteAccount(id, userId, { unlessLast: true });
  }),
  "keeps two accounts": unlinking(async (real, id, userId) => {
    if ((await real.listAccounts(userId)).length === 2) throw new AuthError("last_account");
    return real.deleteAccount(id, userId, { unlessLast: true });
  }),
  "counts other users' accounts": unlinking(async (real, id, userId) => {
    const others = await real.listAccounts("user-2");
    return real.deleteAccount(id, userId, { unlessLast: others.length === 0 });
  }),
};

/** Changes what a proof answers. */
function answering(change: (proved: EmailProved, real: Adapter) => EmailProved | Promise<EmailProved>): Mutant {
  return (real) => ({
    async proveEmail(proof) {
      const proved = await real.proveEmail(proof);
      return proved && change(proved, real);
    },
  });
}

/** Changes what a proof is asked. */
function proving(change: (proof: EmailProof, user: UserRecord | null) => EmailProof): Mutant {
  return (real) => ({
    async proveEmail(proof) {
      const user = typeof proof.userId === "string" && proof.userId ? await real.getUser(proof.userId) : null;
      return real.proveEmail(change(proof, user));
    },
  });
}

/** Puts back accounts that a wipe has removed. */
function keepingAccounts(isKept: (account: AccountRecord) => boolean): Mutant {
  return (real) => ({
    async proveEmail(proof) {
      const accounts = typeof proof.userId === "string" && proof.userId ? await real.listAccounts(proof.userId) : [];
      const proved = await real.proveEmail(proof);
      if (proved?.wiped)
        for (const account of accounts.filter(isKept)) await real.createAccount(account).catch(() => null);
      return proved;
    },
  });
}

/** Puts back sessions that a wipe has removed. */
function keepingSessions(isKept: (session: { agentId: string | null; expires: Date }, now: Date) => boolean): Mutant {
  return (real) => ({
    async proveEmail(proof) {
      const { userId, now } = proof;
      const sessions = typeof userId === "string" && userId ? await real.listSessions(userId, new Date(0)) : [];
      const proved = await real.proveEmail(proof);
      const kept = proved?.wiped ? sessions.filter((session) => isKept(session, now)) : [];
      for (const session of kept) await real.createSession({ ...session, tokenHash: `hash-of-${session.id}` });
      return proved;
    },
  });
}

type Step = (real: Adapter, proof: EmailProof) => Promise<unknown>;

const removeAccounts: Step = async (real, { userId }) => {
  for (const { id } of await real.listAccounts(userId)) await real.deleteAccount(id, userId);
};
const endSessions: Step = (real, { userId }) => real.deleteUserSessions(userId);
const prove: Step = (real, { userId, now }) =>
  real.updateUser(userId, { emailVerified: true, phone: null, phoneVerified: false, updatedAt: now });
const addAccount: Step = async (real, { account }) => account && real.createAccount(account);

/** Proves in steps between which others come in, each after a round trip. */
function inSteps(...steps: Step[]): Mutant {
  return (real) => ({
    async proveEmail(proof) {
      const user = await real.getUser(proof.userId);
      if (user === null || user.email !== proof.email || user.emailVerified) return real.proveEmail(proof);
      const live = await real.listSessions(proof.userId, new Date(0));
      for (const step of steps) {
        await step(real, proof);
        await roundTrip();
      }
      return { user: (await real.getUser(proof.userId)) ?? user, wiped: true, ended: live.map(({ id }) => id) };
    },
  });
}

/** Ends the sessions that there were when it began. */
function endingListed(real: Adapter): Partial<Adapter> {
  const listSessions = async ({ userId }: EmailProof) =>
    typeof userId === "string" && userId ? real.listSessions(userId, new Date(0)) : [];
  return {
    async proveEmail(proof) {
      const listed = (await listSessions(proof)).map(({ id }) => id);
      await roundTrip();
      const missed = (await listSessions(proof)).filter(({ id }) => !listed.includes(id));
      const proved = await real.proveEmail(proof);
      if (!proved?.wiped) return proved;
      for (const session of missed) await real.createSession({ ...session, tokenHash: `hash-of-${session.id}` });
      return { ...proved, ended: listed };
    },
  };
}

export const PROOF_MUTANTS: Record<string, Mutant> = {
  "leaves every account when a mailbox is proved": keepingAccounts(() => true),
  "leaves the password when a mailbox is proved": keepingAccounts(({ provider }) => provider === "password"),
  "leaves linked accounts when a mailbox is proved": keepingAccounts(({ provider }) => provider !== "password"),
  "leaves the sessions when a mailbox is proved": keepingSessions(() => true),
  "leaves agents' sessions when a mailbox is proved": keepingSessions(({ agentId }) => agentId !== null),
  "leaves expired sessions when a mailbox is proved": keepingSessions(({ expires }, now) => expires < now),
  "leaves the phone when a mailbox is proved": (real) => ({
    async proveEmail(proof) {
      const user = typeof proof.userId === "string" && proof.userId ? await real.getUser(proof.userId) : null;
      const proved = await real.proveEmail(proof);
      if (!proved?.wiped || user === null) return proved;
      const kept = await real.updateUser(user.id, { phone: user.phone, phoneVerified: user.phoneVerified });
      return { ...proved, user: kept ?? proved.user };
    },
  }),
  "wipes again where the address was proved": (real) => ({
    async proveEmail(proof) {
      if (typeof proof.userId === "string" && proof.userId && proof.email === (await real.getUser(proof.userId))?.email)
        await real.updateUser(proof.userId, { emailVerified: false });
      return real.proveEmail(proof);
    },
  }),
  "does not add the account that came with the proof": proving(({ account, ...proof }) => proof),
  "does not ask for the address": proving((proof, user) =>
    typeof proof.email === "string" && proof.email && user?.email ? { ...proof, email: user.email } : proof,
  ),
  "takes addresses that differ in case for one": proving((proof, user) =>
    typeof proof.email === "string" && proof.email.toLowerCase() === user?.email
      ? { ...proof, email: user.email }
      : proof,
  ),
  "adds the account to whom the proof is of": proving((proof) =>
    typeof proof.account?.userId === "string" && proof.account.userId
      ? { ...proof, account: { ...proof.account, userId: proof.userId } }
      : proof,
  ),
  "moves updatedAt of a user who was proved before": answering(async (proved, real) =>
    proved.wiped
      ? proved
      : { ...proved, user: (await real.updateUser(proved.user.id, { updatedAt: new Date() })) ?? proved.user },
  ),
  "says of every proof that it wiped": answering((proved) => ({ ...proved, wiped: true })),
  "says of no proof that it wiped": answering((proved) => ({ ...proved, wiped: false })),
  "does not tell which sessions ended": answering((proved) => ({ ...proved, ended: [] })),
  "answers with the user as they were": answering((proved) => ({
    ...proved,
    user: { ...proved.user, emailVerified: false },
  })),
  "adds the account before the others go": inSteps(addAccount, removeAccounts, endSessions, prove),
  "wipes before it is known whether the account can be added": inSteps(removeAccounts, endSessions, prove, addAccount),
  "ends the sessions that it had listed when a mailbox is proved": endingListed,
  "looks whether the address was proved, then wipes": inSteps(removeAccounts, endSessions, addAccount, prove),
  "answers an account that is taken with an error of its own": (real) => ({
    proveEmail: (proof) =>
      real.proveEmail(proof).catch((error: AuthError) => {
        throw error.code === "account_exists" ? new Error("UNIQUE constraint failed") : error;
      }),
  }),
};
