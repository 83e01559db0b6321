/** The tokens of OAuth providers at rest: encrypted, each for its own account and column (R-O10). */
import type { AccountChange } from "./contracts/adapter.js";
import type { ProviderTokens } from "./contracts/provider.js";
import type { AccountRecord } from "./model.js";
import { isObject } from "./token/claims.js";
import { open, seal } from "./token/jwe.js";
import type { Keyring } from "./token/keyring.js";

type AccountKey = Pick<AccountRecord, "provider" | "providerAccountId">;
type TokenColumn = "accessToken" | "refreshToken" | "idToken";

/** The columns of an account that hold tokens; what the provider did not give anew is left as it is. */
export type TokenColumns = Pick<AccountChange, TokenColumn | "accessTokenExpires" | "scope">;

/** @returns the columns to write; none without tokens */
export async function sealTokens(
  tokens: ProviderTokens | undefined,
  account: AccountKey,
  keyring: Keyring,
): Promise<TokenColumns> {
  if (tokens === undefined) return {};
  const { accessToken, refreshToken, idToken, accessTokenExpires, scope } = tokens;
  const sealed = (column: TokenColumn, token: string) =>
    seal("provider-token", JSON.stringify({ for: nameOf(column, account), token }), keyring);
  return {
    accessToken: await sealed("accessToken", accessToken),
    accessTokenExpires: accessTokenExpires ?? null,
    ...(refreshToken !== undefined && { refreshToken: await sealed("refreshToken", refreshToken) }),
    ...(idToken !== undefined && { idToken: await sealed("idToken", idToken) }),
    ...(scope !== undefined && { scope }),
  };
}

/** @returns the token; null where there is none, or none that this app sealed for this account and column */
export async function openToken(
  column: "accessToken" | "refreshToken",
  account: AccountRecord,
  keyring: Keyring,
): Promise<string | null> {
  const sealed = account[column];
  const text = sealed === null ? null : await open("provider-token", sealed, keyring);
  const content: unknown = text === null ? null : JSON.parse(text);
  // A value that was copied from another row or column is not this account's token.
  if (!isObject(content) || content.for !== nameOf(column, account)) return null;
  return typeof content.token === "string" ? content.token : null;
}

function nameOf(column: TokenColumn, { provider, providerAccountId }: AccountKey): string {
  return JSON.stringify([column, provider, providerAccountId]);
}
