/** How long ago something was, in words. */

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** @returns `"just now"` within a minute, else `"5 minutes ago"`, `"yesterday"`; an instant to come counts as now */
export function ago(instant: Date, now: Date): string {
  const seconds = (now.getTime() - instant.getTime()) / 1000;
  const unit = UNITS.find(([, size]) => seconds >= size);
  return unit === undefined ? "just now" : words.format(-Math.floor(seconds / unit[1]), unit[0]);
}
