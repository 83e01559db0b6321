/** The files in `public`: styles, scripts, icons. */
import { fileURLToPath } from "node:url";
import express, { type RequestHandler } from "express";

const FOLDER = fileURLToPath(new URL("../public", import.meta.url));

export function publicFiles(): RequestHandler {
  return express.static(FOLDER, { index: false });
}
