/** Real servers of Express 5 and Express 4, and what the tests ask them. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import express5 from "express";
import express4 from "express4";

/** Both versions through the types of one: what the tests use is the same in both. */
export const VERSIONS: readonly [name: string, express: typeof express5][] = [
  ["Express 5", express5],
  ["Express 4", express4 as unknown as typeof express5],
];

/** Serves an app on 127.0.0.1. */
export async function serve(app: RequestListener): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Serves an app for the time of one test. */
export async function withServer(app: RequestListener, run: (origin: string) => Promise<void>): Promise<void> {
  const { origin, close } = await serve(app);
  try {
    await run(origin);
  } finally {
    await close();
  }
}
