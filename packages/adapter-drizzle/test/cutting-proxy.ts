/** A way to a database server on which connections can be cut at a word that the client sends. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface CuttingProxy {
  port: number;
  /** The next connection that sends what matches is cut before the server sees it. */
  cutAt(word: RegExp): void;
  close(): void;
}

/** @param target URL of the server */
export async function openProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let word: RegExp | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const ends: [Socket, Socket][] = [
      [client, upstream],
      [upstream, client],
    ];
    for (const [from, to] of ends) {
      sockets.add(from);
      // What is left of a cut connection.
      from.on("error", () => {});
      from.on("close", () => {
        to.destroy();
        sockets.delete(from);
      });
    }
    upstream.on("data", (data) => client.write(data));
    client.on("data", (data) => {
      if (word?.test(data.toString("latin1"))) {
        word = undefined;
        client.destroy();
      } else upstream.write(data);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cutAt: (next) => {
      word = next;
    },
    close,
  };
}
