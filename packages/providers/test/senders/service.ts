/** An HTTP service on the loopback, answering as each test says, that keeps what it was asked. */
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Asked {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

/** Starts a service until the end of the test. */
export async function openService(listener: RequestListener = (_request, response) => response.end()) {
  const asked: Asked[] = [];
  let respond = listener;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, url: path, headers } = request;
    asked.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer(status: number, body: unknown) {
      respond = (_request, response) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      };
    },
    respond(listener: RequestListener) {
      respond = listener;
    },
  };
}
