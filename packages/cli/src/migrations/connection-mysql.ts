/** Migrations on MySQL and MariaDB: a named lock of the connection. A change of a table ends each transaction by itself there. */
import type * as Mysql from "mysql2/promise";
import type { Address } from "../database/address.js";
import { CONNECT_TIMEOUT_MS } from "../database/open.js";
import { importPackage } from "../database/packages.js";
import { Problem } from "../problem.js";
import { LOCK_HELD, LOCK_TIMEOUT, type MigrationConnection, type Query } from "./connection.js";

/** The server has one set of names for all databases, and takes 64 characters. */
const LOCK_NAME = "CONCAT('latchkey.', MD5(DATABASE()))";

export async function connectMysql({ url }: Address, cwd: string): Promise<MigrationConnection> {
  const { createConnection } = await importPackage<typeof Mysql>("mysql2/promise", cwd);
  const connection = await createConnection({ uri: url, dateStrings: true, connectTimeout: CONNECT_TIMEOUT_MS });
  const query: Query = async (text, values) => {
    const [rows] = await connection.query<Mysql.RowDataPacket[][] | Mysql.ResultSetHeader>({
      sql: text,
      values: [...(values ?? [])],
      rowsAsArray: true,
    });
    return Array.isArray(rows) ? rows : [];
  };
  return {
    dialect: "mysql",
    query,
    async locked(work) {
      const [row] = await query(`SELECT GET_LOCK(${LOCK_NAME}, ${LOCK_TIMEOUT})`);
      if (Number(row?.[0]) !== 1) throw new Problem(LOCK_HELD);
      try {
        return await work();
      } finally {
        // The lock ends with the connection, too: an error here must not hide what went wrong.
        await query(`SELECT RELEASE_LOCK(${LOCK_NAME})`).catch(() => undefined);
      }
    },
    atomically: (work) => work(query),
    close: () => connection.end(),
  };
}
