/** F-24: a service that is down, slow or broken, the same for each of those over HTTP. */
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { resend } from "../../src/senders/index.js";
import { CANARIES, MAIL, refused, TEXT } from "./refused.js";
import { openService } from "./service.js";
import { SERVICES } from "./services.js";

/** The deadline is 10 s; the tests assert no time, they only end. */
const PATIENCE_MS = 60_000;

const SENDERS = [
  ...SERVICES.map(({ name, open }) => ({ name, send: (baseUrl: string) => open(baseUrl).send(TEXT) })),
  {
    name: "resend",
    send: (baseUrl: string) => resend({ apiKey: CANARIES.key, from: "hello@acme.test", baseUrl }).send(MAIL),
  },
];

describe.each(SENDERS)("F-24: $name", ({ send }) => {
  test.each([429, 500, 502, 503, 599])("%i is provider_unavailable", async (status) => {
    const service = await openService();
    service.answer(status, { message: CANARIES.text });
    expect(await refused(send(service.baseUrl), "provider_unavailable")).toContain(`${status}`);
  });

  test.each([301, 302, 307, 308])(
    "%i is not followed: neither the message nor the credentials go elsewhere",
    async (status) => {
      const [service, elsewhere] = [await openService(), await openService()];
      service.respond((_request, response) => response.writeHead(status, { location: elsewhere.baseUrl }).end());
      await refused(send(service.baseUrl), "provider_rejected");
      expect(elsewhere.asked).toEqual([]);
    },
  );

  test("a connection that is refused, or ends in the middle, is provider_unavailable", async () => {
    await refused(send("http://127.0.0.1:1"), "provider_unavailable");
    const service = await openService((request) => request.socket.destroy());
    await refused(send(service.baseUrl), "provider_unavailable");
    service.respond((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setImmediate(() => response.destroy());
    });
    await refused(send(service.baseUrl), "provider_unavailable");
  });

  test("an answer without end is hung up on", async () => {
    const service = await openService((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, " ");
      const fill = () => {
        while (response.write(chunk));
      };
      response.on("drain", fill);
      fill();
    });
    await refused(send(service.baseUrl), "provider_rejected");
  });
});

const SILENT = () => {};
function headersOnly(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
}
/** One byte, again and again: each of them arrives in time, the answer never does. */
function dribble(response: ServerResponse): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write(" "), 200);
  response.once("close", () => clearInterval(timer));
}

test(
  "F-24: a service that is silent, or never comes to its end, is provider_unavailable, and hung up on",
  async () => {
    const cases = SENDERS.flatMap(({ send }) => [SILENT, headersOnly, dribble].map((way) => ({ send, way })));
    const services = await Promise.all(cases.map(() => openService()));
    await Promise.all(
      cases.map(async ({ send, way }, index) => {
        const service = services[index];
        if (service === undefined) return expect.fail();
        const left = new Promise<void>((resolve) => {
          service.respond((_request, response) => {
            response.once("close", resolve);
            way(response);
          });
        });
        await refused(send(service.baseUrl), "provider_unavailable");
        await left;
      }),
    );
  },
  PATIENCE_MS,
);
