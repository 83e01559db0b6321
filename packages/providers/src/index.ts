/** `@latchkey/providers`: ways of signing in. */
export * from "./oauth/index.js";
export type { Argon2Options } from "./password/hash.js";
export { type PasswordOptions, password } from "./password/password.js";
