/** The routes of a signed-in user: the dashboard, signing out a device without scripts, unlinking a way to sign in. */
import { type Auth, deviceName, isAuthError, type MaybePromise, type SessionRecord } from "@latchkey/core";
import { requireAuth } from "@latchkey/express";
import { type Request, type RequestHandler, type Response, Router } from "express";
import { DASHBOARD, dashboardPage, noticesOf } from "./dashboard-page.js";
import type { DeviceView } from "./device-list.js";
import { errorPage } from "./error-pages.js";
import type { OfferedProvider } from "./ways-to-sign-in.js";

/** Names the place of an address; null where the address is not known. */
export type PlaceOf = (ipAddress: string | null) => MaybePromise<string>;

/** @param auth With errors that are pages */
export function dashboardRoutes(auth: Auth, placeOf: PlaceOf, providers: readonly OfferedProvider[]): Router {
  const router = Router();
  const askToSignIn = (res: Response) =>
    res.redirect(303, `${auth.signInPage}?${new URLSearchParams({ callbackUrl: DASHBOARD })}`);
  router.get(
    DASHBOARD,
    requireAuth(auth, async (req, res) => {
      const { session, user } = req.auth;
      const [records, accounts] = await Promise.all([auth.sessions.listSessions(user.id), auth.accounts.list(user.id)]);
      const devices = await Promise.all(records.map((record) => viewOf(record, session.id, placeOf)));
      const view = { user, devices, accounts, providers, now: new Date() };
      res.send(dashboardPage({ ...view, ...noticesOf(req.query) }).text);
    }),
  );
  router.post("/devices/:id/sign-out", refuseOtherOrigins, async (req, res) => {
    if (!req.auth) return askToSignIn(res);
    // With the user in the condition, the id of somebody else's session ends nothing.
    const revoked = await auth.sessions.revokeSession(String(req.params.id), { userId: req.auth.user.id });
    res.redirect(303, revoked ? `${DASHBOARD}?done=device` : DASHBOARD);
  });
  router.post("/accounts/:id/unlink", refuseOtherOrigins, async (req, res) => {
    if (!req.auth) return askToSignIn(res);
    res.redirect(303, await unlink(auth, req.auth.user.id, req));
  });
  return router;
}

/** @returns the page to go on with */
async function unlink(auth: Auth, userId: string, req: Request): Promise<string> {
  try {
    const unlinked = await auth.accounts.unlink(userId, String(req.params.id));
    return unlinked ? `${DASHBOARD}?done=unlinked` : DASHBOARD;
  } catch (error) {
    if (!isAuthError(error, "last_account")) throw error;
    return `${DASHBOARD}?form=accounts&error=${error.code}`;
  }
}

/** Browsers send no cookie with a form of another site (`SameSite=Lax`), and say whose form it is: both must fail before it works. */
const refuseOtherOrigins: RequestHandler = (req, res, next) => {
  if (req.get("origin") === `${req.protocol}://${req.get("host")}`) next();
  else res.status(403).send(errorPage(403).text);
};

async function viewOf(record: SessionRecord, currentId: string, placeOf: PlaceOf): Promise<DeviceView> {
  return {
    id: record.id,
    name: deviceName(record.userAgent),
    place: await placeOf(record.ipAddress),
    isCurrent: record.id === currentId,
    signedInAt: record.createdAt,
    lastActiveAt: record.updatedAt,
  };
}
