/** What the doctor finds. */

/** `"skipped"`: it could not be looked at, for a reason that is not wrong. */
export type State = "ok" | "warning" | "problem" | "skipped";

export interface Finding {
  /** What was looked at: `"cookie"`. */
  readonly check: string;
  readonly state: State;
  /** One sentence, without a full stop. */
  readonly detail: string;
}

/** Makes findings of one check. */
export function findingsOf(check: string) {
  const as =
    (state: State) =>
    (detail: string): Finding => ({ check, state, detail });
  return { ok: as("ok"), warning: as("warning"), problem: as("problem"), skipped: as("skipped") };
}
