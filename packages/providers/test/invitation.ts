import { AuthError, type Provider } from "@latchkey/core";

/** Signs in whoever holds one of the invitation codes. */
export function invitation(codes: ReadonlyMap<string, { id: string; name: string }>): Provider {
  return {
    id: "invitation",
    type: "invitation",
    needsAdapter: false,
    routes: {
      "POST /signin/invitation": async ({ input }) => {
        const guest = typeof input.code === "string" ? codes.get(input.code) : undefined;
        if (guest === undefined) throw new AuthError("invalid_credentials");
        const identity = { provider: "invitation", providerAccountId: guest.id, name: guest.name };
        return { kind: "identity", identity, isNewUser: false };
      },
    },
  };
}
