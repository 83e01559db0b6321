/** `latchkey doctor` */
import path from "node:path";
import { isAuthError } from "@latchkey/core";
import { explainCookie, settingsOf } from "@latchkey/core/doctor";
import { type Args, type Command, OK, WRONG } from "../command.js";
import { CONFIG_PLACES, findConfig, type LoadedConfig, loadConfig } from "../config/load.js";
import { checkCookieSettings } from "../doctor/cookie-settings.js";
import { checkClock, checkSchema } from "../doctor/database-checks.js";
import { type Finding, findingsOf, type State } from "../doctor/finding.js";
import { checkVersions } from "../doctor/versions.js";
import type { Terminal } from "../output.js";
import { messageOf, UsageError } from "../problem.js";

export const doctor: Command = {
  name: "doctor",
  summary: "look at the app's config, its database and its packages, and say what is wrong",
  options: {
    config: { value: "<file>", help: "the module that exports what createAuth returned, or its config" },
    cookie: { value: "<header>", help: 'a Cookie header, such as "auth-session=…", to learn why it is refused' },
    url: { value: "<url>", help: "database whose clock is compared (default: DATABASE_URL)" },
  },
  notes: [
    `Without --config these are looked for: ${CONFIG_PLACES}.`,
    "The file is run, as the app would, with .env.local and .env. Nothing is written, and no secret or token is shown.",
    "Problems make the exit code 1; warnings do not.",
  ].join("\n"),
  async run(args, terminal) {
    const file = findConfig(args.value("config"), terminal.cwd);
    if (file === null) throw new UsageError(`no config found in ${CONFIG_PLACES}: pass --config <file>`);
    const findings = await examine(file, args, terminal);
    const isWrong = findings.some(({ state }) => state === "problem");
    terminal.result({ ok: !isWrong, config: file, findings }, report(findings, terminal));
    return isWrong ? WRONG : OK;
  },
};

async function examine(file: string, args: Args, { env, cwd }: Terminal): Promise<Finding[]> {
  const versions = checkVersions(path.dirname(file), process.versions.node);
  const loaded = await load(file);
  if ("findings" in loaded) return [...loaded.findings, ...versions];
  const settings = settingsOf(loaded.config.auth);
  return [
    ...loaded.ok,
    findingsOf("secret").ok(describeSecrets(settings.secrets)),
    ...checkCookieSettings(settings),
    ...(await checkSchema(settings.adapter)),
    ...(await checkClock(args.value("url") ?? env.DATABASE_URL, cwd)),
    ...versions,
    ...(await explain(loaded.config, args.value("cookie"))),
  ];
}

type Loaded = { config: LoadedConfig; ok: Finding[] } | { findings: Finding[] };

async function load(file: string): Promise<Loaded> {
  const { ok, problem } = findingsOf("config");
  try {
    const config = await loadConfig(file);
    return { config, ok: [ok(`${file} is valid`)] };
  } catch (error) {
    const message = messageOf(error);
    const isSecret = isAuthError(error, "config_invalid")
      ? message.startsWith("secret")
      : / secret (is|\()/.test(message);
    return { findings: [isSecret ? findingsOf("secret").problem(message) : problem(message)] };
  }
}

function describeSecrets(count: number): string {
  const strength = "at least 32 bytes, and no placeholder";
  return count === 1
    ? `one secret, of ${strength}`
    : `${count} secrets, each of ${strength}; the first signs, all verify`;
}

async function explain({ auth }: LoadedConfig, header: string | undefined): Promise<Finding[]> {
  if (header === undefined) return [];
  const { ok, problem } = findingsOf("session");
  try {
    const { code, detail } = await explainCookie(auth, header.replace(/^cookie:\s*/i, ""));
    return [code === "accepted" ? ok(`accepted: ${detail}`) : problem(`refused (${code}): ${detail}`)];
  } catch (error) {
    return [problem(`nobody can tell: ${messageOf(error)}`)];
  }
}

function report(findings: readonly Finding[], { paint }: Terminal): string {
  const paints: Record<State, (text: string) => string> = {
    ok: paint.green,
    warning: paint.yellow,
    problem: paint.red,
    skipped: paint.dim,
  };
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(
      ({ state, check, detail }) =>
        `${paints[state](state.padEnd("problem".length))}  ${check.padEnd(width)}  ${detail}`,
    )
    .join("\n");
}
