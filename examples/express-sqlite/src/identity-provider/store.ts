/** What the identity provider keeps, in memory: everybody there is forgotten when the example ends. */
import type { Adapter, AdapterPayload } from "oidc-provider";

/** Most rows of one kind; the oldest give way. */
const MAX_ROWS = 1000;

/** The rows of one kind, such as `"AuthorizationCode"`. The provider itself sees to it that none is used after its end. */
export function createStore(): Adapter {
  const rows = new Map<string, AdapterPayload>();
  const find = (matches: (row: AdapterPayload) => boolean) => [...rows.values()].find(matches);
  return {
    async upsert(id, payload) {
      rows.set(id, payload);
      const [oldest] = rows.keys();
      if (rows.size > MAX_ROWS && oldest !== undefined) rows.delete(oldest);
    },
    find: async (id) => rows.get(id),
    findByUid: async (uid) => find((row) => row.uid === uid),
    findByUserCode: async (userCode) => find((row) => row.userCode === userCode),
    async consume(id) {
      const row = rows.get(id);
      if (row !== undefined) row.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => void rows.delete(id),
    async revokeByGrantId(grantId) {
      for (const [id, row] of rows) if (row.grantId === grantId) rows.delete(id);
    },
  };
}
