/** The promises of `Adapter`, each as a test that every implementation passes. */
import { accountCases } from "./adapter-suite-accounts.js";
import { conditionCases } from "./adapter-suite-conditions.js";
import { counterCases } from "./adapter-suite-counters.js";
import { keyCases } from "./adapter-suite-keys.js";
import { limitCases } from "./adapter-suite-limits.js";
import { linkingCases } from "./adapter-suite-linking.js";
import { passwordCases } from "./adapter-suite-password.js";
import { proofCases } from "./adapter-suite-proof.js";
import { proofRaceCases } from "./adapter-suite-proof-races.js";
import type { AdapterCase, OpenAdapter } from "./adapter-suite-records.js";
import { sessionRemovalCases } from "./adapter-suite-session-removal.js";
import { sessionCases } from "./adapter-suite-sessions.js";
import { signInCases } from "./adapter-suite-sign-in.js";
import { tableCases } from "./adapter-suite-tables.js";
import { userCases } from "./adapter-suite-users.js";
import { verificationCases } from "./adapter-suite-verifications.js";
import { describe, test } from "./runner.js";

/** Every rule, by the part of the contract that it belongs to. */
export const adapterCases: Readonly<Record<string, readonly AdapterCase[]>> = {
  users: userCases,
  accounts: [...accountCases, ...linkingCases],
  sessions: [...sessionCases, ...sessionRemovalCases],
  limits: limitCases,
  "sign-in": signInCases,
  password: passwordCases,
  "proof of the mailbox": [...proofCases, ...proofRaceCases, ...conditionCases],
  verifications: [...verificationCases, ...counterCases],
  keys: keyCases,
  tables: tableCases,
};

/**
 * Registers the tests of an adapter.
 *
 * @param open Opens the adapter on an empty database, for each test anew
 * @example
 * adapterSuite("my database", async () => {
 *   const database = await createDatabase();
 *   return { adapter: MyAdapter(database), statements: () => database.statements, close: () => database.drop() };
 * });
 */
export function adapterSuite(name: string, open: OpenAdapter): void {
  describe(`adapter: ${name}`, () => {
    for (const [part, cases] of Object.entries(adapterCases))
      describe(part, () => {
        for (const rule of cases) test(rule.name, () => runAdapterCase(rule, open));
      });
  });
}

/** Runs one rule on an adapter of its own. @throws what the rule expects and the adapter does not do */
export async function runAdapterCase(rule: AdapterCase, open: OpenAdapter): Promise<void> {
  const { adapter, statements, close } = await open();
  try {
    await rule.run(adapter, { statements });
  } finally {
    await close();
  }
}
