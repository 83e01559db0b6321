/** The routes of a signed-in user: the dashboard, and signing out a device without scripts. */
import { type Auth, deviceName, type MaybePromise, type SessionRecord } from "@latchkey/core";
import { requireAuth } from "@latchkey/express";
import { type RequestHandler, Router } from "express";
import { DASHBOARD, dashboardPage, noticesOf } from "./dashboard-page.js";
import type { DeviceView } from "./device-list.js";
import { errorPage } from "./error-pages.js";

/** Names the place of an address; null where the address is not known. */
export type PlaceOf = (ipAddress: string | null) => MaybePromise<string>;

/** @param auth With errors that are pages */
export function dashboardRoutes(auth: Auth, placeOf: PlaceOf): Router {
  const router = Router();
  router.get(
    DASHBOARD,
    requireAuth(auth, async (req, res) => {
      const { session, user } = req.auth;
      const records = await auth.sessions.listSessions(user.id);
      const devices = await Promise.all(records.map((record) => viewOf(record, session.id, placeOf)));
      res.send(dashboardPage({ user, devices, now: new Date(), ...noticesOf(req.query) }).text);
    }),
  );
  router.post("/devices/:id/sign-out", refuseOtherOrigins, async (req, res) => {
    if (!req.auth) return res.redirect(303, `${auth.signInPage}?${new URLSearchParams({ callbackUrl: DASHBOARD })}`);
    // With the user in the condition, the id of somebody else's session ends nothing.
    const revoked = await auth.sessions.revokeSession(String(req.params.id), { userId: req.auth.user.id });
    res.redirect(303, revoked ? `${DASHBOARD}?done=device` : DASHBOARD);
  });
  return router;
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
