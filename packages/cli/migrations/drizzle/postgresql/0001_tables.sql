-- The tables of Latchkey.

CREATE TABLE IF NOT EXISTS "users" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "email" TEXT,
  "emailVerified" BOOLEAN NOT NULL DEFAULT false,
  "phone" TEXT,
  "phoneVerified" BOOLEAN NOT NULL DEFAULT false,
  "name" TEXT,
  "picture" TEXT,
  "createdAt" TIMESTAMPTZ(3) NOT NULL,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL,
  "disabledAt" TIMESTAMPTZ(3)
);

CREATE UNIQUE INDEX IF NOT EXISTS "users_email_key" ON "users" ("email");

CREATE UNIQUE INDEX IF NOT EXISTS "users_phone_key" ON "users" ("phone");

CREATE TABLE IF NOT EXISTS "sessions" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "tokenHash" TEXT NOT NULL,
  "userId" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "expires" TIMESTAMPTZ(3) NOT NULL,
  "absoluteExpires" TIMESTAMPTZ(3) NOT NULL,
  "authenticatedAt" TIMESTAMPTZ(3) NOT NULL,
  "ipAddress" TEXT,
  "userAgent" TEXT,
  "data" JSONB NOT NULL,
  "parentId" TEXT,
  "agentId" TEXT,
  "scopes" JSONB,
  "createdAt" TIMESTAMPTZ(3) NOT NULL,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "sessions_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE UNIQUE INDEX IF NOT EXISTS "sessions_tokenHash_key" ON "sessions" ("tokenHash");

CREATE INDEX IF NOT EXISTS "sessions_userId_idx" ON "sessions" ("userId");

CREATE INDEX IF NOT EXISTS "sessions_expires_idx" ON "sessions" ("expires");

CREATE INDEX IF NOT EXISTS "sessions_parentId_idx" ON "sessions" ("parentId");

CREATE TABLE IF NOT EXISTS "accounts" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "userId" TEXT NOT NULL,
  "provider" TEXT NOT NULL,
  "providerAccountId" TEXT NOT NULL,
  "passwordHash" TEXT,
  "accessToken" TEXT,
  "refreshToken" TEXT,
  "idToken" TEXT,
  "accessTokenExpires" TIMESTAMPTZ(3),
  "scope" TEXT,
  "createdAt" TIMESTAMPTZ(3) NOT NULL,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "accounts_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE UNIQUE INDEX IF NOT EXISTS "accounts_provider_providerAccountId_key" ON "accounts" ("provider", "providerAccountId");

CREATE INDEX IF NOT EXISTS "accounts_userId_idx" ON "accounts" ("userId");

CREATE TABLE IF NOT EXISTS "verifications" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "identifier" TEXT NOT NULL,
  "purpose" TEXT NOT NULL,
  "tokenHash" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "expires" TIMESTAMPTZ(3) NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS "verifications_identifier_purpose_key" ON "verifications" ("identifier", "purpose");

CREATE INDEX IF NOT EXISTS "verifications_expires_idx" ON "verifications" ("expires");
