/** A name for a device that its owner recognises. Only shown: a user agent is what the client likes to say. */

/** First match wins: later browsers call themselves by the names of earlier ones. */
const BROWSERS: readonly Name[] = [
  [/\bEdg\w*\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(\w*Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly Name[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];
type Name = readonly [pattern: RegExp, name: string];

/** @returns `"Chrome on Windows"`, the part that is known, or `"Unknown device"` */
export function deviceName(userAgent: string | null): string {
  const nameIn = (names: readonly Name[]) => names.find(([pattern]) => pattern.test(userAgent ?? ""))?.[1];
  const known = [nameIn(BROWSERS), nameIn(SYSTEMS)].filter((name) => name !== undefined);
  return known.join(" on ") || "Unknown device";
}
