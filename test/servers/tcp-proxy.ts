/** A proxy between the SDK and a server that is slow, silent or cut off when a test says so. */
import { connect, createServer, type Socket } from "node:net";
import { listen } from "./ports.js";

export type ProxyMode =
  | { kind: "pass" }
  /** Holds each piece back in both directions. Milliseconds */
  | { kind: "delay"; ms: number }
  /** Accepts and forwards nothing. What was sent meanwhile arrives when the mode ends, as TCP sends again what was lost. */
  | { kind: "blackhole" }
  /** Resets all connections, and new ones at once. */
  | { kind: "cut" };

export interface TcpProxy {
  readonly port: number;
  /** Connections that the SDK holds open. */
  readonly open: number;
  /** Connections that the SDK has ever made. */
  readonly accepted: number;
  set(mode: ProxyMode): void;
  /**
   * Cuts one connection in the middle of what it says: the next one that sends more than `bytes` from this side, which is all that
   * arrives of it. Others go on.
   *
   * `set` calls it off.
   *
   * @returns a promise that it was cut
   */
  cutAfter(bytes: number, from: "client" | "server"): Promise<void>;
  /** Forgets the connections there are, as a router that restarts: they stay open and silent for ever. New ones work. */
  forget(): void;
  close(): Promise<void>;
}

interface Cut {
  from: "client" | "server";
  left: number;
  tell: () => void;
}

export async function startProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const links = new Set<Link>();
  const shared: Shared = { mode: { kind: "pass" }, cut: null };
  let accepted = 0;
  const server = createServer((client) => {
    accepted++;
    if (shared.mode.kind === "cut") return void client.resetAndDestroy();
    const link = new Link(client, target, shared, () => links.delete(link));
    links.add(link);
  });
  const port = await listen(server);

  return {
    port,
    get open() {
      return [...links].filter((link) => link.isOpen).length;
    },
    get accepted() {
      return accepted;
    },
    set(mode) {
      shared.mode = mode;
      shared.cut = null;
      for (const link of links) mode.kind === "cut" ? link.reset() : link.resume();
    },
    cutAfter: (bytes, from) =>
      new Promise((tell) => {
        shared.cut = { from, left: bytes, tell };
      }),
    forget() {
      for (const link of links) link.forget();
    },
    async close() {
      for (const link of links) link.reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Shared {
  mode: ProxyMode;
  cut: Cut | null;
}

/** One connection of the SDK and the one that stands for it at the server. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #shared: Shared;
  /** What a blackhole holds back. */
  #held: (() => void)[] = [];
  #isForgotten = false;

  constructor(client: Socket, target: { host: string; port: number }, shared: Shared, onClosed: () => void) {
    this.#client = client;
    this.#server = connect(target);
    this.#shared = shared;
    for (const [one, other] of [
      [client, this.#server],
      [this.#server, client],
    ] as const)
      one.on("close", () => other.destroyed && onClosed());
    this.#forward(client, this.#server, "client");
    this.#forward(this.#server, client, "server");
  }

  get isOpen(): boolean {
    return !this.#client.destroyed;
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  forget(): void {
    this.#isForgotten = true;
  }

  resume(): void {
    if (this.#shared.mode.kind === "blackhole") return;
    for (const deliver of this.#held.splice(0)) deliver();
  }

  #forward(from: Socket, to: Socket, side: Cut["from"]): void {
    from.setNoDelay(true);
    from.on("data", (piece) => this.#deliver(() => this.#write(piece, to, side)));
    from.on("end", () => this.#deliver(() => to.end()));
    // A reset on one side is one on the other; the drivers at both ends are told by theirs.
    from.on("error", () => this.#deliver(() => to.resetAndDestroy()));
  }

  #write(piece: Buffer, to: Socket, side: Cut["from"]): void {
    const { cut } = this.#shared;
    if (cut?.from !== side) {
      to.write(piece);
    } else if (piece.length <= cut.left) {
      cut.left -= piece.length;
      to.write(piece);
    } else {
      this.#cutShort(piece, to, cut);
    }
  }

  #cutShort(piece: Buffer, to: Socket, cut: Cut): void {
    this.#shared.cut = null;
    to.write(piece.subarray(0, cut.left), () => {
      this.#client.resetAndDestroy();
      // Without a reset, which could overtake the part that was sent.
      this.#server.end();
      cut.tell();
    });
  }

  #deliver(send: () => void): void {
    const { mode } = this.#shared;
    if (this.#isForgotten) return;
    if (mode.kind === "blackhole") this.#held.push(send);
    else if (mode.kind === "delay") setTimeout(send, mode.ms).unref();
    else send();
  }
}
