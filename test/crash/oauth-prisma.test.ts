import { PRISMA } from "./databases.js";
import { describeOAuthCrashes } from "./oauth-suite.js";

await describeOAuthCrashes(PRISMA);
