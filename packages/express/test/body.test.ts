/** Bodies that a parser of the app has read before, and bodies that none has. */
import { gzipSync } from "node:zlib";
import { latchkey } from "@latchkey/express";
import type { RequestHandler } from "express";
import { describe, expect, test } from "vitest";
import { recordingAuth } from "./fixtures.js";
import { VERSIONS, withServer } from "./servers.js";

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";
const INPUT = { name: "ünïcödé & = + 😀", nested: { list: [1, null, { a: "b" }] }, flag: true };
const FIELDS = { name: "ünïcödé & = + 😀", empty: "", callbackUrl: "/next?a=1&b=2" };
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

describe.each(VERSIONS)("%s", (_name, express) => {
  const parsers: [name: string, ...RequestHandler[]][] = [
    ["no parser"],
    ["json()", express.json()],
    ["json() for every type", express.json({ type: "*/*", strict: false })],
    ["urlencoded()", express.urlencoded({ extended: false })],
    ["urlencoded({ extended })", express.urlencoded({ extended: true })],
    ["json() and urlencoded()", express.json(), express.urlencoded({ extended: true })],
    ["text()", express.text({ type: "*/*" })],
    ["raw()", express.raw({ type: "*/*" })],
  ];
  const jsonForms = parsers.filter(([name]) => name !== "json() for every type");

  /** Posts a body past some parsers. @returns the status and what reached the provider */
  async function post(middlewares: RequestHandler[], type: string, body: BodyInit, headers = {}) {
    const { auth, steps } = recordingAuth();
    const app = express();
    app.use(...middlewares, latchkey(auth));
    let answer = { status: 0, location: null as string | null };
    await withServer(app.use(ignoreParserErrors), async (origin) => {
      const init = { method: "POST", headers: { "content-type": type, ...headers }, body, redirect: "manual" } as const;
      const response = await fetch(`${origin}/auth/signin/test`, init);
      answer = { status: response.status, location: response.headers.get("location") };
    });
    return { ...answer, inputs: steps.map(({ input }) => input) };
  }

  test.each(parsers)("B42: JSON arrives whole behind %s", async (_parser, ...middlewares) => {
    const { status, inputs } = await post([noop, ...middlewares], JSON_TYPE, JSON.stringify(INPUT));
    expect({ status, inputs }).toEqual({ status: 200, inputs: [INPUT] });
  });

  test.each(parsers)("JSON with a charset arrives whole behind %s", async (_parser, ...middlewares) => {
    const { status, inputs } = await post([noop, ...middlewares], `${JSON_TYPE}; charset=UTF-8`, JSON.stringify(INPUT));
    expect({ status, inputs }).toEqual({ status: 200, inputs: [INPUT] });
  });

  test("JSON in another charset, which a parser decoded, arrives whole", async () => {
    const body = Buffer.from(JSON.stringify(INPUT), "utf16le");
    const { status, inputs } = await post([express.json()], `${JSON_TYPE}; charset=utf-16le`, body);
    expect({ status, inputs }).toEqual({ status: 200, inputs: [INPUT] });
  });

  test.each([
    ["json()", express.json()],
    ["raw()", express.raw({ type: "*/*" })],
    ["text()", express.text({ type: "*/*" })],
  ])("compressed JSON, which %s has inflated, arrives whole", async (_parser, parser) => {
    const body = gzipSync(JSON.stringify(INPUT));
    const { status, inputs } = await post([parser], JSON_TYPE, body, { "content-encoding": "gzip" });
    expect({ status, inputs }).toEqual({ status: 200, inputs: [INPUT] });
  });

  test.each(jsonForms)("B42: a form arrives whole behind %s, and is still a form", async (_parser, ...middlewares) => {
    const answer = await post([noop, ...middlewares], FORM_TYPE, form(FIELDS));
    expect(answer).toEqual({ status: 303, location: FIELDS.callbackUrl, inputs: [FIELDS] });
  });

  test("nested and repeated fields keep their names", async () => {
    const { inputs } = await post([express.urlencoded({ extended: true })], FORM_TYPE, "a[b][c]=1&a[d]=2&e=3&e=4");
    expect(inputs).toEqual([{ "a[b][c]": "1", "a[d]": "2", e: "4" }]);
  });

  test("R-C12: JSON that calls itself text is refused, though a parser read it as JSON", async () => {
    const answer = await post([express.json({ type: "*/*" })], "text/plain", JSON.stringify(INPUT));
    expect(answer).toMatchObject({ status: 415, inputs: [] });
  });

  test.each(["null", "false", "0", '"text"', "[1]"])("JSON that is no object is a client error: %s", async (body) => {
    const answer = await post([express.json({ strict: false })], JSON_TYPE, body);
    expect(answer).toMatchObject({ status: 400, inputs: [] });
  });

  test.each(parsers)("a post without a body has no fields behind %s", async (_parser, ...middlewares) => {
    const { status, inputs } = await post([noop, ...middlewares], JSON_TYPE, "");
    expect({ status, inputs }).toEqual({ status: 200, inputs: [{}] });
  });

  test("a body that a middleware read for itself and left nowhere is no body", async () => {
    const swallow: RequestHandler = (req, _res, next) => void req.on("end", () => next()).resume();
    const { status, inputs } = await post([swallow], JSON_TYPE, JSON.stringify(INPUT));
    expect({ status, inputs }).toEqual({ status: 200, inputs: [{}] });
  });

  test.each([
    ["JSON", JSON_TYPE, JSON.stringify({ a: "x".repeat(64 * 1024) }), express.json({ limit: "1mb" })],
    ["a form", FORM_TYPE, form({ a: "x".repeat(64 * 1024) }), express.urlencoded({ limit: "1mb" })],
    ["bytes", JSON_TYPE, JSON.stringify({ a: "x".repeat(64 * 1024) }), express.raw({ type: "*/*", limit: "1mb" })],
  ])("B80: %s over the limit is 413, though a parser took it", async (_what, type, body, parser) => {
    expect(await post([parser], type, body)).toMatchObject({ status: 413, inputs: [] });
  });

  test("R-L5: a value that cannot be written as JSON is a client error", async () => {
    const circular: RequestHandler = (req, _res, next) => {
      req.body.self = req.body;
      next();
    };
    expect(await post([express.json(), circular], JSON_TYPE, "{}")).toMatchObject({ status: 400, inputs: [] });
  });

  test("R-L5: a body that is refused halfway harms neither the server nor the next request", async () => {
    const { auth } = recordingAuth();
    const app = express().use(latchkey(auth));
    await withServer(app, async (origin) => {
      const url = `${origin}/auth/signin/test`;
      const headers = { "content-type": JSON_TYPE };
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 16 * 1024;
          controller.enqueue(new Uint8Array(16 * 1024).fill(0x20));
          if (sent >= 1024 * 1024) controller.close();
        },
      });
      const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body, duplex: "half" };
      expect((await fetch(url, init)).status).toBe(413);
      expect((await fetch(url, { method: "POST", headers, body: "{}" })).status).toBe(200);
    });
  });
});

const noop: RequestHandler = (_req, _res, next) => next();

/** What a parser refuses is not for this test to print. */
function ignoreParserErrors(
  error: { status?: number },
  _req: unknown,
  res: { sendStatus(status: number): unknown },
  _next: unknown,
): void {
  res.sendStatus(error.status ?? 500);
}
