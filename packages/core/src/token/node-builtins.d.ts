/** The few Node functions that `crypto-node.ts` uses. Core compiles without Node's types so that no Node global slips in. */
declare module "node:crypto" {
  interface KeyObject {
    readonly type: "secret";
  }
  interface Hasher {
    update(text: string, encoding?: "utf8" | "latin1"): Hasher;
    digest(encoding: "base64url"): string;
  }
  function createSecretKey(key: Uint8Array): KeyObject;
  function createHmac(algorithm: "sha256", key: KeyObject): Hasher;
  function createHash(algorithm: "sha256"): Hasher;
  function hkdfSync(digest: "sha256", key: Uint8Array, salt: Uint8Array, info: Uint8Array, bytes: number): ArrayBuffer;
}

declare module "node:buffer" {
  interface NodeBuffer extends Uint8Array<ArrayBuffer> {
    toString(encoding?: "utf8" | "base64url"): string;
  }
  const Buffer: {
    from(text: string, encoding: "utf8" | "base64url"): NodeBuffer;
    from(bytes: ArrayBuffer, byteOffset: number, length: number): NodeBuffer;
  };
}
