/** The environment files of a project, as frameworks read them. */
import { existsSync } from "node:fs";
import path from "node:path";
import { messageOf, Problem } from "../problem.js";

/** The first one wins, and what is set already wins over both. */
const FILES = [".env.local", ".env"] as const;

/** Reads `.env.local` and `.env` of a folder into the environment, where they are. @throws Problem for one that cannot be read */
export function loadEnvFiles(folder: string): void {
  for (const file of FILES.map((name) => path.join(folder, name)).filter((each) => existsSync(each))) {
    try {
      process.loadEnvFile(file);
    } catch (error) {
      throw new Problem(`${file} cannot be read: ${messageOf(error)}`);
    }
  }
}
