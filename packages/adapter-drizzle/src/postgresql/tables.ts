/** The tables for PostgreSQL. They equal `SCHEMA` of `@latchkey/core`; a test holds them to it. */
import type { Claims } from "@latchkey/core";
import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  type PgColumn,
  type PgTable,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { TablesOf } from "../columns.js";

const instant = <N extends string>(name: N) => timestamp(name, { precision: 3, withTimezone: true, mode: "date" });

const users = pgTable(
  "users",
  {
    id: text("id").primaryKey(),
    email: text("email"),
    emailVerified: boolean("emailVerified").notNull().default(false),
    phone: text("phone"),
    phoneVerified: boolean("phoneVerified").notNull().default(false),
    name: text("name"),
    picture: text("picture"),
    createdAt: instant("createdAt").notNull(),
    updatedAt: instant("updatedAt").notNull(),
    disabledAt: instant("disabledAt"),
  },
  (table) => [uniqueIndex("users_email_key").on(table.email), uniqueIndex("users_phone_key").on(table.phone)],
);

const sessions = pgTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    tokenHash: text("tokenHash").notNull(),
    userId: text("userId").notNull(),
    type: text("type").notNull(),
    expires: instant("expires").notNull(),
    absoluteExpires: instant("absoluteExpires").notNull(),
    authenticatedAt: instant("authenticatedAt").notNull(),
    ipAddress: text("ipAddress"),
    userAgent: text("userAgent"),
    data: jsonb("data").$type<Claims>().notNull(),
    parentId: text("parentId"),
    agentId: text("agentId"),
    scopes: jsonb("scopes").$type<string[]>(),
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

const accounts = pgTable(
  "accounts",
  {
    id: text("id").primaryKey(),
    userId: text("userId").notNull(),
    provider: text("provider").notNull(),
    providerAccountId: text("providerAccountId").notNull(),
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

const verifications = pgTable(
  "verifications",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    purpose: text("purpose").notNull(),
    tokenHash: text("tokenHash").notNull(),
    attempts: integer("attempts").notNull().default(0),
    expires: instant("expires").notNull(),
    createdAt: instant("createdAt").notNull(),
  },
  (table) => [
    uniqueIndex("verifications_identifier_purpose_key").on(table.identifier, table.purpose),
    index("verifications_expires_idx").on(table.expires),
  ],
);

/** Spread them into the app's own Drizzle schema, so that its migrations and queries know them. */
export const pgTables = { users, sessions, accounts, verifications };

/** Tables of the app that have the columns, whatever else they have. */
export type PgTables = TablesOf<PgTable, PgColumn>;
