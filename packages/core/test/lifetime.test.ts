import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_COOKIE_AGE } from "../src/defaults.js";
import {
  expiryFrom,
  isOver,
  isoSecond,
  isRenewalDue,
  type Lifetime,
  type LifetimeOptions,
  parseDuration,
  resolveLifetime,
  underPolicy,
} from "../src/lifetime.js";

const at = (seconds: number) => new Date(seconds * 1000);
const DAY = 86_400;

describe("durations", () => {
  test.each([
    [60, 60],
    ["90s", 90],
    ["15m", 900],
    ["8h", 28_800],
    ["30d", 30 * DAY],
    ["2w", 14 * DAY],
  ])("S0.52: %j is %i seconds", (duration, seconds) => {
    expect(parseDuration(duration, "x")).toBe(seconds);
  });

  test.each([
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e99,
    "",
    "15",
    "15 m",
    "15m ",
    " 15m",
    "m",
    "-1d",
    "1.5h",
    "1y",
    "0d",
    "٣d",
    null,
    {},
    [60],
  ])("%j is refused, and the option is named", (duration) => {
    expect(() => parseDuration(duration as never, "session.expiresIn")).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining("session.expiresIn") }),
    );
  });
});

describe("lifetimes", () => {
  test("decision 4: 30 days, renewed at most daily, 400 days at most", () => {
    expect(resolveLifetime({})).toEqual({
      expiresIn: 30 * DAY,
      idleTimeout: null,
      absoluteTimeout: MAX_COOKIE_AGE,
      renewEvery: DAY,
    });
  });

  test.each([
    ["aal1", { absoluteTimeout: 30 * DAY, idleTimeout: null }],
    ["aal2", { absoluteTimeout: DAY, idleTimeout: 3600 }],
    ["aal3", { absoluteTimeout: 12 * 3600, idleTimeout: 900 }],
  ] as const)("R-S7: preset %s is inside its limits", (preset, limits) => {
    expect(resolveLifetime({ preset })).toMatchObject(limits);
  });

  test("B7: expiresIn is what was asked for, and the window decides how often is renewed", () => {
    expect(resolveLifetime({ expiresIn: "1h" })).toMatchObject({ expiresIn: 3600, renewEvery: 120 });
    expect(resolveLifetime({ expiresIn: "1h", idleTimeout: "10m" })).toMatchObject({ renewEvery: 20 });
    expect(resolveLifetime({ expiresIn: 1 })).toMatchObject({ renewEvery: 1 });
  });

  test.each([
    [{ absoluteTimeout: "401d" }, "more than a cookie may live"],
    [{ expiresIn: "31d", absoluteTimeout: "30d" }, "longer than the absolute limit"],
    [{ expiresIn: "1h", renewEvery: "1h" }, "never renewed"],
    [{ idleTimeout: "5m", renewEvery: "10m" }, "idle before it is renewed"],
    [{ preset: "aal4" }, "unknown preset"],
    [{ expiresIn: null }, "null"],
  ])("R-S6: refuses %j: %s", (options, _reason) => {
    expect(() => resolveLifetime(options as unknown as LifetimeOptions)).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
  });
});

describe("isOver and isRenewalDue", () => {
  const lifetime: Lifetime = { expiresIn: 100, idleTimeout: null, absoluteTimeout: 1000, renewEvery: 10 };
  const session = { updatedAt: at(0), expires: at(100), absoluteExpires: at(1000) };

  test.each([
    [0, "keep"], //     just signed in
    [9.999, "keep"], // the last millisecond before a renewal is allowed
    [10, "renew"], //   renewEvery is inclusive
    [99.999, "renew"],
    [100, "expired"], // RFC 7519 §4.1.4: "on or after" exp is too late
    [1e9, "expired"],
  ] as const)("at second %d: %s", (now, answer) => {
    const due = isRenewalDue(session.updatedAt, at(now), lifetime) ? "renew" : "keep";
    expect(isOver(session, at(now)) ? "expired" : due).toBe(answer);
  });

  test("R-S6: the absolute limit ends it whatever expires says", () => {
    expect(isOver({ ...session, expires: at(5000) }, at(1000))).toBe(true);
    expect(isOver({ ...session, expires: at(5000) }, at(999))).toBe(false);
  });

  test.each(["expires", "absoluteExpires", "updatedAt"])("F-27: %s that is no date is over", (name) => {
    expect(isOver({ ...session, [name]: new Date(Number.NaN) }, at(1))).toBe(true);
    expect(isOver({ ...session, [name]: undefined as never }, at(1))).toBe(true);
  });

  test("a policy that became tighter cuts the dates, and never moves one later", () => {
    const record = { ...session, authenticatedAt: at(0) };
    expect(underPolicy(record, { ...lifetime, absoluteTimeout: 50 })).toMatchObject({
      expires: at(50),
      absoluteExpires: at(50),
    });
    expect(underPolicy(record, { ...lifetime, idleTimeout: 30 })).toMatchObject({
      expires: at(30),
      absoluteExpires: at(1000),
    });
    expect(underPolicy(record, { ...lifetime, absoluteTimeout: 9999 })).toEqual(record);
  });
});

describe("expiryFrom", () => {
  const lifetime: Lifetime = { expiresIn: 100, idleTimeout: null, absoluteTimeout: 1000, renewEvery: 10 };

  test("is a whole second, so that cookie, token and row agree", () => {
    expect(expiryFrom(new Date(12_345), at(1000), lifetime)).toEqual(at(112));
  });

  test("idle time shortens it, the absolute limit bounds it (I8)", () => {
    expect(expiryFrom(at(0), at(1000), { ...lifetime, idleTimeout: 30 })).toEqual(at(30));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (now, limit) => {
        expect(expiryFrom(at(now), at(limit), lifetime).getTime()).toBeLessThanOrEqual(limit * 1000);
      }),
    );
  });

  test("B8: a day is 86,400 seconds, whatever the calendar says", () => {
    const beforeSummerTime = new Date("2026-03-28T12:00:00Z");
    expect(expiryFrom(beforeSummerTime, at(1e10), { ...lifetime, expiresIn: DAY }).toISOString()).toBe(
      "2026-03-29T12:00:00.000Z",
    );
  });
});

test("isoSecond writes what Date writes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
      expect(isoSecond(seconds)).toBe(new Date(seconds * 1000).toISOString());
    }),
    { numRuns: 3000 },
  );
});
