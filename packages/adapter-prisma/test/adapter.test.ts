/** The promises of the adapter contract, on every database and version of Prisma that is promised. */
import { adapterSuite } from "@latchkey/core/testkit";
import { afterAll, beforeAll } from "vitest";
import { PrismaAdapter } from "../src/index.js";
import { clear, describeOn, openDatabase, TARGETS, type TestDatabase } from "./clients.js";

for (const target of TARGETS)
  describeOn(target, () => {
    let opened: TestDatabase;
    beforeAll(async () => {
      opened = await openDatabase(target);
    });
    afterAll(() => opened.close());

    adapterSuite(target.name, async () => {
      await clear(opened);
      return { adapter: PrismaAdapter(opened.prisma), statements: () => opened.sent.length, close: async () => {} };
    });
  });
