/** What the identity provider asks its users, and what becomes of their answers. */
import express, { type ErrorRequestHandler, type Request, type Response, Router } from "express";
import type Provider from "oidc-provider";
import type { InteractionResults } from "oidc-provider";
import { problemOf } from "../problems.js";
import { consentPage, loginPage, overPage } from "./pages.js";
import { emailOf, subjectOf } from "./person.js";

/** @param app What the pages call the app that asks */
export function interactionRoutes(provider: Provider, app: string): Router {
  const router = Router();
  const finish = (req: Request, res: Response, result: InteractionResults) =>
    provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true });

  router.get("/interaction/:uid", async (req, res) => {
    const { uid, prompt, session } = await provider.interactionDetails(req, res);
    const email = session === undefined ? null : emailOf(session.accountId);
    const path = `/interaction/${uid}`;
    const isConsent = prompt.name === "consent" && email !== null;
    res.send((isConsent ? consentPage(path, email, app) : loginPage(path, email, problemOf(req.query.error))).text);
  });
  router.post("/interaction/:uid/login", express.urlencoded({ extended: false }), async (req, res) => {
    const accountId = subjectOf(req.body?.email);
    if (accountId === null) return res.redirect(303, `/interaction/${req.params.uid}?error=request_invalid`);
    await finish(req, res, { login: { accountId } });
  });
  router.post("/interaction/:uid/consent", async (req, res) => {
    await finish(req, res, { consent: { grantId: await grantAll(provider, req, res) } });
  });
  router.post("/interaction/:uid/cancel", async (req, res) => {
    await finish(req, res, { error: "access_denied" });
  });
  router.use("/interaction", endInteraction);
  return router;
}

/** Grants what the app asks for. @returns the id of the grant */
async function grantAll(provider: Provider, req: Request, res: Response): Promise<string> {
  const { session, params } = await provider.interactionDetails(req, res);
  const grant = new provider.Grant({ accountId: String(session?.accountId), clientId: String(params.client_id) });
  grant.addOIDCScope(String(params.scope));
  return grant.save();
}

/** The cookie of the visit is gone, or the visit itself. */
const endInteraction: ErrorRequestHandler = (error, _req, res, next) => {
  const isOver = error instanceof Error && "statusCode" in error && error.statusCode === 400;
  if (res.headersSent || !isOver) return next(error);
  res.status(400).send(overPage().text);
};
