/** Session cookies that were tampered with, and `Cookie` headers that were made to confuse. */
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test } from "vitest";
import { type App, addPerson, openApp, STRATEGIES, type StrategyName, weakPassword } from "./app.js";
import { expectDocumented } from "./hostile-answers.js";

const provider = weakPassword();
const NAME = "auth-session=";
/** A character of the alphabet, neighbours in it, and what a lenient decoder takes, drops or stumbles over. */
const REPLACEMENTS = ["A", "B", "-", "_", ".", "=", "%", "+", "/", " ", '"', "\t", "é"];

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

async function openSignedIn(strategy: StrategyName, cookieOptions = {}) {
  const session = { ...STRATEGIES[strategy], cookieOptions };
  const app = openApp({ adapter: memoryAdapter(), session, provider });
  const [good, evil] = [await app.start(await addPerson(app.adapter)), await app.start(await addPerson(app.adapter))];
  return { app, good, evil };
}

/** Reads with the header as it is: `Headers` refuses some of what reaches a server in other ways. */
async function isRead(app: App, cookie: string): Promise<boolean> {
  const headers = { get: (name: string) => (name === "cookie" ? cookie : null) };
  return (await app.auth.getSession({ headers })) !== null;
}

describe.each(Object.keys(STRATEGIES) as StrategyName[])("a cookie, %s", (strategy) => {
  test("R-S1: with any one character changed, dropped, doubled or cut off after is anonymous", async () => {
    const { app, good } = await openSignedIn(strategy);
    const token = good.slice(NAME.length);
    const replacements = strategy === "encrypted jwt" ? ["A", "."] : REPLACEMENTS;
    const accepted: string[] = [];

    for (let at = 0; at < token.length; at++) {
      const [head, character, tail] = [token.slice(0, at), token.charAt(at), token.slice(at + 1)];
      const others = replacements.filter((other) => other !== character).map((other) => head + other + tail);
      for (const tampered of [...others, head + tail, head + character + character + tail, head]) {
        if (await isRead(app, NAME + tampered)) accepted.push(`${at}: ${tampered}`);
      }
    }

    // What stands around a value is no part of it (RFC 6265 §5.2): white space at the very ends is dropped.
    expect(accepted.filter((entry) => entry.slice(entry.indexOf(" ") + 1).trim() !== token)).toEqual([]);
    expect(await isRead(app, good)).toBe(true);
  });

  test("R-T7: has one spelling: no other last character of a part, no padding, no white space inside", async () => {
    const { app, good } = await openSignedIn(strategy);
    const parts = good.slice(NAME.length).split(".");
    const accepted: string[] = [];
    for (const [index, part] of parts.entries()) {
      const lastCharacters = [...ALPHABET]
        .filter((other) => !part.endsWith(other))
        .map((last) => part.slice(0, -1) + last);
      const stuffed = ["=", "==", " ", "\n", "+", "/"].flatMap((extra) => [
        part + extra,
        part.slice(0, 4) + extra + part.slice(4),
      ]);
      for (const spelling of [...lastCharacters, ...stuffed]) {
        const token = parts.with(index, spelling).join(".");
        if (token.trim() !== parts.join(".") && (await isRead(app, NAME + token)))
          accepted.push(`part ${index}: ${spelling}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  test("R-S4: a value that was never issued is not adopted: no row, no cookie", async () => {
    const { app, good } = await openSignedIn(strategy);
    const unknown = `${good.slice(0, -8)}AAAAAAAA`;
    for (const route of ["GET /session", "POST /session/refresh", "POST /signout", "GET /sessions"]) {
      const answer = await app.ask(route, { cookie: unknown });
      await expectDocumented(answer, route, [unknown]);
      expect(answer.headers.getSetCookie().filter((text) => !/Max-Age=0/.test(text))).toEqual([]);
    }
  });

  const junk = (bytes: number) => "j".repeat(bytes);
  const corpus: { what: string; header: (good: string, evil: string) => string; signedIn: boolean }[] = [
    { what: "two values, the own one first", header: (good, evil) => `${good}; ${evil}`, signedIn: false },
    { what: "two values, the own one last", header: (good, evil) => `${evil}; ${good}`, signedIn: false },
    { what: "a value that is none before the own one", header: (good) => `${NAME}x; ${good}`, signedIn: false },
    { what: "the same value twice", header: (good) => `${good}; ${good}`, signedIn: true },
    { what: "values joined by a comma", header: (good, evil) => `${good}, ${evil}`, signedIn: false },
    { what: "quotes", header: (good) => `${NAME}"${good.slice(NAME.length)}"`, signedIn: false },
    { what: "a quote that is left open", header: (good, evil) => `x="; ${evil.slice(1)}; ${good}`, signedIn: true },
    { what: "$Version and $Path", header: (good) => `$Version="1"; ${good}; $Path="/"`, signedIn: true },
    { what: "another case of the name", header: (good) => good.replace("auth", "AUTH"), signedIn: false },
    { what: "the name after a no-break space", header: (_good, evil) => `\u00a0${evil}`, signedIn: false },
    { what: "a no-break space and the own one", header: (good, evil) => `\u00a0${evil}; ${good}`, signedIn: true },
    { what: "the name inside another value", header: (_good, evil) => `x=${evil}`, signedIn: false },
    { what: "the name at the end of another name", header: (_good, evil) => `x-${evil}`, signedIn: false },
    { what: "the name at the start of another", header: (good) => good.replace("=", "-x="), signedIn: false },
    { what: "no name", header: (good) => good.slice(NAME.length), signedIn: false },
    { what: "an empty name", header: (good) => `=${good}`, signedIn: false },
    { what: "the name alone", header: () => "auth-session", signedIn: false },
    { what: "an empty value", header: () => NAME, signedIn: false },
    { what: "percent-encoding of the value", header: (good) => good.replace("=", "=%"), signedIn: false },
    { what: "percent-encoding of the name", header: (good) => good.replace("a", "%61"), signedIn: false },
    { what: "malformed encoding beside it", header: (good) => `a=%; b=%zz; c=%00; ${good}`, signedIn: true },
    { what: "control characters beside it", header: (good) => `a=\u0000\u001b[2J; ${good}`, signedIn: true },
    { what: "8-bit characters beside it", header: (good) => `ü=\u00ff\u0100; ${good}`, signedIn: true },
    { what: "nothing but separators around it", header: (good) => `;;; ;${good};;; ; `, signedIn: true },
    { what: "names of the prototype", header: (good) => `__proto__=x; constructor=y; ${good}`, signedIn: true },
    { what: "10,000 cookies", header: (good) => `${"c=d; ".repeat(10_000)}${good}`, signedIn: true },
    {
      what: "10,000 cookies of other names that hold the name",
      header: (good) => `${"xauth-session=y; ".repeat(10_000)}${good}`,
      signedIn: true,
    },
    { what: "64 KB beside it", header: (good) => `big=${junk(65_536)}; ${good}`, signedIn: true },
    { what: "64 KB as its value", header: () => NAME + junk(65_536), signedIn: false },
    { what: "64 KB of dots as its value", header: () => NAME + ".".repeat(65_536), signedIn: false },
  ];

  test.each(corpus)("R-C7, R-C8, F-20: $what", async ({ header, signedIn }) => {
    const { app, good, evil } = await openSignedIn(strategy);
    expect(await isRead(app, header(good, evil))).toBe(signedIn);
  });

  test.each(corpus)("R-C7: $what: no answer of any route is a fault", async ({ header }) => {
    const { app, good, evil } = await openSignedIn(strategy);
    const cookie = header(good, evil).replace(/[^\t\x20-\x7e\u00a0-\u00ff]/g, "");
    for (const route of [
      "GET /session",
      "GET /sessions",
      "DELETE /sessions/x",
      "POST /session/refresh",
      "POST /signout",
    ])
      await expectDocumented(await app.ask(route, { cookie }), route, [good, evil]);
  });

  test.each([
    { prefix: "host", name: "__Host-" },
    { prefix: "secure", name: "__Secure-" },
  ] as const)("R-C3, R-C8: only exactly $name counts", async ({ prefix, name }) => {
    const { app, good, evil } = await openSignedIn(strategy, { prefix });
    const value = evil.slice(evil.indexOf("="));
    for (const other of [name.toUpperCase(), name.toLowerCase(), "", `\u00a0${name}`, name.replace("-", "_")]) {
      expect(await isRead(app, `${other}auth-session${value}`), other).toBe(false);
      expect(await isRead(app, `${other}auth-session${value}; ${good}`), other).toBe(true);
      expect(await isRead(app, `${good}; ${other}auth-session${value}`), other).toBe(true);
    }
  });

  test("R-S17: a token in any other place is not looked at", async () => {
    const { app, good } = await openSignedIn(strategy);
    const token = good.slice(NAME.length);
    const headers = { authorization: `Bearer ${token}`, "x-session": token, "x-auth-session": token };
    const answers = [
      await app.ask(`GET /session?token=${token}&auth-session=${token}`, { headers }),
      await app.ask("POST /session/refresh", { headers, json: { token, "auth-session": token } }),
    ];
    expect(await answers[0]?.json()).toEqual({ session: null });
    expect(answers[1]?.status).toBe(401);
  });
});
