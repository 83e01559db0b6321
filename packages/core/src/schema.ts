/** The tables, once. Drizzle tables, Prisma models, SQL and documentation are made from this or tested against it. */

/** Kinds of column; each dialect maps them to a type. An instant keeps milliseconds. */
export type ColumnKind = "id" | "text" | "instant" | "boolean" | "integer" | "json";

export interface Column {
  kind: ColumnKind;
  nullable?: true;
  /** Written when a row is added without it. */
  default?: false | 0;
  /** Table whose `id` this is; the row goes when that one goes. */
  references?: keyof typeof SCHEMA;
}

export interface Table {
  columns: Record<string, Column>;
  unique: readonly (readonly string[])[];
  indexes: readonly (readonly string[])[];
}

export const SCHEMA = {
  users: {
    columns: {
      id: { kind: "id" },
      email: { kind: "text", nullable: true },
      emailVerified: { kind: "boolean", default: false },
      phone: { kind: "text", nullable: true },
      phoneVerified: { kind: "boolean", default: false },
      name: { kind: "text", nullable: true },
      picture: { kind: "text", nullable: true },
      createdAt: { kind: "instant" },
      updatedAt: { kind: "instant" },
      disabledAt: { kind: "instant", nullable: true },
    },
    unique: [["email"], ["phone"]],
    indexes: [],
  },
  sessions: {
    columns: {
      id: { kind: "id" },
      tokenHash: { kind: "text" },
      userId: { kind: "text", references: "users" },
      type: { kind: "text" },
      expires: { kind: "instant" },
      absoluteExpires: { kind: "instant" },
      authenticatedAt: { kind: "instant" },
      ipAddress: { kind: "text", nullable: true },
      userAgent: { kind: "text", nullable: true },
      data: { kind: "json" },
      parentId: { kind: "text", nullable: true },
      agentId: { kind: "text", nullable: true },
      scopes: { kind: "json", nullable: true },
      createdAt: { kind: "instant" },
      updatedAt: { kind: "instant" },
    },
    unique: [["tokenHash"]],
    indexes: [["userId"], ["expires"], ["parentId"]],
  },
  accounts: {
    columns: {
      id: { kind: "id" },
      userId: { kind: "text", references: "users" },
      provider: { kind: "text" },
      providerAccountId: { kind: "text" },
      passwordHash: { kind: "text", nullable: true },
      accessToken: { kind: "text", nullable: true },
      refreshToken: { kind: "text", nullable: true },
      idToken: { kind: "text", nullable: true },
      accessTokenExpires: { kind: "instant", nullable: true },
      scope: { kind: "text", nullable: true },
      createdAt: { kind: "instant" },
      updatedAt: { kind: "instant" },
    },
    unique: [["provider", "providerAccountId"]],
    indexes: [["userId"]],
  },
  verifications: {
    columns: {
      id: { kind: "id" },
      identifier: { kind: "text" },
      purpose: { kind: "text" },
      tokenHash: { kind: "text" },
      attempts: { kind: "integer", default: 0 },
      expires: { kind: "instant" },
      createdAt: { kind: "instant" },
    },
    unique: [["identifier", "purpose"]],
    indexes: [["expires"]],
  },
} as const satisfies Record<
  string,
  { columns: Record<string, Omit<Column, "references"> & { references?: string }>; unique: unknown; indexes: unknown }
>;
