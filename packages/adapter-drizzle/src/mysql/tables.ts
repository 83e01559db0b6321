/** The tables for MySQL and MariaDB. They equal `SCHEMA` of `@latchkey/core`; a test holds them to it. */
import type { Claims } from "@latchkey/core";
import {
  boolean,
  datetime,
  foreignKey,
  index,
  int,
  json,
  type MySqlColumn,
  type MySqlTable,
  mysqlTable,
  text,
  uniqueIndex,
  varchar,
} from "drizzle-orm/mysql-core";
import type { TablesOf } from "../columns.js";

/** UTC, whatever the time zone of the connection. */
const instant = <N extends string>(name: N) => datetime(name, { fsp: 3, mode: "date" });
/** What an index or a reference holds must have a length. */
const key = <N extends string>(name: N) => varchar(name, { length: 255 });

const users = mysqlTable(
  "users",
  {
    id: key("id").primaryKey(),
    email: key("email"),
    emailVerified: boolean("emailVerified").notNull().default(false),
    phone: key("phone"),
    phoneVerified: boolean("phoneVerified").notNull().default(false),
    name: text("name"),
    picture: text("picture"),
    createdAt: instant("createdAt").notNull(),
    updatedAt: instant("updatedAt").notNull(),
    disabledAt: instant("disabledAt"),
  },
  (table) => [uniqueIndex("users_email_key").on(table.email), uniqueIndex("users_phone_key").on(table.phone)],
);

const sessions = mysqlTable(
  "sessions",
  {
    id: key("id").primaryKey(),
    tokenHash: key("tokenHash").notNull(),
    userId: key("userId").notNull(),
    type: text("type").notNull(),
    expires: instant("expires").notNull(),
    absoluteExpires: instant("absoluteExpires").notNull(),
    authenticatedAt: instant("authenticatedAt").notNull(),
    ipAddress: text("ipAddress"),
    userAgent: text("userAgent"),
    data: json("data").$type<Claims>().notNull(),
    parentId: key("parentId"),
    agentId: text("agentId"),
    scopes: json("scopes").$type<string[]>(),
    createdAt: instant("createdAt").notNull(),
    updatedAt: instant("updatedAt").notNull(),
  },
  (table) => [
    uniqueIndex("sessions_tokenHash_key").on(table.tokenHash),
    index("sessions_userId_idx").on(table.userId),
    index("sessions_expires_idx").on(table.expires),
    index("sessions_parentId_idx").on(table.parentId),
    foreignKey({ name: "sessions_userId_fkey", columns: [table.userId], foreignColumns: [users.id] })
      .onDelete("cascade")
      .onUpdate("cascade"),
  ],
);

const accounts = mysqlTable(
  "accounts",
  {
    id: key("id").primaryKey(),
    userId: key("userId").notNull(),
    provider: key("provider").notNull(),
    providerAccountId: key("providerAccountId").notNull(),
    passwordHash: text("passwordHash"),
    accessToken: text("accessToken"),
    refreshToken: text("refreshToken"),
    idToken: text("idToken"),
    accessTokenExpires: instant("accessTokenExpires"),
    scope: text("scope"),
    createdAt: instant("createdAt").notNull(),
    updatedAt: instant("updatedAt").notNull(),
  },
  (table) => [
    uniqueIndex("accounts_provider_providerAccountId_key").on(table.provider, table.providerAccountId),
    index("accounts_userId_idx").on(table.userId),
    foreignKey({ name: "accounts_userId_fkey", columns: [table.userId], foreignColumns: [users.id] })
      .onDelete("cascade")
      .onUpdate("cascade"),
  ],
);

const verifications = mysqlTable(
  "verifications",
  {
    id: key("id").primaryKey(),
    identifier: key("identifier").notNull(),
    purpose: key("purpose").notNull(),
    tokenHash: text("tokenHash").notNull(),
    attempts: int("attempts").notNull().default(0),
    expires: instant("expires").notNull(),
    createdAt: instant("createdAt").notNull(),
  },
  (table) => [
    uniqueIndex("verifications_identifier_purpose_key").on(table.identifier, table.purpose),
    index("verifications_expires_idx").on(table.expires),
  ],
);

/** Spread them into the app's own Drizzle schema, so that its migrations and queries know them. */
export const mysqlTables = { users, sessions, accounts, verifications };

/** Tables of the app that have the columns, whatever else they have. */
export type MysqlTables = TablesOf<MySqlTable, MySqlColumn>;
