/**
 * Sign-ins that are under way elsewhere, such as at an OAuth provider: each in a sealed cookie of its own, so that many run side by side
 * and each ends in the browser that began it (R-O1).
 */
import type { Adapter } from "./contracts/adapter.js";
import type { ResolvedConfig } from "./contracts/config.js";
import type { Navigation, SignInAttempts } from "./contracts/provider.js";
import { type CookieSettings, clearCookie, readCookie, writeCookie } from "./cookie.js";
import { AuthError } from "./errors.js";
import { isObject } from "./token/claims.js";
import { open, seal } from "./token/jwe.js";
import { createId } from "./token/opaque.js";

/** Seconds that a user has to come back (R-O1). */
const LIFE = 600;
/** Attempts that one browser has at once; the oldest give way. */
const MAX_ATTEMPTS = 8;
/** Characters that the cookies of all attempts may have together. */
const MAX_SIZE = 6000;
/** Characters that they may have together with all other cookies: many servers read no more than 8 KiB of a header (F-18). */
const MAX_HEADER = 7500;
/** Purpose of the counter that says whether an attempt was used. */
const USED = "sign-in-attempt";
const NAME = "auth-attempt-";
/** Seconds since 1970 in base 36, then an id: names sort by age. */
const ID = /^[0-9a-z]{6,8}-[\w-]{24}$/;

export function signInAttempts(
  config: Pick<ResolvedConfig, "keyring" | "cookie" | "adapter" | "now">,
  request: Request,
  navigation: Navigation,
): SignInAttempts {
  const { keyring, adapter } = config;
  const { secure } = config.cookie.attributes;
  const cookies = request.headers.get("cookie") ?? "";
  const seconds = () => Math.floor(config.now().getTime() / 1000);

  return {
    createId: () => `${seconds().toString(36)}-${createId()}`,
    async start(id, content) {
      const sealed = await seal("sign-in", JSON.stringify({ id, exp: seconds() + LIFE, content }), keyring);
      if (sealed.length > MAX_SIZE / 2) throw new AuthError("request_invalid", "callbackUrl or errorUrl is too long");
      for (const old of supernumerary(cookies, sealed.length + NAME.length, secure))
        navigation.cookies.push(clearCookie(settings(old, secure)));
      navigation.cookies.push(writeCookie(sealed, LIFE, settings(nameOf(id, secure), secure)));
    },
    async read(id) {
      if (!ID.test(id)) return null;
      const reading = readCookie(cookies, settings(nameOf(id, secure), secure));
      const text = typeof reading === "string" ? null : await open("sign-in", reading.token, keyring);
      const attempt: unknown = text === null ? null : JSON.parse(text);
      if (!isObject(attempt) || attempt.id !== id || !isObject(attempt.content)) return null;
      return typeof attempt.exp === "number" && seconds() < attempt.exp ? attempt.content : null;
    },
    use: (id) => markUsed(id, adapter, config.now()),
    async giveBack(id) {
      await adapter?.deleteVerification({ identifier: id, purpose: USED });
    },
    end(id) {
      if (ID.test(id)) navigation.cookies.push(clearCookie(settings(nameOf(id, secure), secure)));
    },
  };
}

/** Of many calls at once one gets true. Without a database the provider alone sees to it (RFC 6749 §4.1.2: a code is used once). */
async function markUsed(id: string, adapter: Adapter | null, now: Date): Promise<boolean> {
  if (adapter === null) return true;
  const expires = new Date(now.getTime() + LIFE * 1000);
  const [count] = await adapter.countAttempt([{ identifier: id, purpose: USED, by: 1, expires, now }]);
  return count?.attempts === 1;
}

function nameOf(id: string, secure: boolean): string {
  return `${secure ? "__Host-" : ""}${NAME}${id}`;
}

/** @param size of the cookie that is to come. @returns names of the oldest attempts, which have no room beside it */
function supernumerary(cookies: string, size: number, secure: boolean): string[] {
  const attempts = [...cookies.matchAll(/(?:^|;)[ \t]*((?:__Host-)?auth-attempt-[\w-]+)=[^;]*/g)]
    .map(([pair, name = ""]) => ({ name, size: pair.length }))
    // One that a subdomain planted takes no room from those that it cannot set.
    .filter(({ name }) => name.startsWith("__Host-") === secure);
  attempts.sort((a, b) => (a.name < b.name ? 1 : -1));
  const others = attempts.reduce((rest, attempt) => rest - attempt.size, cookies.length);
  const room = Math.min(MAX_SIZE, MAX_HEADER - others);
  let total = size;
  return attempts
    .filter((attempt, index) => {
      total += attempt.size;
      return index + 1 >= MAX_ATTEMPTS || total > room;
    })
    .map(({ name }) => name);
}

function settings(name: string, secure: boolean): CookieSettings {
  const attributes = {
    httpOnly: true,
    secure,
    sameSite: "lax",
    path: "/",
    domain: undefined,
    partitioned: false,
  } as const;
  return { name, acceptNames: [], attributes };
}
