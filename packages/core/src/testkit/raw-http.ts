/** HTTP by hand: requests that `fetch` refuses to send. */
import { connect } from "node:net";

/** An answer as it came over the wire. */
export interface RawAnswer {
  /** 0 when the server closed the connection without an answer. */
  status: number;
  /** Everything after the head. */
  body: string;
}

/**
 * Sends a request byte by byte and reads until the server closes.
 *
 * @param lines Request line and headers, each character one byte; `Connection: close` is added
 */
export function sendRaw(origin: string, lines: readonly string[], body = ""): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  const request = `${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n${body}`;
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname).setEncoding("latin1");
    socket.on("data", (part) => {
      text += part;
    });
    socket.on("close", () => resolve(parseAnswer(text)));
    socket.on("error", reject);
    socket.write(request, "latin1");
  });
}

/** Sends the beginning of a request and goes away without waiting for the answer. */
export function sendAndLeave(origin: string, lines: readonly string[], body: string): Promise<void> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.on("close", resolve);
    socket.on("error", reject);
    socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1", () => socket.destroy());
  });
}

function parseAnswer(text: string): RawAnswer {
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
  return { status, body: text.slice(text.indexOf("\r\n\r\n") + 4) };
}
