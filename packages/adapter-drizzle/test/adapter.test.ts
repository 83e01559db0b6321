/** The contract, on every driver. The servers' sessions are in time zones other than UTC. */
import { adapterSuite } from "@latchkey/core/testkit";
import { describeOn, type Target } from "./database.js";
import { mysql2 } from "./mysql.js";
import { nodePostgres, pglite, postgresJs } from "./postgresql.js";
import { betterSqlite, libsqlFile, libsqlMemory } from "./sqlite.js";

const TARGETS: readonly Target[] = [libsqlMemory, libsqlFile, betterSqlite, nodePostgres, postgresJs, pglite, mysql2];

for (const target of TARGETS) describeOn(target, ({ name, open }) => adapterSuite(`drizzle, ${name}`, open));
