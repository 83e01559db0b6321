/** The ways in of the signed-in user. Linking one begins at its provider, in `provider.ts`. */
import { AuthError } from "../errors.js";
import type { Answer, RouteContext, RouteTable } from "./route.js";
import { requireSession } from "./session.js";

export const accountRoutes: RouteTable = {
  "GET /accounts": { run: listAccounts },
  "DELETE /accounts/:id": { run: unlinkAccount },
};

async function listAccounts(context: RouteContext): Promise<Answer> {
  const { session } = await requireSession(context);
  return { body: { accounts: await context.accounts.list(session.userId) } };
}

async function unlinkAccount(context: RouteContext): Promise<Answer> {
  const { session } = await requireSession(context);
  const removed = await context.accounts.unlink(session.userId, context.id);
  if (!removed) throw new AuthError("not_found");
  return { body: { success: true } };
}
