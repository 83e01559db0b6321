/** `@latchkey/core/testkit`: the promises of each contract, as suites that every implementation passes. */
export { adapterCases, adapterSuite, runAdapterCase } from "./adapter-suite.js";
export type { AdapterCase, AdapterUnderTest, OpenAdapter } from "./adapter-suite-records.js";
export { type BindingServer, bindingSuite, type Listen } from "./binding-suite.js";
export { type ProviderUnderTest, providerSuite } from "./provider-suite.js";
export type { TestBrowser } from "./test-browser.js";
