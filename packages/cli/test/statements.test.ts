/** Where an SQL file is cut. */
import type { Dialect } from "@latchkey/core/sql";
import { expect, test } from "vitest";
import { splitStatements } from "../src/migrations/statements.js";

const split = (sql: string, dialect: Dialect) => splitStatements(sql, dialect).map(({ text }) => text);
const ALL: readonly Dialect[] = ["sqlite", "postgresql", "mysql"];

test.each([
  // text                                             statements                         why
  ["SELECT 1; SELECT 2;\n", ["SELECT 1", "SELECT 2"]], // the plain case
  ["SELECT 1", ["SELECT 1"]], // the last semicolon may be missing
  ["", []],
  [" ;; ;\n", []], // empty statements are none
  ["-- only a comment; with a semicolon\n", []],
  ["/* a; b */ SELECT 1; -- c;", ["SELECT 1"]],
  ["SELECT 'a;b', 'it''s; so';SELECT 2", ["SELECT 'a;b', 'it''s; so'", "SELECT 2"]],
  ["SELECT \"a;b\", 'x' ; SELECT 2", ["SELECT \"a;b\", 'x'", "SELECT 2"]],
  ["SELECT 1 -- why; not\n, 2; SELECT 3", ["SELECT 1 -- why; not\n, 2", "SELECT 3"]],
  ["SELECT 1 /* ; */ + 1; SELECT 2", ["SELECT 1 /* ; */ + 1", "SELECT 2"]],
  ["SELECT 'never closed; SELECT 2", ["SELECT 'never closed; SELECT 2"]], // the database says what is wrong
  ["\uFEFFSELECT 1;", ["SELECT 1"]], // a byte order mark is no part of it
] as const)("every dialect: %j", (sql, statements) => {
  for (const dialect of ALL) expect(split(sql, dialect)).toEqual(statements);
});

test.each([
  ["DO $$ BEGIN PERFORM 1; END $$; SELECT 2", ["DO $$ BEGIN PERFORM 1; END $$", "SELECT 2"]],
  [
    "CREATE FUNCTION f() AS $body$ a; $$ b; $body$; SELECT 2",
    ["CREATE FUNCTION f() AS $body$ a; $$ b; $body$", "SELECT 2"],
  ],
  ["SELECT a$b$c; SELECT 2; -- $b$", ["SELECT a$b$c", "SELECT 2"]], // a dollar inside of a name quotes nothing
  ["SELECT $1; SELECT $2", ["SELECT $1", "SELECT $2"]], // parameters are no quotes
  ["SELECT E'it\\'s; so'; SELECT 2", ["SELECT E'it\\'s; so'", "SELECT 2"]],
  ["SELECT 'a\\'; SELECT 2", ["SELECT 'a\\'", "SELECT 2"]], // without E a backslash is text
  ["/* a /* b; */ c; */ SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]], // comments nest
  [
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
    ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"],
  ],
] as const)("PostgreSQL: %j", (sql, statements) => {
  expect(split(sql, "postgresql")).toEqual(statements);
});

test.each([
  ["SELECT 'it\\'s; so'; SELECT \"a\\\";b\"; SELECT 3", ["SELECT 'it\\'s; so'", 'SELECT "a\\";b"', "SELECT 3"]],
  ["SELECT `a;``b`; SELECT 2", ["SELECT `a;``b`", "SELECT 2"]],
  ["SELECT 1; # a; b\nSELECT 2", ["SELECT 1", "SELECT 2"]],
  ["SELECT 5--1; SELECT 2", ["SELECT 5--1", "SELECT 2"]], // two signs
  ["/*!40101 SET NAMES utf8; */; SELECT 2", ["/*!40101 SET NAMES utf8; */", "SELECT 2"]], // runs
  [
    "CREATE TRIGGER t BEFORE INSERT ON n FOR EACH ROW BEGIN IF NEW.a THEN SET NEW.b = 1; END IF; CASE NEW.c WHEN 1 THEN SET NEW.d = 2; END CASE; END; SELECT 2",
    [
      "CREATE TRIGGER t BEFORE INSERT ON n FOR EACH ROW BEGIN IF NEW.a THEN SET NEW.b = 1; END IF; CASE NEW.c WHEN 1 THEN SET NEW.d = 2; END CASE; END",
      "SELECT 2",
    ],
  ],
] as const)("MySQL: %j", (sql, statements) => {
  expect(split(sql, "mysql")).toEqual(statements);
});

test.each([
  ["SELECT [a;b]; SELECT 2", ["SELECT [a;b]", "SELECT 2"]],
  [
    "CREATE TEMP TRIGGER t AFTER UPDATE ON n BEGIN UPDATE n SET a = CASE WHEN NEW.end THEN 1 ELSE 2 END; DELETE FROM m; END; SELECT 2",
    [
      "CREATE TEMP TRIGGER t AFTER UPDATE ON n BEGIN UPDATE n SET a = CASE WHEN NEW.end THEN 1 ELSE 2 END; DELETE FROM m; END",
      "SELECT 2",
    ],
  ],
  ["SELECT CASE WHEN 1 THEN 2 END; SELECT 2", ["SELECT CASE WHEN 1 THEN 2 END", "SELECT 2"]],
] as const)("SQLite: %j", (sql, statements) => {
  expect(split(sql, "sqlite")).toEqual(statements);
});

test("each statement knows its line", () => {
  const found = splitStatements("-- one\n\nSELECT 1;\nSELECT\n 2;\n\nSELECT 3", "sqlite");
  expect(found.map(({ line }) => line)).toEqual([3, 4, 7]);
});
