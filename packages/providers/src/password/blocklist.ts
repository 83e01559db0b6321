/** Passwords that are guessed first: the common ones, and those made of what is known about the person. */

/** Knows whether a password is among those tried first. */
export type Blocklist = (password: string, context: readonly string[]) => Promise<boolean>;

/**
 * @param extra Words of the app, such as its name; treated like what is known about the person
 * @returns a check against some 49,000 common passwords, compared as a whole and case-insensitively, and against `extra` and
 *   the context: a password that consists of one of those words but for digits and signs is refused, longer phrases are not
 */
export function createBlocklist(extra: readonly string[]): Blocklist {
  let loading: Promise<ReadonlySet<string>> | null = null;
  const common = () => {
    loading ??= loadCommon().catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
  return async (password, context) => {
    const isVariation = [...extra, ...context].some((word) => isVariationOf(password, word));
    return isVariation || (await common()).has(password.toLowerCase());
  };
}

/** What an attacker knows of somebody: address and name, whole and in their parts. */
export function wordsAbout(person: { email: string | null; name: string | null }): string[] {
  const email = person.email ?? "";
  const localPart = email.slice(0, email.lastIndexOf("@"));
  const name = person.name ?? "";
  return [email, localPart, ...localPart.split(/[^\p{L}\p{N}]+/u), name, ...name.split(/\s+/u)].filter(
    (word) => word !== "",
  );
}

function isVariationOf(password: string, word: string): boolean {
  const letters = lettersOf(word);
  return password.toLowerCase() === word.toLowerCase() || (letters !== "" && lettersOf(password) === letters);
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}]/gu, "");
}

/** Loaded at the first sign-up: the list is large, and most processes never see one. */
async function loadCommon(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"].map((password) => password.toLowerCase()));
}
