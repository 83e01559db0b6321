/** What stands between the world and the engine: addresses, origins, redirects, devices, errors. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveConfig } from "../src/contracts/config.js";
import { deviceName } from "../src/device.js";
import { normalizeEmail } from "../src/email.js";
import { AuthError, ERRORS, isAuthError } from "../src/errors.js";
import { clientIp, networkOf, parseIp } from "../src/ip.js";
import { checkOrigin, safeRedirect } from "../src/origin.js";
import { SECRET } from "./fixtures.js";

describe("client address", () => {
  test.each([
    [null, "203.0.113.9", 0, "203.0.113.9", "no proxy"],
    ["6.6.6.6", "203.0.113.9", 0, "203.0.113.9", "B12: a header that nobody vouches for"],
    ["6.6.6.6, 1.1.1.1", "10.0.0.1", 1, "1.1.1.1", "one proxy: the address it saw"],
    ["6.6.6.6, 1.1.1.1", "10.0.0.1", 2, "6.6.6.6", "two proxies"],
    ["6.6.6.6", "10.0.0.1", 5, "6.6.6.6", "fewer hops than proxies"],
    ["6.6.6.6, 1.1.1.1, 10.0.0.2", "10.0.0.1", ["10.0.0.0/8"], "1.1.1.1", "past the trusted network"],
    ["6.6.6.6", "9.9.9.9", ["10.0.0.0/8"], "9.9.9.9", "the peer is no proxy of ours"],
    ["2001:db8::1", "::1", ["::1"], "2001:db8::1", "IPv6"],
    ["::ffff:1.2.3.4", "127.0.0.1", 1, "1.2.3.4", "RFC 4291 §2.5.5.2: IPv4 in IPv6"],
    ["1.1.1.1", null, 1, "1.1.1.1", "unknown peer behind one proxy"],
    ["1.1.1.1", null, 0, null, "unknown peer, no proxy"],
    ["1.1.1.1", null, ["10.0.0.0/8"], "1.1.1.1", "unknown peer behind known proxies"],
    [null, null, 1, null, "nothing at all"],
    ["<script>", "10.0.0.1", 1, null, "no address"],
    ["unknown", "10.0.0.1", 1, null, "RFC 7239 §6.2: an obfuscated node"],
    [" , ,", "10.0.0.1", 1, "10.0.0.1", "an empty list"],
  ] as const)("%j from %j with %j → %j: %s", (header, peer, trusted, address, _reason) => {
    expect(clientIp(header, peer, trusted)).toBe(address);
  });

  test.each([
    "256.1.1.1",
    "1.1.1",
    "1.1.1.1.1",
    "01.1.1.1",
    "1.1.1.1 ",
    ":::",
    "1::2::3",
    "12345::",
    "g::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "",
    "1:2:3:4:5:6:7:8::",
  ])("%j is no address", (text) => {
    expect(parseIp(text)).toBeNull();
  });

  test("any IPv6 address keeps its bytes through its canonical text", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const bytes = parseIp(address);
        expect(bytes).not.toBeNull();
        expect(parseIp(clientIp(null, address, 0) as string)).toEqual(bytes);
      }),
    );
  });

  test.each([
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff::", "2001:db8:1:2::/64"],
    ["1.2.3.4", "1.2.3.4"],
    [null, "unknown"],
    ["nonsense", "unknown"],
  ])("limits count %j as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("R-C12: origin check", () => {
  const open = resolveConfig({ secret: SECRET, trustedOrigins: ["https://admin.example.com"] });
  const exact = resolveConfig({ secret: SECRET, baseUrl: "https://app.example.com" });
  const post = (headers: Record<string, string>) =>
    new Request("https://app.example.com/auth/signout", { method: "POST", headers });
  const BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";

  test.each([
    [{ origin: "https://app.example.com" }, true, "our own page"],
    [{ origin: "https://admin.example.com" }, true, "a trusted origin"],
    [{ origin: "https://evil.example" }, false, "B13: another site"],
    [{ origin: "https://app.example.com.evil.example" }, false, "our name in front of another"],
    [{ origin: "https://evil.example/https://app.example.com" }, false, "our name behind another"],
    [{ origin: "https://app.example.com:8443" }, false, "another port"],
    [{ origin: "https://evil.example", "sec-fetch-site": "same-origin" }, false, "contradiction: the origin counts"],
    [{ origin: "null" }, false, "opaque origin: sandboxed frame, data: URL"],
    [{ origin: "null", "sec-fetch-site": "cross-site" }, false, "opaque origin of another site"],
    [{ origin: "null", "sec-fetch-site": "none" }, false, "opaque origin, typed in"],
    [{ origin: "null", "sec-fetch-site": "same-origin" }, true, "our page with Referrer-Policy: no-referrer"],
    [{ "sec-fetch-site": "same-origin" }, true, "only Sec-Fetch-Site"],
    [{ "sec-fetch-site": "none" }, true, "the user, not a page"],
    [{ "sec-fetch-site": "same-site" }, false, "another subdomain"],
    [{ "sec-fetch-site": "cross-site" }, false, "another site"],
    [{ "sec-fetch-site": "" }, false, "empty"],
    [{ "user-agent": BROWSER }, false, "a browser that says nothing: fail closed"],
    [{ "user-agent": "curl/8.0" }, true, "no browser, nothing to trick"],
    [{}, true, "no header at all"],
    [{ origin: "javascript://app.example.com" }, false, "no web origin"],
    [{ origin: "" }, false, "empty origin"],
  ])("%j → %s: %s", (headers, allowed, _reason) => {
    const check = () => checkOrigin(post(headers), open);
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: "origin_not_allowed", status: 403 }));
  });

  test("with a base URL the scheme counts, and the request's own host does not", () => {
    expect(() => checkOrigin(post({ origin: "http://app.example.com" }), exact)).toThrow();
    const forged = new Request("https://evil.example/auth/signout", {
      method: "POST",
      headers: { origin: "https://evil.example" },
    });
    expect(() => checkOrigin(forged, exact)).toThrow(expect.objectContaining({ code: "origin_not_allowed" }));
  });
});

describe("redirect targets", () => {
  const config = resolveConfig({
    secret: SECRET,
    baseUrl: "https://app.example.com",
    trustedOrigins: ["https://admin.example.com"],
  });
  const redirect = (target: unknown) => safeRedirect(target, "/fallback", config);

  test.each([
    ["/dashboard", "/dashboard"],
    ["/a?b=c#d", "/a?b=c#d"],
    ["/a/../b", "/b"],
    ["https://app.example.com/x?y", "/x?y"],
    ["https://admin.example.com/x", "https://admin.example.com/x"],
    ["/search?q=https://evil.example", "/search?q=https://evil.example"],
    ["/é", "/%C3%A9"],
  ])("%j goes to %j", (target, location) => {
    expect(redirect(target)).toBe(location);
  });

  const HOSTILE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "https://evil.example",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "https:evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "//evil.example/..",
    "/..//evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "/%2e%2e//evil.example",
    "/./%2e//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\u0000/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://app.example.com/x",
    "https://app.example.com@evil.example",
    "https://app.example.com:x@evil.example",
    "https://app.example.com.evil.example",
    "https://evil.example#app.example.com",
    "https://evil.example?app.example.com",
    "https://evil.example/app.example.com",
    "https://app.example.com:444/",
    "http://app.example.com/",
    "https://app.example.com\\@evil.example",
    "https://app.example.com%2eevil.example",
    "https://app.example.com\u3002evil.example",
    "https://app。example。com.evil.example",
    "https://user@admin.example.com/",
    "https://user:pw@admin.example.com/",
    "http://admin.example.com/",
    "https://admin.example.com:8443/",
    "ftp://app.example.com/",
    "ws://app.example.com/",
    "app.example.com",
    "evil.example",
    "",
    " ",
    "?x",
    "#x",
    "./x",
    "../x",
    "x",
    "/\u2028/evil.example",
    "/\u00a0/evil.example",
    "\u200b//evil.example",
    "／／evil.example",
    "/\u3000/evil",
    "https://[::1",
    "https://",
    "https:///x",
    "//",
    "/\u0085/evil",
    null,
    undefined,
    42,
    {},
    ["/x"],
    true,
  ];
  test.each(HOSTILE)("R-O8, B30: %j stays on the origin", (target) => {
    const location = redirect(target);
    expect(new URL(location, "https://app.example.com").origin).toBe("https://app.example.com");
    expect(location).toMatch(/^\/(?!\/)/);
  });

  test("no text leaves the allowed origins, and every answer can be a header", () => {
    const part = fc.constantFrom(
      "/",
      "\\",
      "//",
      ".",
      "..",
      "@",
      ":",
      "evil.example",
      "https:",
      "app.example.com",
      "?",
      "#",
      "%2f",
      "\t",
      " ",
      "a",
      "é",
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
        (target) => {
          const location = redirect(target);
          expect(["https://app.example.com", "https://admin.example.com"]).toContain(
            new URL(location, "https://app.example.com/base/").origin,
          );
          expect(() => new Headers({ location })).not.toThrow();
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe("e-mail addresses", () => {
  test.each([
    ["User@Example.COM", "user@example.com"],
    ["  a@b.co  ", "a@b.co"],
    ["first.last+tag@sub.example.com", "first.last+tag@sub.example.com"],
    ["用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"],
    ["ann@münchen.de", "ann@xn--mnchen-3ya.de"],
    ["ann@XN--MNCHEN-3YA.de", "ann@xn--mnchen-3ya.de"],
    ["अजय@डाटा.भारत", "अजय@xn--c2bd1gb.xn--h2brj9c"],
    ["Ｕser@example.com", "user@example.com"],
    ["o'brien@example.ie", "o'brien@example.ie"],
  ])("%j is kept as %s", (given, kept) => {
    expect(normalizeEmail(given)).toBe(kept);
  });

  test.each([
    "a",
    "@",
    "a@",
    "@b.co",
    "a@b",
    "a@@b.co",
    "a@b@c.co",
    "a,b@c.co",
    "a@b.co,c@d.co",
    "a@b.co;c@d.co",
    '"a b"@c.co',
    "a b@c.co",
    "a@b.co\r\nBcc: x@y.z",
    "a@b.co\u0000",
    "a@b..co",
    ".a@b.co",
    "a.@b.co",
    "a..b@c.co",
    "a@-b.co",
    "a@b-.co",
    "a@[127.0.0.1]",
    "<a@b.co>",
    "Name <a@b.co>",
    "a@b.co>",
    "a＠b＠c.co",
    `${"a".repeat(250)}@b.co`,
    "",
    " ",
    null,
    undefined,
    42,
    {},
    ["a@b.co"],
    "a\u202e@b.co",
    "a@b.c\u200bo",
    "a@1.2.3.4",
    "a@0x7f.1",
    "a@b.co\r\n",
    "\ufeffa@b.co",
    "a@b.123",
    "a@b.co.",
    "a@b%2eco.x",
    `${"ü".repeat(130)}@b.co`,
  ])("R-A12: %j is refused", (given) => {
    expect(() => normalizeEmail(given)).toThrow(expect.objectContaining({ code: "request_invalid", status: 400 }));
  });
});

describe("device names", () => {
  test.each([
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
      "Chrome on Windows",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
      "Edge on Windows",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
      "Safari on macOS",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
      "Safari on iPhone",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile/15E148 Safari/604.1",
      "Chrome on iPhone",
    ],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36",
      "Samsung Internet on Android",
    ],
    [
      "Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 OPR/120.0",
      "Opera on ChromeOS",
    ],
    ["curl/8.5.0", "curl"],
    ["node", "Node.js"],
    ["", "Unknown device"],
    [null, "Unknown device"],
    ["<script>alert(1)</script>", "Unknown device"],
  ])("%s → %s", (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name);
  });
});

describe("errors", () => {
  test("R-L1: what clients see is the table's sentence, never the detail", () => {
    const error = new AuthError("unavailable", "connection to db-7.internal refused", { cause: new Error("secret") });
    expect(error).toMatchObject({
      status: 503,
      retryAfter: 5,
      publicMessage: ERRORS.unavailable[1],
      name: "AuthError",
    });
    expect(error.publicMessage).not.toMatch(/internal|secret/);
    expect(
      Object.values(ERRORS).every(([status, message]) => status >= 400 && status < 600 && message.length > 0),
    ).toBe(true);
  });

  test("an error is known by its mark and its code, also one of another copy of the package; a name proves nothing", () => {
    const copy = (code: string) => Object.assign(new Error("x"), { [Symbol.for("latchkey.AuthError")]: true, code });
    expect(isAuthError(copy("unavailable"), "unavailable")).toBe(true);
    expect(isAuthError(copy("unavailable"), "internal")).toBe(false);
    expect(isAuthError(copy("ok"))).toBe(false);
    expect(isAuthError(Object.assign(new Error("x"), { name: "AuthError", code: "unavailable" }))).toBe(false);
    expect(isAuthError(new Error("x"))).toBe(false);
    expect(isAuthError({ name: "AuthError" })).toBe(false);
  });
});
