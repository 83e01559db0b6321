/** Adapters that break one promise each: those about what a sign-in and a link depend on. */
import { type Adapter, AuthError, type CreateSessionOptions } from "../src/index.js";
import { type Mutant, roundTrip } from "./adapter-mutants.js";

type Held = NonNullable<CreateSessionOptions["account"]>;

/** Starts a session in another way where an account without a hash is asked for. */
function holding(start: (real: Adapter, account: Held, userId: string) => Promise<Held | undefined>): Mutant {
  return (real) => ({
    async createSession(session, { account, ...options } = {}) {
      const isAsked = account && !("passwordHash" in account) && typeof account.id === "string" && account.id;
      const held = isAsked && session.userId ? await start(real, account, session.userId) : account;
      return real.createSession(session, { ...options, ...(held && { account: held }) });
    },
  });
}

async function hasAccount(real: Adapter, id: string, ...userIds: string[]): Promise<boolean> {
  const lists = await Promise.all(userIds.map((userId) => real.listAccounts(userId)));
  return lists.flat().some((account) => account.id === id);
}

/** Links in another way where a session is asked for. @param isAllowed Whether the account is added whatever became of the session */
function linking(
  isAllowed: (real: Adapter, sessionId: string, account: { userId: string }) => Promise<boolean>,
): Mutant {
  return (real) => ({
    async createAccount(account, options = {}) {
      const { session } = options;
      const isAsked = typeof session === "string" && session && typeof account.userId === "string" && account.userId;
      return real.createAccount(account, isAsked && (await isAllowed(real, session, account)) ? {} : options);
    },
  });
}

export const CONDITION_MUTANTS: Record<string, Mutant> = {
  "asks for the account only where there is a hash": holding(async () => undefined),
  "looks for the account, then adds the session": holding(async (real, account, userId) => {
    const isThere = await hasAccount(real, account.id, userId);
    await roundTrip();
    return isThere ? undefined : account;
  }),
  "starts a session by another user's account": holding(async (real, account) =>
    (await hasAccount(real, account.id, "user-1", "user-2")) ? undefined : account,
  ),
  "starts a session by another user's account and its hash": (real) => ({
    async createSession(session, { account, ...options } = {}) {
      const theirs = account?.passwordHash ? await real.listAccounts("user-2") : [];
      const isTheirs = theirs.some(
        ({ id, passwordHash }) => id === account?.id && passwordHash === account.passwordHash,
      );
      return real.createSession(session, { ...options, ...(account && !isTheirs && { account }) });
    },
  }),
  "wants a hash of every account": holding(async (_, { id }) => ({ id, passwordHash: "none" })),
  "compares the ids of accounts as if their case did not matter": holding(async (_, { id }) => ({
    id: id.toLowerCase(),
  })),
  "adds the account whatever became of the session": linking(async () => true),
  "looks for the session, then adds the account": linking(async (real, id, { userId }) => {
    const found = await real.getSession({ id });
    const isAllowed = found?.user.id === userId && found.user.disabledAt === null;
    await roundTrip();
    return isAllowed;
  }),
  "links in anybody's session": linking(async (real, id) => (await real.getSession({ id })) !== null),
  "links in a session by its hash": linking(async (real, tokenHash) => (await real.getSession({ tokenHash })) !== null),
  "links to a user who is disabled": linking(async (real, id, { userId }) => {
    const found = await real.getSession({ id });
    return found?.user.id === userId && found.user.disabledAt !== null;
  }),
  "links to a user who will be disabled": linking(async (real, id, { userId }) => {
    const found = await real.getSession({ id });
    return found?.user.id === userId && Number(found.user.disabledAt) > found.session.createdAt.getTime();
  }),
  "links in no session that has expired": (real) => ({
    async createAccount(account, options = {}) {
      const found = options.session ? await real.getSession({ id: options.session }) : null;
      if (found && found.session.expires < found.session.createdAt) throw new AuthError("unauthorized");
      return real.createAccount(account, options);
    },
  }),
  "takes an undefined session for no condition": (real) => ({
    createAccount: (account, { session } = {}) => real.createAccount(account, session === undefined ? {} : { session }),
  }),
  "looks whether the account is taken before it looks at the session": (real) => ({
    async createAccount(account, options = {}) {
      if (options.session && account.providerAccountId && (await real.getAccount(account)))
        throw new AuthError("account_exists");
      return real.createAccount(account, options);
    },
  }),
  "answers a session that is gone as a user who is": (real) => ({
    createAccount: (account, options) =>
      real.createAccount(account, options).catch((error: AuthError) => {
        throw error.code === "unauthorized" ? new AuthError("user_not_found") : error;
      }),
  }),
};
