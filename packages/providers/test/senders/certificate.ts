/** A certificate that signed itself, for 127.0.0.1, made anew: no key is kept in the repository. */
import { generateKeyPairSync, sign } from "node:crypto";

/** One element of DER (X.690 §8.1). */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const hex = (text: string) => Buffer.from(text, "hex");
const time = (date: Date) => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, "")));

/** ecdsa-with-SHA256 (RFC 5758 §3.2). */
const ALGORITHM = sequence(der(0x06, hex("2a8648ce3d040302")));
/** CN=test (RFC 5280 §4.1.2.4). */
const NAME = sequence(der(0x31, sequence(der(0x06, hex("550403")), der(0x0c, Buffer.from("test")))));
/** subjectAltName: the address 127.0.0.1 (RFC 5280 §4.2.1.6). */
const EXTENSIONS = der(
  0xa3,
  sequence(sequence(der(0x06, hex("551d11")), der(0x04, sequence(der(0x87, hex("7f000001")))))),
);

export function selfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const validity = sequence(time(new Date(Date.now() - 86_400_000)), time(new Date(Date.now() + 86_400_000)));
  const version = der(0xa0, der(0x02, hex("02")));
  const spki = publicKey.export({ type: "spki", format: "der" });
  const signed = sequence(version, der(0x02, hex("01")), ALGORITHM, NAME, validity, NAME, spki, EXTENSIONS);
  const signature = der(0x03, hex("00"), sign("sha256", signed, privateKey));
  const body = sequence(signed, ALGORITHM, signature).toString("base64").replace(/.{64}/g, "$&\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
  };
}
