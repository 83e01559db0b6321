/** What several tests share: a secret, a clock that stands still, and requests with cookies. */
import type { Adapter, FactorChanged, KeptSession } from "../src/index.js";

export const SECRET = "kJ8s02nfPq7vLz5xWm3tRb9dYc6hGe1a";
export const OTHER_SECRET = "Zx4vN1mQw8eRt6yUi3oPa5sDf7gHj9kL";

/** A clock in seconds that moves when told to. */
export function stoppedClock(startSeconds = 1_800_000_000) {
  let seconds = startSeconds;
  const clock = () => seconds * 1000;
  return Object.assign(clock, {
    advance: (by: number) => {
      seconds += by;
    },
    seconds: () => seconds,
  });
}

/** A request as a client without a browser sends it. */
export function requestTo(path: string, init: RequestInit & { cookie?: string } = {}): Request {
  const { cookie, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (cookie !== undefined) headers.set("cookie", cookie);
  return new Request(`https://app.example.com${path}`, { ...rest, headers });
}

/** `name=value` of a `Set-Cookie` header, as the client sends it back. */
export function pairOf(setCookie: string): string {
  return setCookie.split(";", 1)[0] as string;
}

/** The token in a `Set-Cookie` header. */
export function tokenOf(setCookie: string): string {
  return pairOf(setCookie).slice(setCookie.indexOf("=") + 1);
}

/** What the change of a credential does to the sessions of its user, where a test keeps no credential. */
export function endOthers(adapter: Adapter, userId: string): (keep: KeptSession) => Promise<FactorChanged> {
  return async ({ id, change }) => ({
    ended: await adapter.deleteUserSessions(userId, { except: id }),
    kept: await adapter.updateSession(id, change),
  });
}
