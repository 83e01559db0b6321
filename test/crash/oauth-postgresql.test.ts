import { POSTGRESQL } from "./databases.js";
import { describeOAuthCrashes } from "./oauth-suite.js";

await describeOAuthCrashes(POSTGRESQL);
