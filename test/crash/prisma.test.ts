import { PRISMA } from "./databases.js";
import { describeCrashes } from "./suite.js";

await describeCrashes(PRISMA);
