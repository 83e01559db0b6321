import fc from "fast-check";
import { CookieJar } from "tough-cookie";
import { describe, expect, test } from "vitest";
import {
  type CookieOptions,
  clearCookie,
  isLoopback,
  readCookie,
  refuseOversized,
  resolveCookie,
  writeCookie,
} from "../src/cookie.js";
import { MAX_COOKIE_AGE } from "../src/defaults.js";

const plain = resolveCookie();
const host = resolveCookie({ prefix: "host" });
const SITE = "https://app.example.com/";

function jarWith(...setCookies: string[]): CookieJar {
  const jar = new CookieJar(undefined, { prefixSecurity: "strict" });
  for (const cookie of setCookies) jar.setCookieSync(cookie, SITE);
  return jar;
}

describe("reading", () => {
  test.each([
    ["auth-session=abc", { token: "abc" }, "alone"],
    ["a=1; auth-session=abc; b=2", { token: "abc" }, "among others"],
    ["a=1;auth-session=abc", { token: "abc" }, "without a space"],
    ["a=1;\t auth-session \t=\tabc\t", { token: "abc" }, "with the white space that RFC 6265bis §5.4 trims"],
    ["auth-session=abc; auth-session=abc", { token: "abc" }, "twice, but the same"],
    ["auth-session=", "absent", "cleared"],
    ["auth-session", "absent", "without a value"],
    ["", "absent", "empty header"],
    ["xauth-session=abc", "absent", "a name that ends alike"],
    ["auth-session2=abc", "absent", "a name that begins alike"],
    ["a=auth-session=abc", "absent", "the name inside another's value"],
    ["Auth-Session=abc", "absent", "R-C3: names are case-sensitive"],
    ["\u00a0auth-session=abc", "absent", "R-C3: U+00A0 is not white space"],
    ["a=%E0%A4%A; auth-session=abc", { token: "abc" }, "B5: malformed percent-encoding in a foreign cookie"],
    ["auth-session=%61bc", { token: "%61bc" }, "a token has one spelling: nothing is decoded"],
    ["a=%; %=%; ;;; =; auth-session=abc; \u0000=\u0000; \u00ff=\u00ff", { token: "abc" }, "R-C7: rubbish around it"],
  ] as const)("%j → %j: %s", (header, reading, _reason) => {
    expect(readCookie(header, plain)).toEqual(reading);
  });

  test.each([
    "auth-session=attacker; auth-session=victim",
    "auth-session=victim; auth-session=attacker",
    "auth-session=; auth-session=victim",
    "auth-session=victim; a=1; auth-session=x; auth-session=victim",
  ])("R-C8: different values are conflicting: %s", (header) => {
    expect(readCookie(header, plain)).toBe("conflicting");
  });

  test("R-C8: with a prefix only the prefixed cookie counts, exactly spelled", () => {
    expect(readCookie("auth-session=evil; __HOST-auth-session=evil; __Host-auth-session=good", host)).toEqual({
      token: "good",
    });
    expect(readCookie("auth-session=evil", host)).toBe("absent");
  });

  test("decision 4: older names are read while the current one is absent", () => {
    const migrating = resolveCookie({}, "auth-session", ["old-session"]);
    expect(readCookie("old-session=a", migrating)).toEqual({ token: "a" });
    expect(readCookie("old-session=a; auth-session=b", migrating)).toEqual({ token: "b" });
    expect(readCookie("old-session=a; old-session=b", migrating)).toBe("conflicting");
  });

  test("R-C7: 10,000 cookies are read, and no header throws", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `auth-sessionx${index}=%`).join("; ");
    expect(readCookie(`${many}; auth-session=abc`, plain)).toEqual({ token: "abc" });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (noise) => {
        readCookie(noise, plain);
        readCookie(`auth-session${noise}`, plain);
        return true;
      }),
    );
  });

  test("R-C9: what is written is read back", () => {
    const token = fc.stringMatching(/^[A-Za-z0-9._-]{1,200}$/);
    fc.assert(
      fc.property(token, (value) => {
        expect(readCookie(writeCookie(value, 60, plain).split(";", 1)[0] as string, plain)).toEqual({ token: value });
      }),
    );
  });
});

describe("writing", () => {
  test("S0.12, S0.24–29: the default cookie has the documented name and attributes", () => {
    const parts = writeCookie("t", 2_592_000, plain).split("; ");
    expect(parts[0]).toBe("auth-session=t");
    expect(new Set(parts.slice(1))).toEqual(
      new Set(["Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=2592000"]),
    );
  });

  test("R-C1: a jar with prefix security keeps the cookie in every prefix setting", () => {
    for (const options of [
      {},
      { prefix: "host" },
      { prefix: "secure" },
      { prefix: "secure", domain: "example.com" },
    ] satisfies CookieOptions[]) {
      const jar = jarWith(writeCookie("token", 60, resolveCookie(options)));
      expect(jar.getCookieStringSync(SITE)).toMatch(/auth-session=token$/);
    }
  });

  test("R-C1: the prefixes are spelled as browsers know them", () => {
    expect(writeCookie("t", 60, host)).toMatch(/^__Host-auth-session=t;/);
    expect(writeCookie("t", 60, resolveCookie({ prefix: "secure" }))).toMatch(/^__Secure-auth-session=t;/);
  });

  test("R-C6: Max-Age is a whole number from 0 to 400 days", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (age) => {
        const maxAge = Number(/Max-Age=(-?\d+)(;|$)/.exec(writeCookie("t", age, plain))?.[1]);
        expect(maxAge).toBe(Math.min(Math.max(0, Math.floor(age)), MAX_COOKIE_AGE));
      }),
    );
  });

  test.each([
    [{}],
    [{ prefix: "host" }],
    [{ prefix: "secure", domain: "example.com", path: "/" }],
    [{ domain: "example.com", sameSite: "strict", path: "/app" }],
  ] as const)("R-C6, B3, B4: clearing empties the jar, with a past date for old clients: %j", (options) => {
    const settings = resolveCookie(options);
    const jar = new CookieJar(undefined, { prefixSecurity: "strict" });
    jar.setCookieSync(writeCookie("token", 60, settings), `${SITE}app/x`);
    const cleared = clearCookie(settings);
    jar.setCookieSync(cleared, `${SITE}app/x`);
    expect(jar.getCookiesSync(`${SITE}app/x`)).toEqual([]);
    expect(cleared).toContain("Max-Age=0");
    expect(cleared).toContain("Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  });
});

describe("settings", () => {
  const refuses = (options: object, name?: string, names?: string[], base?: string) => () =>
    resolveCookie(options as CookieOptions, name, names, base === undefined ? undefined : new URL(base));

  test.each([
    [{ sameSite: "none", secure: false }, "S1.77: SameSite=None needs Secure"],
    [{ prefix: "host", domain: "example.com" }, "__Host- allows no domain"],
    [{ prefix: "host", path: "/app" }, "__Host- allows only /"],
    [{ prefix: "secure", secure: false }, "__Secure- needs Secure"],
    [{ prefix: "Host" }, "unknown prefix"],
    [{ sameSite: "Lax" }, "unknown value"],
    [{ partitioned: true, secure: false }, "Partitioned needs Secure"],
    [{ path: "app" }, "path without a slash"],
    [{ path: "/a; HttpOnly" }, "R-C9: attribute smuggled in the path"],
    [{ path: "/a\r\nSet-Cookie: x=1" }, "R-C9: header smuggled in the path"],
    [{ domain: "example.com; Path=/x" }, "R-C9: attribute smuggled in the domain"],
    [{ domain: "a\r\nb" }, "R-C9: header smuggled in the domain"],
  ])("refuses %j: %s", (options, _reason) => {
    expect(refuses(options)).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  test.each(["a b", "a=b", "a;b", "", "a\r\nb", "é", "__Host-x", "__Secure-x", "a,b", 'a"b'])(
    "R-C9: refuses the name %j",
    (name) => {
      expect(refuses({}, name)).toThrow(expect.objectContaining({ code: "config_invalid" }));
    },
  );

  test("R-C11, S0.33: over plain http only on this machine; elsewhere it refuses to start, or says secure: false", () => {
    const onHttp = refuses({}, undefined, undefined, "http://app.example.com");
    expect(onHttp).toThrow(/plain http/);
    expect(
      resolveCookie({ secure: false }, undefined, undefined, new URL("http://app.example.com")).attributes.secure,
    ).toBe(false);
    expect(resolveCookie({}).attributes.secure).toBe(true);
  });

  test.each(["http://localhost:3000", "http://127.0.0.1", "http://[::1]:8080", "http://app.localhost"])(
    "R-C11: %s drops Secure and the prefix with it",
    (base) => {
      const local = resolveCookie({ prefix: "host" }, undefined, undefined, new URL(base));
      expect(local.name).toBe("auth-session");
      expect(local.attributes.secure).toBe(false);
    },
  );

  test.each([["localhost.example.com"], ["127.0.0.1.example.com"], ["128.0.0.1"], ["example.com"]])(
    "%s is not this machine",
    (name) => {
      expect(isLoopback(name)).toBe(false);
    },
  );
});

describe("size", () => {
  const fits = 4096 - "auth-session".length;

  test("R-C4: 4,096 bytes of name and value are kept, one more is refused with the size of each claim", () => {
    expect(() => refuseOversized("x".repeat(fits), {}, plain)).not.toThrow();
    expect(() => refuseOversized("x".repeat(fits + 1), { small: 1, posts: "é".repeat(10) }, plain)).toThrow(
      expect.objectContaining({
        code: "session_too_large",
        message: expect.stringMatching(/4097 bytes.*posts 22, small 1/),
      }),
    );
  });

  test("R-C4: the largest cookie that is written survives a jar", () => {
    const jar = jarWith(writeCookie("x".repeat(fits), 60, plain));
    expect(jar.getCookieStringSync(SITE)).toHaveLength(4096 + 1);
  });
});
