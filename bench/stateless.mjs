/** Reading a stateless session: `getSession` against the bare work, and against `jose`, on the same `Request`. */
import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from "node:crypto";
import { createSessionCookie, getSession } from "@latchkey/core";
import { jwtVerify } from "jose";
import { interleave } from "./interleave.mjs";

const secret = randomBytes(32).toString("base64");
const cookie = createSessionCookie(
  {
    user: { id: "user-123", email: "user@example.com", name: "John Doe", picture: "https://example.com/p.png" },
    expires: new Date(Date.now() + 30 * 86_400_000),
    role: "admin",
  },
  secret,
).split(";", 1)[0];
const request = new Request("https://app.example.com/", { headers: { cookie: `theme=dark; ${cookie}` } });

const hmacKey = createSecretKey(Buffer.from(secret));
const NAME = "auth-session=";

/** What nobody can do without: find the cookie, HMAC, compare in constant time, parse, check the end. */
function bareWork() {
  const header = request.headers.get("cookie") ?? "";
  const start = header.indexOf(NAME) + NAME.length;
  const end = header.indexOf(";", start);
  const token = header.slice(start, end === -1 ? undefined : end);
  const payloadEnd = token.lastIndexOf(".");
  const mac = createHmac("sha256", hmacKey).update(token.slice(0, payloadEnd)).digest();
  const signature = Buffer.from(token.slice(payloadEnd + 1), "base64url");
  if (signature.length !== mac.length || !timingSafeEqual(signature, mac)) return null;
  const payload = Buffer.from(token.slice(token.indexOf(".") + 1, payloadEnd), "base64url").toString();
  const claims = JSON.parse(payload);
  return claims.exp > Date.now() / 1000 ? claims : null;
}

const joseKey = await crypto.subtle.importKey("raw", Buffer.from(secret), { name: "HMAC", hash: "SHA-256" }, false, [
  "verify",
]);
const token = cookie.slice(NAME.length);

/** @returns {Promise<import("./run.mjs").Row[]>} */
export async function stateless() {
  if (bareWork() === null || (await getSession(request, secret)) === null) throw new Error("the session does not read");
  const times = await interleave(
    {
      bare: bareWork,
      latchkey: () => getSession(request, secret),
      jose: () => jwtVerify(token, joseKey, { algorithms: ["HS256"] }),
    },
    { rounds: 31, calls: 10_000 },
  );
  return [
    {
      what: "stateless read, of the bare work on the same Request",
      ratio: times.latchkey / times.bare,
      target: "≤ 1.25",
      met: (r) => r <= 1.25,
      times,
    },
    {
      what: "`jose.jwtVerify` with a cached key, of a stateless read",
      ratio: times.jose / times.latchkey,
      target: "≥ 15",
      met: (r) => r >= 15,
      times,
    },
  ];
}
