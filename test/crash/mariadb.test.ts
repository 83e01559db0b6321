import { MARIADB } from "./databases.js";
import { describeCrashes } from "./suite.js";

await describeCrashes(MARIADB);
