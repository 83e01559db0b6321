import { POSTGRESQL } from "./databases.js";
import { describeCrashes } from "./suite.js";

await describeCrashes(POSTGRESQL);
