-- The tables of Latchkey.

CREATE TABLE IF NOT EXISTS `users` (
  `id` VARCHAR(255) NOT NULL PRIMARY KEY,
  `email` VARCHAR(255),
  `emailVerified` BOOLEAN NOT NULL DEFAULT false,
  `phone` VARCHAR(255),
  `phoneVerified` BOOLEAN NOT NULL DEFAULT false,
  `name` TEXT,
  `picture` TEXT,
  `createdAt` DATETIME(3) NOT NULL,
  `updatedAt` DATETIME(3) NOT NULL,
  `disabledAt` DATETIME(3),
  UNIQUE INDEX `users_email_key` (`email`),
  UNIQUE INDEX `users_phone_key` (`phone`)
) DEFAULT CHARACTER SET utf8mb4 /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100200 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS `sessions` (
  `id` VARCHAR(255) NOT NULL PRIMARY KEY,
  `tokenHash` VARCHAR(255) NOT NULL,
  `userId` VARCHAR(255) NOT NULL,
  `type` TEXT NOT NULL,
  `expires` DATETIME(3) NOT NULL,
  `absoluteExpires` DATETIME(3) NOT NULL,
  `authenticatedAt` DATETIME(3) NOT NULL,
  `ipAddress` TEXT,
  `userAgent` TEXT,
  `data` JSON NOT NULL,
  `parentId` VARCHAR(255),
  `agentId` TEXT,
  `scopes` JSON,
  `createdAt` DATETIME(3) NOT NULL,
  `updatedAt` DATETIME(3) NOT NULL,
  CONSTRAINT `sessions_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `users` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  UNIQUE INDEX `sessions_tokenHash_key` (`tokenHash`),
  INDEX `sessions_userId_idx` (`userId`),
  INDEX `sessions_expires_idx` (`expires`),
  INDEX `sessions_parentId_idx` (`parentId`)
) DEFAULT CHARACTER SET utf8mb4 /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100200 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS `accounts` (
  `id` VARCHAR(255) NOT NULL PRIMARY KEY,
  `userId` VARCHAR(255) NOT NULL,
  `provider` VARCHAR(255) NOT NULL,
  `providerAccountId` VARCHAR(255) NOT NULL,
  `passwordHash` TEXT,
  `accessToken` TEXT,
  `refreshToken` TEXT,
  `idToken` TEXT,
  `accessTokenExpires` DATETIME(3),
  `scope` TEXT,
  `createdAt` DATETIME(3) NOT NULL,
  `updatedAt` DATETIME(3) NOT NULL,
  CONSTRAINT `accounts_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `users` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  UNIQUE INDEX `accounts_provider_providerAccountId_key` (`provider`, `providerAccountId`),
  INDEX `accounts_userId_idx` (`userId`)
) DEFAULT CHARACTER SET utf8mb4 /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100200 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS `verifications` (
  `id` VARCHAR(255) NOT NULL PRIMARY KEY,
  `identifier` VARCHAR(255) NOT NULL,
  `purpose` VARCHAR(255) NOT NULL,
  `tokenHash` TEXT NOT NULL,
  `attempts` INTEGER NOT NULL DEFAULT 0,
  `expires` DATETIME(3) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL,
  UNIQUE INDEX `verifications_identifier_purpose_key` (`identifier`, `purpose`),
  INDEX `verifications_expires_idx` (`expires`)
) DEFAULT CHARACTER SET utf8mb4 /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100200 COLLATE utf8mb4_nopad_bin */;
