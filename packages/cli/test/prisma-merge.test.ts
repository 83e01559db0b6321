/** Adding to schemas of every style: what stands there keeps every byte. */
import { expect, test } from "vitest";
import { prismaModels } from "../src/schema/prisma.js";
import { parseBlocks } from "../src/schema/prisma-document.js";
import { dialectOf, mergePrisma } from "../src/schema/prisma-merge.js";
import { datasource, validate } from "./prisma-validate.js";

const OWN = datasource("postgresql");
const merge = (schema: string) => mergePrisma(schema, "postgresql");

/** What was inserted into `before` to get `after`; null where anything else was done. */
function insertionsOf(before: string, after: string): string[] | null {
  const inserted: string[] = [];
  let at = 0;
  const lines = after.split(/(?<=\n)/);
  for (const line of lines) {
    if (before.startsWith(line, at)) at += line.length;
    else inserted.push(line);
  }
  return at === before.length ? inserted : null;
}

/** True where `before` is what remains of `after` when some of it is left out. */
function isSubsequence(before: string, after: string): boolean {
  let at = 0;
  for (let index = 0; index < after.length; index++) if (after[index] === before[at]) at++;
  return at === before.length;
}

/** Styles that Prisma refuses already before the merge, whatever the editor that wrote them. */
const REFUSED_BY_PRISMA: readonly string[] = [
  "attributes over several lines",
  "an enum, a view and a type",
  "a byte order mark",
];

test("an empty file gets the models", () => {
  expect(merge("").schema).toBe(prismaModels("postgresql"));
});

test.each([
  ["no line break at its end", `${OWN}model Post {\n  id Int @id\n}`],
  ["a blank line at its end", `${OWN}model Post {\n  id Int @id\n}\n\n`],
  ["line ends of Windows", `${OWN}model User {\n  id String @id\n}\n`.replaceAll("\n", "\r\n")],
  ["a comment after the brace", `${OWN}model User { // { "unbalanced\n  id String @id\n}\n`],
  [
    "comments that look like blocks",
    `${OWN}// model Session {\n/* model Account {\n id Int @id } */\nmodel User {\n  id String @id // email String\n  /// phone String\n}\n`,
  ],
  ["a comment of several lines after a field", `${OWN}model User {\n  id String @id /* one\n  two */\n}\n`],
  [
    "strings with braces",
    `${OWN}model User {\n  id String @id @default("} model Session { \\" }")\n  meta Json @default("{}")\n}\n`,
  ],
  ["tabs", `${OWN}model User {\n\tid\tString\t@id\n}\n`],
  [
    "attributes over several lines",
    `${OWN}model User {\n  id String @id\n  @@index(\n    [id],\n    map: "x"\n  )\n}\n`,
  ],
  ["blocks without spaces", `${OWN}model User{\nid String@id\n}\nmodel Post{\nid Int@id\n}`],
  ["attributes before fields", `${OWN}model User {\n  @@map("people")\n  id String @id\n}\n`],
  [
    "an enum, a view and a type",
    `${OWN}enum Role {\n  A\n}\nview Active {\n  id String @unique\n}\nmodel User {\n  id String @id\n}\n`,
  ],
  ["a byte order mark", `\uFEFF${OWN}model User {\n  id String @id\n}\n`],
  ["blank lines within", `${OWN}model User {\n\n  id String @id\n\n\n}\n`],
] as const)(
  "a schema with %s only gains lines, is valid for Prisma, and is left alone the second time",
  async (style, before) => {
    const { schema, conflicts } = merge(before);
    expect(conflicts).toEqual([]);
    expect(insertionsOf(before.endsWith("\n") ? before : `${before}\n`, schema)).not.toBeNull();
    expect(merge(schema)).toEqual({ schema, conflicts: [] });
    expect(
      parseBlocks(schema)
        .filter(({ keyword }) => keyword === "model")
        .map(({ name }) => name),
    ).toEqual(expect.arrayContaining(["User", "Session", "Account", "Verification"]));
    if (schema.includes("\r\n")) expect(schema.replaceAll("\r\n", "")).not.toContain("\n");
    // What Prisma itself refuses before the merge says nothing about the merge.
    if (!REFUSED_BY_PRISMA.includes(style)) expect(await validate(schema)).toBe("");
  },
);

test("fields go after the last field, indexes after the last attribute, indented as their block", () => {
  const before = `${OWN}model Verification {\n    id String @id // mine\n    note String?\n\n    @@map("checks") // mine, too\n}\n`;
  expect(merge(before).schema).toContain(`model Verification {
    id String @id // mine
    note String?
    identifier String
    purpose    String
    tokenHash  String
    attempts   Int      @default(0)
    expires    DateTime
    createdAt  DateTime

    @@map("checks") // mine, too
    @@unique([identifier, purpose])
    @@index([expires])
}
`);
});

test("the table of a model that is there keeps its name", () => {
  expect(merge(`${OWN}model User {\n  id String @id\n}\n`).schema).not.toContain('@@map("users")');
});

test("with several database schemas new models say which one is theirs", async () => {
  const before = datasource("postgresql", '  schemas = ["auth", "public"]\n');
  const { schema } = merge(before);
  expect(schema.match(/@@schema\("public"\)/g)).toHaveLength(4);
  expect(await validate(schema)).toBe("");
});

test("relations that are there under other names, or with a name of their own, count", async () => {
  const before = `${OWN}model User {
  id     String    @id
  logins Session[] @relation("owner")
  made   Session[] @relation("creator")
}

model Session {
  id        String  @id
  userId    String
  owner     User    @relation("owner", fields: [userId], references: [id], onDelete: Cascade)
  creatorId String?
  creator   User?   @relation("creator", fields: [creatorId], references: [id])
}
`;
  const { schema, conflicts } = merge(before);
  expect(conflicts).toEqual([]);
  expect(schema.match(/Session\[\]/g)).toHaveLength(2);
  expect(await validate(schema)).toBe("");
});

test("the list of a relation that has a name is added with that name", async () => {
  const before = `${OWN}model User {\n  id String @id\n}\n\nmodel Session {\n  id String @id\n  userId String\n  owner User @relation(name: "owner", fields: [userId], references: [id], onDelete: Cascade)\n}\n`;
  const { schema } = merge(before);
  expect(schema).toMatch(/sessions +Session\[\] +@relation\("owner"\)/);
  expect(await validate(schema)).toBe("");
});

test.each([
  // what stands there                                                        what is said
  ["model User {\n  id Int @id\n}", "User.id is Int: Latchkey needs String"],
  ["model User {\n  id String @id\n  email String\n}", "User.email is String: Latchkey needs String?"],
  [
    "model User {\n  id String @id\n  emailVerified DateTime?\n}",
    "User.emailVerified is DateTime?: Latchkey needs Boolean",
  ],
  ["model User {\n  id String\n  uid String @id @default(uuid())\n}", "User.id is not the @id"],
  ["model User {\n  uid String @id @default(uuid())\n}", "User has another @id"],
  ["model User {\n  id String @id @db.Uuid\n}", "User.id is @db.Uuid, which cannot hold"],
  [
    "model User {\n  id String @id\n  createdAt DateTime @db.Timestamp(0)\n}",
    "User.createdAt is @db.Timestamp(0), which cannot hold",
  ],
  ["model User {\n  id String @id\n  handle String @unique\n}", "User.handle is a required String without a default"],
  ["model User {\n  id String @id\n  sessions Int\n}", "User.sessions is Int: Latchkey needs a relation Session[]"],
  ["enum Session {\n  A\n}", "Session is an enum here"],
  ["view Account {\n  id String @unique\n}", "Account is a view here"],
  [
    "model User {\n  id String @id\n  sessions Session[]\n}\nmodel Session {\n  id String @id\n  userId String\n  user User @relation(fields: [userId], references: [id])\n}",
    "Session.user needs onDelete: Cascade",
  ],
] as const)("what does not fit is named and left as it is: %j", (model, sentence) => {
  const before = `${OWN}${model}\n`;
  const { schema, conflicts } = merge(before);
  expect(conflicts).toEqual([expect.stringContaining(sentence)]);
  expect(insertionsOf(before, schema)).not.toBeNull();
});

test("a datasource of another dialect is named", () => {
  expect(mergePrisma(datasource("mysql"), "sqlite").conflicts).toEqual([
    'the datasource\'s provider is "mysql", and the models are for sqlite',
  ]);
  expect(["sqlite", "postgresql", "postgres", "mysql", "mongodb"].map((name) => dialectOf(datasource(name)))).toEqual([
    ...["sqlite", "postgresql", "postgresql", "mysql"],
    null,
  ]);
});

test("an index that begins with the field, a compound id and a unique list in another order are enough", () => {
  const before = `${OWN}model Account {\n  id String @id\n  userId String\n  provider String\n  providerAccountId String\n  @@unique([providerAccountId, provider], map: "x[]")\n  @@index(fields: [userId(sort: Desc), provider])\n}\n`;
  const account = parseBlocks(merge(before).schema).find(({ name }) => name === "Account");
  expect(account?.entries.filter(({ name }) => name.startsWith("@@")).map(({ name }) => name)).toEqual([
    "@@unique",
    "@@index",
  ]);
});

/** Pseudo-random numbers that are the same in every run (Mulberry32). */
function seeded(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const PIECES = [
  ..."model User {|model Session {|model Account {|model Verification{|enum Role {|view V {|type T {|}|{".split("|"),
  ...'id String @id|email String?|userId String|expires DateTime|data Json @default("{}")|user User @relation(fields: [userId], references: [id])|sessions Session[]'.split(
    "|",
  ),
  ...'@@index([userId])|@@unique([provider,\n  providerAccountId])|@@map("x")|@@schema("a")|// a { comment "|/// } doc|/* open\n close */|/*|"|"str\\"ing"|[|(|)|]|@|=|\\|\uFEFF|é|𝒳|-'.split(
    "|",
  ),
  ...["\n", "\n", "\n", "\r\n", " ", "  ", "\t", ""],
];

test("whatever the text, it only ever gains: 3000 random ones, well formed and not", () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const random = seeded(seed);
    const pick = (from: readonly string[]) => from[random(from.length)] ?? "";
    const before = Array.from({ length: random(40) }, () => pick(PIECES) + pick(["\n", " ", "\n  ", "\r\n"])).join("");
    const { schema } = merge(before);
    expect(isSubsequence(before, schema), `seed ${seed}`).toBe(true);
  }
});

test("random models of good form: merged once, nothing is left to add", () => {
  const fields = [
    "email String? @unique",
    "phone String?",
    "name String?",
    "picture String? // { x",
    "createdAt DateTime @default(now())",
    "notes Note[]",
    'kind String @default("}")',
  ];
  for (let seed = 1; seed <= 1000; seed++) {
    const random = seeded(seed);
    const newline = random(2) === 0 ? "\n" : "\r\n";
    const own = fields.filter(() => random(2) === 0).map((field) => [" ", "  ", "\t", ""][random(4)] + field);
    const comments = ["", "// model Session {", "/* } */", "/// doc"].filter(() => random(2) === 0);
    const text = [OWN, "model User {", "  id String @id", ...own, ...comments, "}", ...comments]
      .join("\n")
      .replaceAll(/\r?\n/g, newline);
    const before = random(2) === 0 ? text : text + newline;
    const once = merge(before);
    expect(insertionsOf(before.endsWith("\n") ? before : before + newline, once.schema), `seed ${seed}`).not.toBeNull();
    expect(merge(once.schema), `seed ${seed}`).toEqual({ schema: once.schema, conflicts: [] });
  }
});
