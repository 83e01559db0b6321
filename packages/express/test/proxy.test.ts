/** What `trust proxy` lets a proxy say, and what nobody else may say. */
import { latchkey } from "@latchkey/express";
import { describe, expect, test } from "vitest";
import { recordingAuth } from "./fixtures.js";
import { VERSIONS, withServer } from "./servers.js";

const FORWARDED = {
  "x-forwarded-for": "198.51.100.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "app.example.com",
};

describe.each(VERSIONS)("%s", (_name, express) => {
  /** Signs in. @returns what of the request reached the provider */
  async function requestSeen(trustProxy: unknown, headers: Record<string, string>) {
    const { auth, steps } = recordingAuth();
    const app = express().set("trust proxy", trustProxy).use(latchkey(auth));
    let ownOrigin = "";
    await withServer(app, async (origin) => {
      ownOrigin = origin;
      await fetch(`${origin}/auth/signin/test`, { method: "POST", headers });
    });
    const [step] = steps;
    return { ownOrigin, origin: step && new URL(step.request.url).origin, ipAddress: step?.ipAddress };
  }

  test("B12: without trust proxy no header says who the client is or what host was asked", async () => {
    const { ownOrigin, origin, ipAddress } = await requestSeen(false, FORWARDED);
    expect({ origin, ipAddress }).toEqual({ origin: ownOrigin, ipAddress: "127.0.0.1" });
  });

  test("with trust proxy the proxy says it", async () => {
    const { origin, ipAddress } = await requestSeen("loopback", FORWARDED);
    expect({ origin, ipAddress }).toEqual({ origin: "https://app.example.com", ipAddress: "198.51.100.7" });
  });

  test("B12: of a chain of addresses only what trusted proxies wrote counts", async () => {
    const spoofed = { ...FORWARDED, "x-forwarded-for": "6.6.6.6, 198.51.100.7" };
    expect((await requestSeen(1, spoofed)).ipAddress).toBe("198.51.100.7");
  });

  test("of several forwarded hosts the first counts, with its port", async () => {
    const chain = { ...FORWARDED, "x-forwarded-host": "app.example.com:8443, inner.example.com" };
    expect((await requestSeen("loopback", chain)).origin).toBe("https://app.example.com:8443");
  });

  test("a proxy that is not trusted, though others are, says nothing", async () => {
    const { ownOrigin, origin, ipAddress } = await requestSeen("10.0.0.0/8", FORWARDED);
    expect({ origin, ipAddress }).toEqual({ origin: ownOrigin, ipAddress: "127.0.0.1" });
  });

  test.each(["evil.example/auth/session?", "user@evil.example", "a b", "[::1"])(
    "F-20: a forwarded host that is no host is refused: %s",
    async (host) => {
      const app = express().set("trust proxy", true).use(latchkey(recordingAuth().auth));
      await withServer(app, async (origin) => {
        const response = await fetch(`${origin}/auth/session`, { headers: { "x-forwarded-host": host } });
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ error: { code: "request_invalid" } });
      });
    },
  );

  test("a forwarded scheme that is none is read as http", async () => {
    const { origin } = await requestSeen(true, { ...FORWARDED, "x-forwarded-proto": "javascript" });
    expect(origin).toBe("http://app.example.com");
  });

  test("R-C12: a page of the forwarded host may sign in, one of the inner host may not", async () => {
    const post = (from: string) => requestSeen("loopback", { ...FORWARDED, origin: from });
    expect((await post("https://app.example.com")).origin).toBe("https://app.example.com");
    expect((await post("https://inner.example.com")).origin).toBeUndefined();
  });
});
