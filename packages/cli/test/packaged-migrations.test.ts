/** The SQL files that come with the package. They are frozen once released: a change of the tables comes as a further file. */
import { createTablesSql, type Dialect } from "@latchkey/core/sql";
import { expect, test } from "vitest";
import { readMigrations } from "../src/migrations/files.js";

const DIALECTS: readonly Dialect[] = ["sqlite", "postgresql", "mysql"];
const ALL = (["drizzle", "prisma"] as const).flatMap((flavour) =>
  DIALECTS.map((dialect) => [flavour, dialect] as const),
);

test.each(ALL)(
  "%s, %s: the files make the tables of the core's schema, statement by statement",
  async (flavour, dialect) => {
    const statements = createTablesSql(dialect, flavour);
    const text = `-- The tables of Latchkey.\n\n${statements.map((statement) => `${statement};\n`).join("\n")}`;
    await expect(text).toMatchFileSnapshot(`../migrations/${flavour}/${dialect}/0001_tables.sql`);
    const [tables, ...more] = await readMigrations(dialect, flavour, "/there/is/no/such/folder");
    expect(more).toEqual([]);
    expect(tables?.id).toBe("latchkey/0001_tables");
    expect(tables?.statements.map((statement) => statement.text)).toEqual(statements);
  },
);
