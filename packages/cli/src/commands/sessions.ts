/** `latchkey sessions list | revoke | revoke-all | cleanup` */
import { deviceName, type SessionRecord } from "@latchkey/core";
import { type Args, type Command, OK, WRONG } from "../command.js";
import { type Terminal, table } from "../output.js";
import { UsageError } from "../problem.js";
import { type Operator, openOperator, requireUser } from "../sessions/operator.js";

const ACTIONS = { list, revoke, "revoke-all": revokeAll, cleanup } as const;
const DEFAULT_BATCH = 1000;

export const sessions: Command = {
  name: "sessions",
  summary: "list and end the sessions of users, and remove expired ones",
  positionals: "list | revoke <sessionId> | revoke-all | cleanup",
  options: {
    user: { value: "<id|email>", help: "whose sessions (list, revoke-all)" },
    everyone: { help: "the sessions of all users (revoke-all); asks first" },
    batch: { value: "<n>", help: `rows that one statement of cleanup removes (default: ${DEFAULT_BATCH})` },
    yes: { help: "do not ask" },
    config: { value: "<file>", help: "the app's config, whose adapter is used and whose hooks are told" },
    url: { value: "<url>", help: "the database itself; no hooks are told" },
  },
  notes: "Without --config and --url the app's config is looked for as latchkey doctor does, then DATABASE_URL counts.",
  async run(args, terminal) {
    const [name = "", ...rest] = args.positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name as keyof typeof ACTIONS] : undefined;
    if (action === undefined)
      throw new UsageError(`what of sessions? One of ${Object.keys(ACTIONS).join(", ")}, not "${name}"`);
    if (rest.length > (action === revoke ? 1 : 0)) throw new UsageError(`"${rest.at(-1)}" is not expected here`);
    requireScope(action, args, rest);
    const source = { url: args.value("url"), config: args.value("config") };
    const operator = await openOperator(source, terminal);
    try {
      return await action(operator, args, terminal);
    } finally {
      await operator.close();
    }
  },
};

/** Before anything is opened: a command without a scope must not do more than was meant. */
function requireScope(action: unknown, args: Args, rest: readonly string[]): void {
  const hasUser = args.value("user") !== undefined;
  if (action === list && !hasUser) throw new UsageError("whose sessions? Pass --user <id|email>");
  if (action === revoke && rest.length === 0) throw new UsageError("which session? Pass its id");
  if (action === revokeAll && hasUser === args.has("everyone"))
    throw new UsageError("whose sessions? Pass either --user <id|email> or --everyone");
}

async function list(operator: Operator, args: Args, terminal: Terminal): Promise<number> {
  const user = await requireUser(operator.adapter, args.value("user") ?? "");
  const found = await operator.list(user.id);
  const rows = found.map((session) => [
    session.id,
    session.agentId === null ? session.type : `${session.type} ${session.agentId}`,
    deviceName(session.userAgent),
    session.ipAddress ?? "-",
    session.createdAt.toISOString(),
    session.updatedAt.toISOString(),
    session.expires.toISOString(),
  ]);
  const headings = ["ID", "TYPE", "DEVICE", "ADDRESS", "SIGNED IN", "LAST ACTIVE", "EXPIRES"];
  const text = rows.length === 0 ? `user ${user.id} has no live session` : table(headings, rows);
  terminal.result({ userId: user.id, sessions: found.map(shownSession) }, text);
  return OK;
}

/** Without the app's claims: they may be private. */
function shownSession({ data: _data, ...session }: SessionRecord) {
  return session;
}

async function revoke(operator: Operator, args: Args, terminal: Terminal): Promise<number> {
  const id = args.positionals[1] ?? "";
  const revoked = await operator.revoke(id);
  terminal.result({ revoked: revoked ? 1 : 0 }, revoked ? `session ${id} has ended` : `there is no session ${id}`);
  return revoked ? OK : WRONG;
}

async function revokeAll(operator: Operator, args: Args, terminal: Terminal): Promise<number> {
  const given = args.value("user");
  if (given !== undefined) {
    const user = await requireUser(operator.adapter, given);
    const revoked = await operator.revokeUser(user.id);
    terminal.result({ userId: user.id, revoked }, `${countOf(revoked)} of user ${user.id} ended`);
    return OK;
  }
  const question = `End the sessions of everyone (${operator.shown})?`;
  if (!args.has("yes") && !(await terminal.confirm(question, "--yes"))) {
    terminal.result({ revoked: 0 }, "nothing was changed");
    return WRONG;
  }
  const revoked = await operator.revokeEveryone();
  terminal.result({ revoked }, `${countOf(revoked)} ended`);
  return OK;
}

async function cleanup(operator: Operator, args: Args, terminal: Terminal): Promise<number> {
  const removed = await operator.cleanUp(args.count("batch") ?? DEFAULT_BATCH);
  terminal.result({ removed }, `${removed} expired ${removed === 1 ? "row" : "rows"} removed`);
  return OK;
}

function countOf(sessions: number): string {
  return sessions === 1 ? "1 session" : `${sessions} sessions`;
}
