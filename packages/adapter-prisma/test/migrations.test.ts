/** Our own tables are those that Prisma would make: who migrates by either finds nothing to change by the other. */
import { createTablesSql, type Dialect } from "@latchkey/core/sql";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { expect, test } from "vitest";
import { describeOn, targetOf } from "./clients.js";
import { MYSQL_MIGRATION, prismaMigration } from "./schema-engine.js";
import type { EmptyDatabase, Row, Server } from "./servers.js";

/** Everything that the database knows of its tables, in an order of its own. */
const CATALOG: Record<Dialect, readonly string[]> = {
  sqlite: [
    `SELECT m.name AS "table", c.name, c.type, c."notnull", c.dflt_value, c.pk
      FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, c.cid`,
    `SELECT m.name AS "table", CASE l.origin WHEN 'pk' THEN 'primary key' ELSE l.name END AS name, l."unique", l.partial, i.seqno, i.name AS "column"
      FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i WHERE m.type = 'table' ORDER BY 1, 2, 5`,
    `SELECT m.name AS "from", f."table", f."from" AS "column", f."to", f.on_update, f.on_delete
      FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1, 2, 3`,
  ],
  postgresql: [
    `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attnum
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1, 6`,
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1`,
  ],
  mysql: [
    `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, COLUMN_KEY FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    `SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME FROM information_schema.STATISTICS
      WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1, 2, 4`,
    `SELECT TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME, UPDATE_RULE, DELETE_RULE
      FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY 1, 2`,
  ],
};

async function catalogOf(
  dialect: Dialect,
  server: Server,
  tables: (database: EmptyDatabase) => Promise<readonly string[]>,
) {
  const database = await server.createDatabase();
  try {
    for (const statement of await tables(database)) await database.query(statement);
    const catalog: Row[][] = [];
    for (const query of CATALOG[dialect]) catalog.push(await database.query(query));
    return catalog;
  } finally {
    await database.drop();
  }
}

describeOn(targetOf("sqlite"), ({ dialect, server, client }) => {
  test("the tables equal what Prisma's engine makes of schema.prisma", async () => {
    const own = await catalogOf(dialect, server, async () => createTablesSql(dialect, "prisma"));
    const byPrisma = await catalogOf(dialect, server, ({ url }) => prismaMigration(client, new PrismaLibSql({ url })));
    expect(own).toEqual(byPrisma);
    expect(own.map((rows) => rows.length > 0)).toEqual([true, true, true]);
  });
});

describeOn(targetOf("postgresql"), ({ dialect, server, client }) => {
  test("the tables equal what Prisma's engine makes of schema.prisma", async () => {
    const own = await catalogOf(dialect, server, async () => createTablesSql(dialect, "prisma"));
    const byPrisma = await catalogOf(dialect, server, ({ url }) =>
      prismaMigration(client, new PrismaPg({ connectionString: url })),
    );
    expect(own).toEqual(byPrisma);
    expect(own.map((rows) => rows.length > 0)).toEqual([true, true, true]);
  });
});

describeOn(targetOf("mysql"), ({ dialect, server }) => {
  test("the tables equal those of Prisma's rules for MySQL, but for the collation, which Prisma does not compare", async () => {
    const own = await catalogOf(dialect, server, async () => createTablesSql(dialect, "prisma"));
    const byPrisma = await catalogOf(dialect, server, async () => MYSQL_MIGRATION);
    expect(own).toEqual(byPrisma);
    expect(own.map((rows) => rows.length > 0)).toEqual([true, true, true]);
  });
});
