/** A database of its own on the PostgreSQL server. */
import { randomBytes } from "node:crypto";
import pg from "pg";

const SERVER = process.env.LATCHKEY_TEST_POSTGRES_URL ?? "postgres://postgres@127.0.0.1:5432/test";

/**
 * Makes a database, and drops it when the work is done.
 *
 * @template T
 * @param {(url: string) => Promise<T>} work
 */
export async function withDatabase(work) {
  const name = `latchkey_bench_${randomBytes(6).toString("hex")}`;
  await administrate(`CREATE DATABASE ${name}`);
  try {
    const url = new URL(SERVER);
    url.pathname = `/${name}`;
    return await work(url.href);
  } finally {
    await administrate(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

/** @param {string} statement */
async function administrate(statement) {
  const client = new pg.Client(SERVER);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
