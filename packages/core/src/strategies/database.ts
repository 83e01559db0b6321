/** The cookie holds a random token; the SHA-256 of it finds the row. A stolen database holds no token that works. */
import type { Adapter } from "../contracts/adapter.js";
import { createToken, hashToken, isOpaqueToken } from "../token/opaque.js";
import type { Strategy } from "./strategy.js";

export function databaseStrategy(adapter: Adapter): Strategy {
  return {
    issue() {
      const token = createToken();
      return { token, tokenHash: hashToken(token) };
    },
    renew: (_session, _user, token) => token,
    async read(token) {
      if (!isOpaqueToken(token)) return null;
      const found = await adapter.getSession({ tokenHash: hashToken(token) });
      return found && { ...found, outlivesRow: false };
    },
    keyOf: (token) => (isOpaqueToken(token) ? { tokenHash: hashToken(token) } : null),
  };
}
