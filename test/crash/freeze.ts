/** Stops a process in the midst of a transaction of SQLite, whose driver runs all statements of a batch without a pause. */
import { createRequire } from "node:module";
import { type Around, SEPARATOR } from "./driver.js";
import type { Moments } from "./moments.js";

interface SqliteConnection {
  prepare(sql: string): unknown;
}

/** The package that `@libsql/client` opens files with. */
function requireLibsql(): { prototype: SqliteConnection } {
  const client = createRequire(import.meta.url).resolve("@libsql/client");
  return createRequire(client)("libsql") as { prototype: SqliteConnection };
}

/** @returns what lets statements pass, and makes a moment of each that runs in a transaction of several, BEGIN and COMMIT included */
export function freezeInTransactions(moments: Moments): Around {
  let isInTransaction = false;
  const { prototype } = requireLibsql();
  const { prepare } = prototype;
  prototype.prepare = function (sql) {
    if (isInTransaction) moments.passNow(`before ${sql.slice(0, 40)}`);
    return prepare.call(this, sql);
  };
  return async (text, run) => {
    isInTransaction = text.includes(SEPARATOR);
    try {
      return await run();
    } finally {
      isInTransaction = false;
    }
  };
}
