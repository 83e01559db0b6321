/** How the databases find the rows: by index, also where there are many of other users. */
import { beforeAll, expect, test } from "vitest";
import {
  type Call,
  CHANGES,
  deleteExpired,
  fill,
  fillUp,
  READS,
  type Statements,
  session,
  statementsOf,
  TRANSACTIONS,
  UPDATES,
} from "./calls.js";
import { describeOn, type TestDatabase } from "./database.js";
import { mysql2 } from "./mysql.js";
import { nodePostgres } from "./postgresql.js";
import { libsqlMemory } from "./sqlite.js";

const CALLS: [string, Call][] = Object.entries({ ...READS, ...UPDATES, ...CHANGES, ...TRANSACTIONS, deleteExpired });

describeOn(nodePostgres, ({ open }) => {
  let statements: Statements = {};
  let rows: TestDatabase["rows"];
  beforeAll(async () => {
    statements = await statementsOf(CALLS, open);
    rows = await openFull(open, (name) => `"${name}"`, "ANALYZE");
  });

  test.each(CALLS)("%s scans no table", async (name) => {
    for (const { sql, args } of statements[name] ?? []) {
      const [answer] = (await rows(`EXPLAIN (FORMAT JSON) ${sql}`, args)) as unknown as [Explained];
      expect(scansOf(answer["QUERY PLAN"][0].Plan), sql).toEqual([]);
    }
  });
});

interface Explained {
  "QUERY PLAN": [{ Plan: PlanNode }];
}

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Cond"?: string;
  "Recheck Cond"?: string;
  Plans?: PlanNode[];
}

/** Steps that read a table without a condition on an index. */
function scansOf(node: PlanNode): PlanNode[] {
  const reads = node["Relation Name"] !== undefined && node["Node Type"].endsWith("Scan");
  const isFull = reads && node["Index Cond"] === undefined && node["Recheck Cond"] === undefined;
  return [...(isFull ? [node] : []), ...(node.Plans ?? []).flatMap(scansOf)];
}

describeOn(mysql2, ({ open }) => {
  let statements: Statements = {};
  let rows: TestDatabase["rows"];
  beforeAll(async () => {
    statements = await statementsOf(CALLS, open);
    rows = await openFull(open, (name) => `\`${name}\``, "ANALYZE TABLE");
    // Who cleans up holds it; to anybody else its DELETE is one of nothing, with no plan.
    await rows("SELECT GET_LOCK('latchkey_cleanup', 0)");
  });

  test.each(CALLS)("%s scans no table", async (name) => {
    for (const { sql, args } of statements[name] ?? []) {
      const steps = await rows(`EXPLAIN ${sql}`, args);
      expect(steps.filter(isFullScan), sql).toEqual([]);
    }
  });
});

/** A derived table, whose name begins with "<", is what a step before has found; an INSERT of values reads nothing. */
function isFullScan({ table, type, select_type }: Record<string, unknown>): boolean {
  return (type === "ALL" || type === "index") && !String(table).startsWith("<") && select_type !== "INSERT";
}

describeOn(libsqlMemory, ({ open }) => {
  let statements: Statements = {};
  beforeAll(async () => {
    statements = await statementsOf(CALLS, open);
  });

  test.each(CALLS)("%s scans no table", async (name) => {
    const { rows, close } = await open();
    for (const { sql, args } of statements[name] ?? []) {
      const plan = await rows(`EXPLAIN QUERY PLAN ${sql}`, args);
      const steps = plan.map((row) => String(row.detail));
      expect(
        steps.filter((step) => isScan(step, steps) && !isOfNothing(sql)),
        sql,
      ).toEqual([]);
    }
    await close();
  });
});

/** Of a table: constants are no table, nor is what a subquery before it has found. */
function isScan(step: string, steps: readonly string[]): boolean {
  const [, name] = /^SCAN (?!(?:\d+ )?CONSTANT)(\S+)/.exec(step) ?? [];
  return name !== undefined && !steps.includes(`CO-ROUTINE ${name}`);
}

/** SQLite looks at a condition without columns before it reads anything, which the plan does not show. */
function isOfNothing(sql: string): boolean {
  return /^DELETE FROM \S+ WHERE 1 = 0 /.test(sql);
}

/**
 * A database with many rows of other users, and with those that the calls are about: of what cannot be there is no plan.
 *
 * @returns the way to ask it
 */
async function openFull(open: () => Promise<TestDatabase>, quote: (name: string) => string, analyze: string) {
  const database = await fill(await open());
  await database.adapter.createSession(session("session-2"));
  await fillUp(database, quote);
  await database.rows(`${analyze} users, sessions, accounts, verifications`);
  return database.rows;
}
