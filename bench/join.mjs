/** The join of session and user that the adapters send, written by hand. */

const SESSION = [
  "id",
  "userId",
  "type",
  "expires",
  "absoluteExpires",
  "authenticatedAt",
  "ipAddress",
  "userAgent",
  "data",
  "parentId",
  "agentId",
  "scopes",
  "createdAt",
  "updatedAt",
];
const USER = [
  "id",
  "email",
  "emailVerified",
  "phone",
  "phoneVerified",
  "name",
  "picture",
  "createdAt",
  "updatedAt",
  "disabledAt",
];
const COLUMNS = [...SESSION.map((name) => `s."${name}"`), ...USER.map((name) => `u."${name}" AS "user_${name}"`)];

/** Ends where the hash of the token belongs: add the parameter as the driver writes it. */
export const JOIN = `SELECT ${COLUMNS.join(", ")} FROM "sessions" s JOIN "users" u ON u."id" = s."userId" WHERE s."tokenHash" = `;
