import { createHmac } from "node:crypto";
import fc from "fast-check";
import { CompactEncrypt, jwtVerify, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { datesAreValid, parseClaims } from "../src/token/claims.js";
import * as node from "../src/token/crypto-node.js";
import * as web from "../src/token/crypto-web.js";
import { decryptJwt, encryptJwt } from "../src/token/jwe.js";
import { signJwt, verifyJwt } from "../src/token/jwt.js";
import { createKeyring } from "../src/token/keyring.js";
import { createToken, hashToken, isOpaqueToken } from "../src/token/opaque.js";
import { OTHER_SECRET, SECRET } from "./fixtures.js";

const ring = createKeyring(SECRET);
const key = new TextEncoder().encode(SECRET);
const HEADER = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
const claims = { sub: "u1", iat: 1, exp: 2, user: { id: "u1", name: "Zoë 👋" } };

/** A token with a right signature over whatever header and payload are given. */
function forge(header: string, payload: string, secret = SECRET, algorithm = "sha256"): string {
  const input = `${header}.${payload}`;
  return `${input}.${createHmac(algorithm, secret).update(input).digest("base64url")}`;
}
const encode = (text: string | Buffer) => Buffer.from(text).toString("base64url");

describe("HS256 against its oracle", () => {
  const json = fc.dictionary(
    fc.string(),
    fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes("e+")),
    { maxKeys: 8 },
  );

  test("R-T7: what we sign, jose verifies to the same claims; what jose signs, we verify to the same", async () => {
    await fc.assert(
      fc.asyncProperty(json, async (random) => {
        const payload = JSON.parse(
          JSON.stringify({ ...random, exp: 9_999_999_999, iat: 1, nbf: 0, iss: "i", aud: "a", sub: "s", jti: "j" }),
        );
        const ours = signJwt(payload, ring);
        expect((await jwtVerify(ours, key)).payload).toEqual(payload);

        const theirs = await new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
        expect(verifyJwt(theirs, ring)).toEqual(payload);
        expect(theirs).toBe(ours);
      }),
      { numRuns: 300 },
    );
  });

  test("S0.2, S0.6: the header is exactly the documented one, the app's claims stand at top level", () => {
    const [header, payload] = signJwt({ ...claims, role: "admin" }, ring).split(".");
    expect(header).toBe(HEADER);
    expect(Buffer.from(HEADER, "base64url").toString()).toBe('{"alg":"HS256","typ":"JWT"}');
    expect(JSON.parse(Buffer.from(payload as string, "base64url").toString())).toEqual({ ...claims, role: "admin" });
  });

  test("S0.2: the printed sample parses to the printed header and payload", () => {
    const sample =
      "eyJ1c2VyIjp7ImlkIjoiMSIsImVtYWlsIjoidXNlckBleGFtcGxlLmNvbSJ9LCJpYXQiOjE3MDk1ODk2MDAsImV4cCI6MTcxMjE4MTYwMH0";
    expect(verifyJwt(forge(HEADER, sample), ring)).toEqual({
      user: { id: "1", email: "user@example.com" },
      iat: 1_709_589_600,
      exp: 1_712_181_600,
    });
  });

  test("RFC 7515 A.1: the example's header is not ours, and its MAC is right", () => {
    const rfcKey = Buffer.from(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
      "base64url",
    );
    const input =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    for (const crypto of [node, web] as (typeof node)[]) {
      expect(crypto.hmacSha256(crypto.hmacKey(rfcKey), input)).toBe("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }
    expect(verifyJwt(`${input}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`, ring)).toBeNull();
  });
});

describe("Node's crypto and its twin", () => {
  test("RFC 4231: test cases 1 to 3, 6 and 7 where key and data are texts or bytes", () => {
    const vectors = [
      ["0b".repeat(20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
      [
        Buffer.from("Jefe").toString("hex"),
        "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      ],
      [
        "aa".repeat(131),
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      ],
      [
        "aa".repeat(131),
        "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
      ],
    ] as const;
    for (const crypto of [node, web] as (typeof node)[]) {
      for (const [keyHex, data, mac] of vectors) {
        expect(crypto.hmacSha256(crypto.hmacKey(Buffer.from(keyHex, "hex")), data)).toBe(
          Buffer.from(mac, "hex").toString("base64url"),
        );
      }
    }
  });

  test("RFC 5869 A.3: HKDF without salt and info", () => {
    const okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
    for (const crypto of [node, web] as (typeof node)[]) {
      expect(Buffer.from(crypto.hkdfSha256(Buffer.from("0b".repeat(22), "hex"), "", 32)).toString("hex")).toBe(okm);
    }
  });

  test("both answer alike for any input", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.uint8Array({ minLength: 1, maxLength: 100 }), (text, secret) => {
        const bytes = Uint8Array.from(secret);
        expect(web.sha256(text)).toBe(node.sha256(text));
        expect(web.base64urlFromText(text)).toBe(node.base64urlFromText(text));
        expect(web.base64urlFromBytes(bytes)).toBe(node.base64urlFromBytes(bytes));
        expect(web.textFromBase64url(node.base64urlFromBytes(bytes))).toBe(
          node.textFromBase64url(node.base64urlFromBytes(bytes)),
        );
        expect(web.hkdfSha256(bytes, text, 32)).toEqual(node.hkdfSha256(bytes, text, 32));
        expect(web.hmacSha256(web.hmacKey(bytes), "abc")).toBe(node.hmacSha256(node.hmacKey(bytes), "abc"));
      }),
    );
  });

  test("SHA-256 of the empty and the longest padded text (FIPS 180-4)", () => {
    expect(Buffer.from(node.sha256(""), "base64url").toString("hex")).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    expect(web.sha256("a".repeat(119))).toBe(node.sha256("a".repeat(119)));
  });
});

describe("what is refused", () => {
  const token = signJwt(claims, ring);
  const [header = "", payload = "", signature = ""] = token.split(".");

  test("the token itself is accepted", () => {
    expect(verifyJwt(token, ring)).toEqual(claims);
  });

  test("R-S1, R-T1: a change of any one character is refused", () => {
    for (let at = 0; at < token.length; at++) {
      for (const replacement of ["A", "B", "_", ".", "=", " "]) {
        if (token[at] === replacement) continue;
        expect(verifyJwt(token.slice(0, at) + replacement + token.slice(at + 1), ring)).toBeNull();
      }
    }
  });

  const lastBitsChanged =
    signature.slice(0, -1) + (signature.endsWith("A") ? "B" : String.fromCharCode(signature.charCodeAt(42) + 1));
  test.each([
    [`${token}=`, "padding"],
    [`${token}\n`, "line feed at the end"],
    [` ${token}`, "space before"],
    [`${header}.${payload}.${signature.slice(0, 20)} ${signature.slice(20)}`, "space inside the signature"],
    [`${header}.${payload}.${signature.slice(0, 20)}\n${signature.slice(20)}`, "line feed inside the signature"],
    [`${header}.${payload}.${lastBitsChanged}`, "changed unused bits of the signature"],
    [`${header}.${payload}.${signature.replaceAll("-", "+").replaceAll("_", "/")}.`, "a fourth part"],
    [`${header}.${payload}`, "two parts"],
    [`${header}..${signature}`, "empty payload"],
    [`.${payload}.${signature}`, "empty header"],
    [`${header}.${payload}.`, "no signature"],
    ["", "nothing"],
    ["..", "only dots"],
    [JSON.stringify({ protected: header, payload, signature }), "RFC 7515 §7.2.2: JSON serialisation"],
    [`{${token}}`, "braces"],
    [`${token}.${token}`, "two tokens"],
    [forge(`${HEADER}=`, payload), "padded header, rightly signed"],
    [forge(HEADER, `${payload}=`), "padded payload, rightly signed"],
    [forge(HEADER, "e30A"), "rightly signed, not JSON"],
    [forge(HEADER, "e31"), "rightly signed, unused bits of the payload set"],
    [forge(HEADER, "eyJhIjoiPz8_In0+"), "the other base64 alphabet"],
  ])("R-T7: %j (%s)", (text) => {
    expect(verifyJwt(text, ring)).toBeNull();
  });

  test.each([
    ['{"alg":"none","typ":"JWT"}', "none"],
    ['{"alg":"None","typ":"JWT"}', "None"],
    ['{"alg":"nOnE","typ":"JWT"}', "nOnE"],
    ['{"alg":"hs256","typ":"JWT"}', "lower case"],
    ['{"alg":"HS384","typ":"JWT"}', "another length"],
    ['{"alg":"HS512","typ":"JWT"}', "another length"],
    ['{"alg":"RS256","typ":"JWT"}', "asymmetric"],
    ['{"typ":"JWT","alg":"HS256"}', "another order: the header is matched, not interpreted"],
    ['{"alg":"HS256"}', "R-T5: no typ"],
    ['{"alg":"HS256","typ":"at+jwt"}', "R-T5: an agent's token"],
    ['{"alg":"HS256","typ":"JWT","crit":["b64"],"b64":false}', "R-T8: b64"],
    ['{"alg":"HS256","typ":"JWT","crit":["exp"]}', "R-T8: crit"],
    ['{"alg":"HS256","typ":"JWT","crit":[]}', "R-T8: empty crit"],
    ['{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"AA"}}', "R-T3: jwk"],
    ['{"alg":"HS256","typ":"JWT","jku":"http://127.0.0.1:1/"}', "R-T3: jku"],
    ['{"alg":"HS256","typ":"JWT","x5u":"http://127.0.0.1:1/"}', "R-T3: x5u"],
    ['{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}', "R-T3: kid as a path"],
    ['{"alg":"HS256","typ":"JWT","kid":"\' OR 1=1 --"}', "R-T3: kid as SQL"],
    ['{"alg":"HS256","typ":"JWT","kid":"__proto__"}', "R-T3: kid as a property"],
    [`{"alg":"HS256","typ":"JWT","kid":"${"k".repeat(10_000)}"}`, "R-T3: a long kid"],
    ['{"alg":"HS256","alg":"none","typ":"JWT"}', "R-T9: duplicate names"],
    ["[]", "no object"],
  ])("R-T2: header %s (%s)", (headerJson) => {
    const encoded = encode(headerJson);
    expect(verifyJwt(forge(encoded, payload), ring)).toBeNull();
    expect(verifyJwt(forge(encoded, payload, SECRET, "sha512"), ring)).toBeNull();
    expect(verifyJwt(`${encoded}.${payload}.`, ring)).toBeNull();
  });

  test.each([
    ['{"sub":"a","sub":"b"}', "duplicate name"],
    ['{"sub" :"a","sub":"b"}', "duplicate name with white space"],
    ['{"a" :1,"exp":1,"exp":2}', "duplicate hidden behind white space"],
    ['{"x":":","exp":1,"exp":2}', "duplicate beside a colon in a string"],
    ['{"a\\":":1,"exp":1,"exp":2}', "duplicate beside an escaped quote"],
    ['{"a":{"b":1,"b":2}}', "duplicate further down"],
    [`{"a":${"[".repeat(20)}${"]".repeat(20)}}`, "too deep"],
    ["\ufeff{}", "byte order mark"],
    ["[]", "array"],
    ["null", "null"],
    ['"text"', "string"],
    ["{", "cut off"],
    ["{}{}", "two values"],
    ["{'a':1}", "not JSON"],
  ])("R-T9: payload %s (%s)", (json) => {
    expect(verifyJwt(forge(HEADER, encode(json)), ring)).toBeNull();
  });

  test.each([
    ['{ "sub" : "a", "n" : { "x" : [ { "y" : 1 } ] } }', "white space"],
    ['{"pic":"https://example.com/a:b","q":"\\":\\"","u":"\\\\"}', "colons, quotes and backslashes in strings"],
    [`{"a":${"[".repeat(15)}${"]".repeat(15)}}`, "16 levels"],
    ['{"\ufffd":"\ufffd"}', "a real U+FFFD"],
    ['{"":1,"a":[]}', "an empty name"],
  ])("R-T9: payload %s is accepted (%s)", (json) => {
    expect(verifyJwt(forge(HEADER, encode(json)), ring)).toEqual(JSON.parse(json));
  });

  test("R-T9: bytes that are not UTF-8 are refused", () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(verifyJwt(forge(HEADER, encode(bytes)), ring)).toBeNull();
  });

  test("R-T9: __proto__ and constructor are harmless data", () => {
    const parsed = verifyJwt(
      forge(HEADER, encode('{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}')),
      ring,
    );
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  test("R-T9: more than 8,192 characters are not looked at", () => {
    expect(verifyJwt(signJwt({ a: "x".repeat(6200) }, ring), ring)).toBeNull();
    expect(verifyJwt(signJwt({ a: "x".repeat(5800) }, ring), ring)).not.toBeNull();
  });

  test("no text makes it throw", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => verifyJwt(text, ring) === null));
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.string(),
        (a, b, c) => verifyJwt(`${encode(a)}.${encode(b)}.${encode(c)}`, ring) === null,
      ),
    );
  });

  test("the count of members is right for any JSON", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
        expect(parseClaims(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(parseClaims(JSON.stringify(value, null, 2))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("dates", () => {
  const NOW = 1_000_000;
  const valid = { iat: NOW - 10, exp: NOW + 10 };
  test.each([
    [valid, true, "inside"],
    [{ ...valid, exp: NOW }, false, "RFC 7519 §4.1.4: on exp is too late"],
    [{ ...valid, exp: NOW + 1 }, true, "one second before exp"],
    [{ iat: NOW - 10 }, false, "exp missing"],
    [{ exp: NOW + 10 }, false, "iat missing"],
    [{ ...valid, exp: String(NOW + 10) }, false, "exp as a string"],
    [{ ...valid, exp: 1e308 }, false, "exp out of range"],
    [{ ...valid, exp: Number.POSITIVE_INFINITY }, false, "exp infinite"],
    [{ ...valid, exp: Number.NaN }, false, "exp not a number"],
    [{ ...valid, exp: null }, false, "exp null"],
    [{ ...valid, exp: [NOW + 10] }, false, "exp an array"],
    [{ ...valid, iat: -1 }, false, "iat negative"],
    [{ iat: NOW + 60, exp: NOW + 100 }, true, "iat within the skew"],
    [{ iat: NOW + 61, exp: NOW + 100 }, false, "iat beyond the skew"],
    [{ ...valid, nbf: NOW + 60 }, true, "nbf within the skew"],
    [{ ...valid, nbf: NOW + 61 }, false, "nbf ahead"],
    [{ ...valid, nbf: "0" }, false, "nbf as a string"],
    [{ iat: NOW - 10, exp: NOW + 91 }, false, "exp − iat above the policy"],
    [{ iat: NOW - 10, exp: NOW + 90 }, true, "exp − iat at the policy"],
    [{ ...valid, auth_time: NOW - 100 }, false, "R-S6: signed in as long ago as the absolute limit"],
    [{ ...valid, auth_time: NOW - 99 }, true, "one second before the absolute limit"],
    [{ ...valid, auth_time: NOW + 1000 }, false, "signed in after it was issued"],
  ])("R-T4: %j → %s: %s", (dates, answer, _reason) => {
    expect(datesAreValid(dates as Record<string, unknown>, NOW, 100)).toBe(answer);
  });
});

describe("keys", () => {
  test("one secret: no kid; several: the first signs and names itself, all verify", () => {
    const oldRing = createKeyring(OTHER_SECRET);
    const both = createKeyring([SECRET, OTHER_SECRET]);
    const token = signJwt(claims, both);
    expect(JSON.parse(Buffer.from(token.split(".")[0] as string, "base64url").toString())).toEqual({
      alg: "HS256",
      typ: "JWT",
      kid: expect.stringMatching(/^[\w-]{8}$/),
    });
    expect(verifyJwt(token, both)).toEqual(claims);
    expect(verifyJwt(signJwt(claims, oldRing), both)).toEqual(claims);
    expect(verifyJwt(token, oldRing)).toBeNull();
  });

  test("F-11: a server that has only the old key verifies what [old, new] signs, and the other way round", () => {
    const oldOnly = createKeyring(OTHER_SECRET);
    const phaseOne = createKeyring([OTHER_SECRET, SECRET]);
    const phaseTwo = createKeyring([SECRET, OTHER_SECRET]);
    expect(verifyJwt(signJwt(claims, phaseOne), oldOnly)).toEqual(claims);
    expect(verifyJwt(signJwt(claims, oldOnly), phaseTwo)).toEqual(claims);
    expect(verifyJwt(signJwt(claims, phaseTwo), phaseOne)).toEqual(claims);
    expect(verifyJwt(signJwt(claims, phaseTwo), createKeyring(SECRET))).toEqual(claims);
  });

  test("R-T13: a kid belongs to its key: the other secret's signature under it is refused", () => {
    const both = createKeyring([SECRET, OTHER_SECRET]);
    const [header = "", payload = ""] = signJwt(claims, both).split(".");
    expect(verifyJwt(forge(header, payload, SECRET), both)).toEqual(claims);
    expect(verifyJwt(forge(header, payload, OTHER_SECRET), both)).toBeNull();
  });

  test("R-T5: each purpose has its own key, none is the secret", () => {
    const keys = (["session-encryption", "key-id"] as const).map((purpose) =>
      Buffer.from(ring.derive(purpose)[0] as Uint8Array).toString("hex"),
    );
    expect(new Set([...keys, Buffer.from(SECRET).toString("hex")]).size).toBe(3);
    expect(keys.every((hex) => hex.length === 64)).toBe(true);
  });

  test.each([
    ["", "empty"],
    ["a", "one character"],
    ["secret", "short"],
    ["changeme", "short"],
    ["x".repeat(32), "one character repeated"],
    ["abcdefgh".repeat(4), "eight characters repeated"],
    ["kJ8s02nfPq7vLz5xWm3tRb9dYc6hGe1", "31 bytes"],
    ["your-generated-secret-here-1234567890", "the documentation's placeholder"],
    ["change-me-change-me-change-me-1234", "placeholder"],
    ["my-super-password-for-production-42", "a human password"],
    [undefined, "missing"],
    [[], "no secret in the list"],
    [[SECRET, "short"], "one of the list is short"],
    [42, "a number"],
  ])("R-T10: refuses %j: %s", (secret, _reason) => {
    expect(() => createKeyring(secret as string)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringMatching(/secret.*AUTH_SECRET/s) }),
    );
  });

  test("R-T10, S0.8: random secrets are accepted, as base64 and as hex", () => {
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(32)));
      expect(() => createKeyring(bytes.toString("base64"))).not.toThrow();
      expect(() => createKeyring(bytes.toString("hex"))).not.toThrow();
      expect(() => createKeyring(bytes.toString("base64url").slice(0, 32))).not.toThrow();
    }
  });

  test("a refusal never shows the secret", () => {
    const secret = "password-kJ8s02nfPq7vLz5xWm3tRb9d";
    expect(() => createKeyring(secret)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) }),
    );
  });
});

describe("encrypted tokens", () => {
  test("R-C10: the token shows nothing of its claims, and decrypts with any configured secret", async () => {
    const token = await encryptJwt(claims, ring);
    expect(token.split(".")).toHaveLength(5);
    expect(
      token
        .split(".")
        .map((part) => Buffer.from(part, "base64url").toString())
        .join(),
    ).not.toContain("Zo");
    expect(await decryptJwt(token, ring)).toEqual(claims);
    expect(await decryptJwt(token, createKeyring([OTHER_SECRET, SECRET]))).toEqual(claims);
    expect(await decryptJwt(token, createKeyring(OTHER_SECRET))).toBeNull();
  });

  test("R-T12: a signed token is none, and an encrypted one is no signed one", async () => {
    expect(await decryptJwt(signJwt(claims, ring), ring)).toBeNull();
    expect(verifyJwt(await encryptJwt(claims, ring), ring)).toBeNull();
  });

  test("R-T11: other algorithms and types are refused, whoever made them", async () => {
    const secretKey = ring.derive("session-encryption")[0] as Uint8Array;
    const text = new TextEncoder().encode(JSON.stringify(claims));
    const wrapped = await new CompactEncrypt(text)
      .setProtectedHeader({ alg: "A256KW", enc: "A256GCM", typ: "session-encryption+jwe" })
      .encrypt(secretKey);
    const otherType = await new CompactEncrypt(text)
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: "JWT" })
      .encrypt(secretKey);
    const noType = await new CompactEncrypt(text).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(secretKey);
    for (const token of [wrapped, otherType, noType, "", "a.b.c.d.e", "....", `${wrapped}x`])
      expect(await decryptJwt(token, ring)).toBeNull();
  });
});

describe("opaque tokens", () => {
  test("R-S2: 100,000 tokens are 43 characters, never the same, and evenly distributed", () => {
    const tokens = Array.from({ length: 100_000 }, createToken);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(tokens.every((token) => isOpaqueToken(token))).toBe(true);
    for (const position of [0, 1, 20, 41]) {
      const counts = new Map<string, number>();
      for (const token of tokens)
        counts.set(token[position] as string, (counts.get(token[position] as string) ?? 0) + 1);
      const expected = tokens.length / 64;
      const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(counts.size).toBe(64);
      // 63 degrees of freedom: a fair source exceeds 140 once in ten million runs.
      expect(chiSquare).toBeLessThan(140);
    }
  });

  test.each([
    "",
    "a",
    "A".repeat(42),
    "A".repeat(44),
    `${"A".repeat(42)}B`,
    `${"A".repeat(42)}=`,
    `${"A".repeat(41)}+A`,
    "a.b.c",
  ])("%j is no token that we can have made", (text) => {
    expect(isOpaqueToken(text)).toBe(false);
  });

  test("the hash is SHA-256 in base64url", () => {
    expect(hashToken("abc")).toBe(
      Buffer.from("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "hex").toString("base64url"),
    );
  });
});
