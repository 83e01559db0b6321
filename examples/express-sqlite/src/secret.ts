/** The secret that signs sessions: made on the first start and kept, so that nobody has to configure one. */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Bytes: as many as HS256 has in its hash (RFC 7518 §3.2). */
const SECRET_SIZE = 32;

/**
 * Reads the secret in `file`; on the first start makes it, for the eyes of this user alone.
 *
 * In production the secret comes from the environment, the same on every server (`AUTH_SECRET`).
 */
export function keptSecret(file: string): string {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  return readIfThere(file) ?? makeSecret(file);
}

/** The link appears with the whole secret in it, or not at all: of two processes that start together, the first one's is kept. */
function makeSecret(file: string): string {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, randomBytes(SECRET_SIZE).toString("base64url"), { flag: "wx", mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, "utf8");
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
