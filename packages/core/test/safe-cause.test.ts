/** I9: what a driver says of a statement that failed reaches hooks and logs without the values of the statement. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { safeCause } from "../src/sql/safe-cause.js";

const HASH = "h4sh-of-a-token";
const EMAIL = "ada@example.com";

/** As drivers and ORMs make them, with the values where each has them. */
const ERRORS: Record<string, Error> = {
  "node-postgres, a row that was refused": Object.assign(
    new Error('null value in column "data" violates not-null constraint'),
    {
      code: "23502",
      detail: `Failing row contains (s1, ${HASH}, ${EMAIL}).`,
      where: EMAIL,
    },
  ),
  "node-postgres, a value that is taken": Object.assign(
    new Error('duplicate key value violates unique constraint "users_email_key"'),
    { code: "23505", detail: `Key (email)=(${EMAIL}) already exists.`, constraint: "users_email_key" },
  ),
  mysql2: Object.assign(new Error(`Duplicate entry '${EMAIL}' for key 'users_email_key'`), {
    code: "ER_DUP_ENTRY",
    errno: 1062,
    sql: `INSERT INTO users VALUES ('${EMAIL}')`,
    sqlMessage: `Duplicate entry '${EMAIL}' for key 'users_email_key'`,
  }),
  Drizzle: Object.assign(new Error(`Failed query: insert into sessions\nparams: ${HASH},${EMAIL}`), {
    query: "insert",
    params: [HASH],
    cause: Object.assign(new Error("syntax"), { detail: `Failing row contains (${HASH})` }),
  }),
  Prisma: Object.assign(
    new Error(`Raw query failed. Code: \`1062\`. Message: \`Duplicate entry '${EMAIL}' for key 'x'\``),
    {
      code: "P2010",
      meta: {
        driverAdapterError: Object.assign(new Error("DriverAdapterError"), {
          cause: { originalMessage: `Duplicate entry '${EMAIL}' for key 'x'`, originalCode: "1062", kind: "mysql" },
        }),
      },
    },
  ),
};

test.each(Object.entries(ERRORS))("%s: codes and the reason stay, values go", (_, thrown) => {
  const error = safeCause(thrown);
  const shown = inspect(error, { depth: 10 }) + JSON.stringify(error);
  expect(shown).not.toContain(EMAIL);
  expect(shown).not.toContain(HASH);
  expect(shown).toContain("code" in thrown ? String(thrown.code) : "Failed query");
  expect(error).toMatchObject({ message: expect.stringMatching(/\w/), stack: expect.stringContaining("at ") });
});
