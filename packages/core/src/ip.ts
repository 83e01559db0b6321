/** IP addresses: parsing, networks, and whose address a request really has. Pure. */

/** Client address behind proxies: how many of ours there are, or their addresses and networks (`"10.0.0.0/8"`). */
export type TrustedProxies = number | readonly string[];

/** @returns 4 or 16 bytes; an IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) as its 4; null when it is no address */
export function parseIp(text: string): number[] | null {
  const address = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const bytes = address.includes(":") ? parseIpv6(address) : parseIpv4(address);
  const mapped =
    bytes?.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

/** True for an address or a network in CIDR form. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== null;
}

/**
 * Finds the client's address.
 *
 * `X-Forwarded-For` is read from its end, and only past proxies that are trusted: what stands before the first untrusted
 * address was written by whoever sent the request.
 *
 * @param peer Address of the connection itself, where the server knows it
 * @returns null when nothing trustworthy names an address
 */
export function clientIp(forwardedFor: string | null, peer: string | null, trusted: TrustedProxies): string | null {
  const hops = (forwardedFor ?? "")
    .split(",")
    .map((hop) => hop.trim())
    .filter((hop) => hop !== "");
  // Without a known peer the server stands behind its proxy by assumption, or X-Forwarded-For would mean nothing.
  const path = peer === null ? [...hops, ""] : [...hops, peer];

  let at = path.length - 1;
  while (at > 0 && isTrusted(path[at] as string, path.length - 1 - at, trusted)) at--;
  const bytes = parseIp(path[at] as string);
  return bytes === null ? null : formatIp(bytes);
}

/**
 * The network that limits count by: one IPv6 subscriber holds a whole /64 (RFC 6177), so single addresses say nothing there.
 *
 * @returns the IPv4 address, or the first 64 bits of the IPv6 address; `"unknown"` for null, which is then limited as one
 */
export function networkOf(address: string | null): string {
  const bytes = address === null ? null : parseIp(address);
  if (bytes === null) return "unknown";
  return bytes.length === 4 ? formatIp(bytes) : `${formatIp([...bytes.slice(0, 8), ...Array<number>(8).fill(0)])}/64`;
}

function isTrusted(hop: string, distance: number, trusted: TrustedProxies): boolean {
  if (typeof trusted === "number") return distance < trusted;
  if (hop === "") return trusted.length > 0;
  return trusted.some((network) => contains(network, hop));
}

function contains(network: string, address: string): boolean {
  const range = parseNetwork(network);
  const bytes = parseIp(address);
  if (range === null || bytes === null || range.bytes.length !== bytes.length) return false;
  return bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, range.prefix - index * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === ((range.bytes[index] as number) & mask);
  });
}

function parseNetwork(text: string): { bytes: number[]; prefix: number } | null {
  const [address = "", prefixText, rest] = text.split("/");
  const bytes = parseIp(address);
  if (bytes === null || rest !== undefined) return null;
  if (prefixText === undefined) return { bytes, prefix: bytes.length * 8 };
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Number.NaN;
  return prefix <= bytes.length * 8 ? { bytes, prefix } : null;
}

function formatIp(bytes: number[]): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number)).toString(16),
  );
  // RFC 5952: URL parsing writes the one canonical form.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

function parseIpv4(text: string): number[] | null {
  const parts = text.split(".");
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return valid ? parts.map(Number) : null;
}

function parseIpv6(text: string): number[] | null {
  const [withoutZone = ""] = text.split("%");
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(withoutZone);
  const tail = dotted ? parseIpv4(dotted[2] as string) : [];
  if (tail === null) return null;
  // The dotted tail stands for two groups.
  const groupsText = dotted ? `${dotted[1]}${hexGroup(tail, 0)}:${hexGroup(tail, 2)}` : withoutZone;

  const halves = groupsText.split("::");
  if (halves.length > 2) return null;
  const [head, end] = halves.map((half) => (half === "" ? [] : half.split(":"))) as [string[], string[] | undefined];
  const missing = 8 - head.length - (end?.length ?? 0);
  if (end === undefined ? missing !== 0 : missing < 1) return null;

  const groups = end === undefined ? head : [...head, ...Array<string>(missing).fill("0"), ...end];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
}

function hexGroup(bytes: number[], at: number): string {
  return (((bytes[at] as number) << 8) | (bytes[at + 1] as number)).toString(16);
}
