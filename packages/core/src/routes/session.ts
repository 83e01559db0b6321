/** The session of this browser, and the list of its user's sessions. */
import { clearAllCookies } from "../cookie.js";
import { deviceName } from "../device.js";
import { AuthError } from "../errors.js";
import type { SessionRecord, SessionWithUser } from "../model.js";
import { toPublicSession } from "../session-claims.js";
import { foundIn } from "../strategies/found-row.js";
import type { Answer, RouteContext, RouteTable } from "./route.js";

export const sessionRoutes: RouteTable = {
  "GET /session": { run: readSession },
  "POST /session/refresh": { run: refreshSession },
  "POST /signout": { acceptsForm: true, run: signOut },
  "GET /sessions": { run: listSessions },
  "DELETE /sessions/:id": { run: revokeSession },
  "POST /sessions/revoke-others": { acceptsForm: true, run: revokeOthers },
};

async function readSession({ config, sessions, request }: RouteContext): Promise<Answer> {
  const reading = await sessions.readAndRenew(request);
  if (reading === null) return { body: { session: null } };
  const session = await toPublicSession(config, reading.found);
  return { body: { session }, cookies: reading.cookie === null ? [] : [reading.cookie] };
}

async function refreshSession({ config, sessions, request }: RouteContext): Promise<Answer> {
  const renewed = await sessions.refreshSession(request);
  if (renewed === null) throw new AuthError("unauthorized");
  return { body: { session: await toPublicSession(config, foundIn(renewed)) }, cookies: [renewed.cookie] };
}

/** Clears the cookie even when the database is down; then says that the session still exists there (F-4). */
async function signOut({ sessions, request }: RouteContext): Promise<Answer> {
  const { cookies, revoked, error } = await sessions.signOut(request);
  if (error !== undefined) throw new AuthError(error.code, error.message, { cause: error.cause, cookies });
  return { body: { success: true, revoked }, cookies };
}

async function listSessions(context: RouteContext): Promise<Answer> {
  const current = await requireSession(context);
  const records = await context.sessions.listSessions(current.session.userId);
  return { body: { sessions: records.map((record) => listed(record, current.session.id)) } };
}

async function revokeSession(context: RouteContext): Promise<Answer> {
  const { session } = await requireSession(context);
  const revoked = await context.sessions.revokeSession(context.id, { userId: session.userId });
  if (!revoked) throw new AuthError("not_found");
  return { body: { success: true }, cookies: context.id === session.id ? clearAllCookies(context.config.cookie) : [] };
}

async function revokeOthers(context: RouteContext): Promise<Answer> {
  const { session } = await requireSession(context);
  return { body: { revoked: await context.sessions.revokeUserSessions(session.userId, { except: session.id }) } };
}

/** @throws AuthError `unauthorized` */
export async function requireSession({
  sessions,
  request,
}: Pick<RouteContext, "sessions" | "request">): Promise<SessionWithUser> {
  const found = await sessions.read(request);
  if (found === null) throw new AuthError("unauthorized");
  return found as SessionWithUser;
}

function listed(record: SessionRecord, currentId: string): object {
  const { id, type, userAgent, ipAddress, createdAt, updatedAt, expires, agentId, scopes } = record;
  const agent = agentId === null ? {} : { agentId, scopes: scopes ?? [] };
  return {
    id,
    type,
    current: id === currentId,
    device: deviceName(userAgent),
    userAgent,
    ipAddress,
    createdAt,
    updatedAt,
    expires,
    ...agent,
  };
}
