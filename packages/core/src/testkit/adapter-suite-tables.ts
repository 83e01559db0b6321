/** Rules for the tables themselves. */
import { type AdapterCase, addUsers } from "./adapter-suite-records.js";
import { expect } from "./runner.js";

export const tableCases: AdapterCase[] = [
  {
    name: "check finds nothing wrong with tables that are as the schema says, however often it is asked, and changes nothing",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      expect([await adapter.check(), await adapter.check()]).toEqual([[], []]);
      expect(await adapter.getUser("user-1")).not.toBeNull();
    },
  },
];
