/** The little of Node that the suites use to send what `fetch` refuses to send. */
declare module "node:net" {
  interface Socket {
    setEncoding(encoding: "latin1"): this;
    on(event: "data", listener: (text: string) => void): this;
    on(event: "close", listener: () => void): this;
    on(event: "error", listener: (error: Error) => void): this;
    write(text: string, encoding: "latin1", written?: () => void): boolean;
    destroy(): this;
  }
  function connect(port: number, host: string): Socket;
}
