/** Signing up and in with e-mail and password, and changing the password. */
import {
  type AccountRecord,
  AuthError,
  createId,
  type FactorChanged,
  type Identity,
  type KeptSession,
  type Proof,
  type Provider,
  type ProviderResult,
  type ProviderStep,
  type UserRecord,
} from "@latchkey/core";
import { Attempts, type LimitedStep } from "../attempts/attempts.js";
import { createBlocklist, wordsAbout } from "./blocklist.js";
import { type Argon2Options, PasswordHasher } from "./hash.js";
import { parseChange, parseSignIn, parseSignUp } from "./input.js";
import { acceptPassword } from "./policy.js";

export interface PasswordOptions {
  /**
   * Cost of the hash. Hashes that are weaker are renewed at the next sign-in.
   *
   * @default Argon2id with 19 MiB, 2 passes and 1 lane (OWASP)
   * @throws AuthError `config_invalid` below 7 MiB, or below the work of 7 MiB in 5 passes
   */
  argon2?: Argon2Options;
  /** Words that no password may consist of, beside common passwords and the user's address and name: the app's name, say. */
  blockedWords?: readonly string[];
}

const ID = "password";

/**
 * E-mail and password: `POST /signup`, `POST /signin/password`, `POST /password/change`. Needs an adapter, and Node, Bun or Deno.
 *
 * Passwords have 8 to 256 characters, any characters; they are compared whole, in Unicode form NFC.
 *
 * @throws AuthError `config_invalid`
 */
export function password(options: PasswordOptions = {}): Provider {
  const service = new PasswordService(options);
  return {
    id: ID,
    type: ID,
    needsAdapter: true,
    routes: {
      "POST /signup": (step) => service.signUp(withAdapter(step)),
      "POST /signin/password": (step) => service.signIn(withAdapter(step)),
      "POST /password/change": (step) => service.change(withAdapter(step)),
    },
  };
}

type PasswordStep = ProviderStep & LimitedStep;
/** A change of a password: the one that was given as the current one, the hash of the new one, the session that goes on. */
interface Replacement {
  password: string;
  passwordHash: string;
  keep: KeptSession;
}
/** An account that has a password, with the hash that was compared. */
type PasswordAccount = AccountRecord & { passwordHash: string };

class PasswordService {
  readonly #hasher: PasswordHasher;
  readonly #attempts = new Attempts();
  readonly #isBlocked: ReturnType<typeof createBlocklist>;

  constructor({ argon2, blockedWords = [], ...unknown }: PasswordOptions) {
    const [name] = Object.keys(unknown);
    if (name !== undefined) throw new AuthError("config_invalid", `password: ${name} is not an option`);
    if (!(Array.isArray(blockedWords) && blockedWords.every((word) => typeof word === "string" && word !== "")))
      throw new AuthError("config_invalid", "password: blockedWords must be a list of words");
    this.#hasher = new PasswordHasher(argon2);
    this.#isBlocked = createBlocklist(blockedWords);
  }

  /** @throws AuthError `request_invalid`, `password_rejected`, `rate_limited`, `user_exists` */
  async signUp(step: PasswordStep): Promise<ProviderResult> {
    const { email, password, name } = parseSignUp(step.input);
    const accepted = await acceptPassword(password, wordsAbout({ email, name }), this.#isBlocked);
    await step.notify("beforeSignUp", { profile: { email, name }, provider: ID, at: step.now });
    const { user, account } = await this.#attempts.costly(step, async () => {
      const passwordHash = await this.#hasher.hash(accepted);
      return addUser(step, { email, name, passwordHash });
    });
    // The owner of the mailbox may prove it before the session starts: then the account is gone, and no session starts (R-O7).
    const proof = { account, compareAgain: () => this.#compare(step, user.id, password) };
    return { kind: "identity", identity: identityOf(user), isNewUser: true, proof };
  }

  /** @throws AuthError `request_invalid`, `rate_limited`, `invalid_credentials`, `user_disabled` to who knows the password */
  async signIn(step: PasswordStep): Promise<ProviderResult> {
    const { email, password } = parseSignIn(step.input);
    const { user, account } = await this.#attempts.guess(step, email, async () => {
      const found = await step.adapter.getUserWithAccount({ email, provider: ID });
      const account = await this.#match(found?.account ?? null, password);
      if (found === null || account === null) throw new AuthError("invalid_credentials");
      return { user: found.user, account: await this.#renewHash(step, account, password) };
    });
    if (user.disabledAt !== null) throw new AuthError("user_disabled");
    const proof = { account, compareAgain: () => this.#compare(step, user.id, password) };
    return { kind: "identity", identity: identityOf(user), isNewUser: false, proof };
  }

  /** @throws AuthError `unauthorized`, `request_invalid`, `password_rejected`, `rate_limited`, `invalid_credentials` */
  async change(step: PasswordStep): Promise<ProviderResult> {
    const session = await step.requireSession();
    const { id: userId, email = null, name = null } = session.user;
    const { currentPassword, newPassword } = parseChange(step.input);
    const accepted = await acceptPassword(newPassword, wordsAbout({ email, name }), this.#isBlocked);
    if (accepted === currentPassword) throw new AuthError("password_rejected", "the new password is the current one");

    // The count of sign-ins by this address: a stolen session buys no further guesses.
    const key = email ?? userId;
    const account = await this.#attempts.guess(step, key, async () => {
      const account = await this.#compare(step, userId, currentPassword);
      if (account === null) throw new AuthError("invalid_credentials");
      return account;
    });
    const passwordHash = await this.#hasher.hash(accepted);
    return {
      kind: "factor-change",
      session,
      apply: (keep) =>
        this.#attempts.alone(key, () =>
          this.#replace(step, account, { password: currentPassword, passwordHash, keep }),
        ),
      announce: () => step.notify("onPasswordChanged", { userId, at: step.now }),
    };
  }

  /** Compares a password with the one that a user has now. */
  async #compare({ adapter }: PasswordStep, userId: string, password: string): Promise<PasswordAccount | null> {
    return this.#match(await adapter.getAccount({ provider: ID, providerAccountId: userId }), password);
  }

  /** Compares a password with that of an account. The work is the same where there is no account, or none with a password (R-A8). */
  async #match(account: AccountRecord | null, password: string): Promise<PasswordAccount | null> {
    const passwordHash = account?.passwordHash ?? null;
    const matches = await this.#hasher.verify(passwordHash, password);
    return matches && account !== null && passwordHash !== null ? { ...account, passwordHash } : null;
  }

  /**
   * Replaces a hash that is weaker than configured (R-A4). Awaited, and its errors are the sign-in's: the session is about to be
   * written to the same database, and a renewal that fails unseen would fail for ever.
   *
   * @returns the account with the hash that it has now
   */
  async #renewHash(step: PasswordStep, account: PasswordAccount, password: string): Promise<PasswordAccount> {
    if (!this.#hasher.isWeaker(account.passwordHash)) return account;
    return this.#replaceHash(step, account, password, await this.#hasher.hash(password));
  }

  /**
   * Replaces the password, and with it what becomes of the sessions.
   *
   * @throws AuthError `invalid_credentials` when `password` is the account's no more
   */
  async #replace(step: PasswordStep, account: PasswordAccount, replacement: Replacement): Promise<FactorChanged> {
    const { password, passwordHash, keep } = replacement;
    const changed = await step.adapter.replacePassword({ account, passwordHash, updatedAt: step.now, keep });
    if (changed !== null) return changed;
    const current = await this.#compare(step, account.userId, password);
    if (current === null) throw new AuthError("invalid_credentials", "the password was changed meanwhile");
    return this.#replace(step, current, replacement);
  }

  /**
   * Replaces the hash that `password` was compared with. Where another one came in its place meanwhile, that is replaced only if it
   * matches too: a renewal must not undo a change of the password, nor refuse who was overtaken by another renewal.
   *
   * @returns the account with the new hash
   * @throws AuthError `invalid_credentials` when `password` is the account's no more
   */
  async #replaceHash(
    step: PasswordStep,
    compared: PasswordAccount,
    password: string,
    hash: string,
  ): Promise<PasswordAccount> {
    const change = { passwordHash: hash, updatedAt: step.now };
    const changed = await step.adapter.updateAccount(compared.id, change, { passwordHash: compared.passwordHash });
    if (changed !== null) return { ...changed, passwordHash: hash };
    const current = await this.#compare(step, compared.userId, password);
    if (current === null) throw new AuthError("invalid_credentials", "the password was changed meanwhile");
    return this.#replaceHash(step, current, password, hash);
  }
}

/** Adds user and account together or not at all (F-1). @throws AuthError `user_exists` */
async function addUser(
  { adapter, now }: PasswordStep,
  { email, name, passwordHash }: { email: string; name: string | null; passwordHash: string },
): Promise<{ user: UserRecord; account: Proof["account"] }> {
  const id = createId();
  const dates = { createdAt: now, updatedAt: now };
  const account = { id: createId(), userId: id, provider: ID, providerAccountId: id, passwordHash, ...dates };
  return { user: await adapter.createUserWithAccount({ id, email, name, ...dates }, account), account };
}

function identityOf({ id, email, emailVerified, name, picture }: UserRecord): Identity {
  return { provider: ID, providerAccountId: id, userId: id, email, emailVerified, name, picture };
}

function withAdapter(step: ProviderStep): PasswordStep {
  const { adapter } = step;
  if (adapter === null) throw new AuthError("adapter_required");
  return { ...step, adapter };
}
