/** The contract, on SQLite in a file and in memory. */
import { adapterSuite } from "@latchkey/core/testkit";
import { openFile, openMemory } from "./database.js";

adapterSuite("drizzle, SQLite file", openFile);
adapterSuite("drizzle, SQLite :memory:", openMemory);
