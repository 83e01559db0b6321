/** Records that the tests write. */
import type { NewSession, NewUser } from "@latchkey/core";

/** An instant with milliseconds, long after every test. */
export const NOW = new Date("2096-07-04T12:34:56.123Z");

/** `milliseconds` after {@link NOW}. */
export function after(milliseconds: number): Date {
  return new Date(NOW.getTime() + milliseconds);
}

export function user(id: string, fields: Partial<NewUser> = {}): NewUser {
  return { id, createdAt: NOW, updatedAt: NOW, ...fields };
}

export function session(id: string, fields: Partial<NewSession> = {}): NewSession {
  return {
    id,
    tokenHash: `hash-of-${id}`,
    userId: "ann",
    type: "password",
    expires: after(1),
    absoluteExpires: after(2),
    authenticatedAt: NOW,
    ipAddress: null,
    userAgent: null,
    data: { role: "admin", list: [1, null, { deep: true }] },
    parentId: null,
    agentId: null,
    scopes: ["read:mail"],
    createdAt: NOW,
    updatedAt: NOW,
    ...fields,
  };
}
