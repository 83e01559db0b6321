/** Shows a page in the user's browser. */
import { spawn } from "node:child_process";

const OPENERS: Partial<Record<NodeJS.Platform, readonly [command: string, ...args: string[]]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};
const OTHER_OPENER = ["xdg-open"] as const;

/** A machine without a browser is no error: the address stands on the screen. */
export function openBrowser(address: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? OTHER_OPENER;
  const opener = spawn(command, [...args, address], { stdio: "ignore", detached: true });
  opener.on("error", () => {});
  opener.unref();
}
