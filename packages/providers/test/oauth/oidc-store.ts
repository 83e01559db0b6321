/** What the provider on the loopback keeps: outside of it, so that a restart loses nothing. */
import type { Adapter, AdapterPayload } from "oidc-provider";

interface Entry {
  model: string;
  id: string;
  payload: AdapterPayload;
}

export class OidcStore {
  readonly #entries = new Map<string, Entry>();

  /** The rows of one model, such as `"Session"`, as the provider asks for them. */
  rowsOf(model: string): Adapter {
    const find = (holds: (payload: AdapterPayload) => boolean) => this.#copyOf(this.#payloads(model).find(holds));
    return {
      upsert: async (id, payload) => void this.#entries.set(`${model}:${id}`, { model, id, payload: copy(payload) }),
      find: async (id) => this.#copyOf(this.#entries.get(`${model}:${id}`)?.payload),
      findByUid: async (uid) => find((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => find((payload) => payload.userCode === userCode),
      consume: async (id) => this.change(model, (payload) => payload.jti === id && consume(payload)),
      destroy: async (id) => void this.#entries.delete(`${model}:${id}`),
      revokeByGrantId: async (grantId) => this.#remove((entry) => entry.payload.grantId === grantId),
    };
  }

  /** Changes every row of a model where it lies. */
  change(model: string, change: (payload: AdapterPayload) => unknown): void {
    for (const payload of this.#payloads(model)) change(payload);
  }

  /** Forgets every row of a model: refresh tokens are good no more, say. */
  forget(model: string): void {
    this.#remove((entry) => entry.model === model);
  }

  #payloads(model: string): AdapterPayload[] {
    return [...this.#entries.values()].filter((entry) => entry.model === model).map(({ payload }) => payload);
  }

  #remove(isGone: (entry: Entry) => boolean): void {
    for (const [key, entry] of this.#entries) if (isGone(entry)) this.#entries.delete(key);
  }

  #copyOf(payload: AdapterPayload | undefined): AdapterPayload | undefined {
    return payload && copy(payload);
  }
}

/** As a database would: what was stored changes only by another write. */
function copy(payload: AdapterPayload): AdapterPayload {
  return structuredClone(payload);
}

function consume(payload: AdapterPayload): void {
  payload.consumed = Math.floor(Date.now() / 1000);
}
