/** The cookie holds a random token; the SHA-256 of it finds the row. A stolen database holds no token that works. */
import type { Adapter } from "../contracts/adapter.js";
import type { Lifetime } from "../lifetime.js";
import { createToken, hashToken, isOpaqueToken } from "../token/opaque.js";
import { foundRow } from "./found-row.js";
import type { Strategy } from "./strategy.js";

export function databaseStrategy(adapter: Adapter, lifetime: Lifetime): Strategy {
  return {
    issue() {
      const token = createToken();
      return { token, tokenHash: hashToken(token) };
    },
    renew: (_session, _user, token) => token,
    async read(token, now) {
      if (!isOpaqueToken(token)) return null;
      return foundRow(await adapter.getSession({ tokenHash: hashToken(token) }), now, lifetime);
    },
    keyOf: (token) => (isOpaqueToken(token) ? { tokenHash: hashToken(token) } : null),
  };
}
