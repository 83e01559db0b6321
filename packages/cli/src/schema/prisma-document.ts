/** A `schema.prisma`, read far enough to add to it: top-level blocks, the fields and attributes of models, and where each stands. */

/** Comments, strings and everything else; a slash alone is everything else. */
const TOKEN =
  /\/\/[^\n]*?(?=\r?\n|$)|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\.|[^"\\\n])*"?|\r?\n|\s+?|[\p{L}_][\p{L}\p{N}_-]*|@@?[\p{L}_.][\p{L}\p{N}_.]*|./gsu;

interface Token {
  readonly text: string;
  readonly start: number;
}

/** A top-level block: `model User { … }`, `enum Role { … }`, `datasource db { … }`. */
export interface Block {
  /** `"model"`, `"view"`, `"type"`, `"enum"`, `"datasource"`, `"generator"` */
  readonly keyword: string;
  readonly name: string;
  /** Where the line of the opening brace ends; null where something else of the block stands on it. */
  readonly openLineEnd: number | null;
  /** At the closing brace. */
  readonly bodyEnd: number;
  readonly entries: readonly Entry[];
}

/** One declaration of a block: a field, an attribute of the block, or a setting. */
export interface Entry {
  /** Name of the field, or of the attribute with its two at signs. */
  readonly name: string;
  /** Type of a field as it is written, without spaces; empty for attributes. */
  readonly type: string;
  /** Of a field: its attributes with their arguments. Of a block attribute or a setting: what follows the name. Without comments. */
  readonly rest: string;
  /** At its first character. */
  readonly start: number;
  /** Where its line ends, comments included; null where the closing brace stands on it. */
  readonly lineEnd: number | null;
}

/** @returns the blocks in their order; text that is none is passed over */
export function parseBlocks(schema: string): Block[] {
  const tokens = tokensOf(schema);
  const blocks: Block[] = [];
  for (let at = 0; at < tokens.length; ) {
    const open = isOpening(tokens, at) ? nextSolid(tokens, nextSolid(tokens, at + 1) + 1) : -1;
    if (open === -1) {
      at++;
      continue;
    }
    const close = closingBrace(tokens, open);
    blocks.push(blockOf(tokens, at, open, close));
    at = close + 1;
  }
  return blocks;
}

function tokensOf(schema: string): Token[] {
  return [...schema.matchAll(TOKEN)].map((match) => ({ text: match[0], start: match.index }));
}

/** `keyword name {`, each on whichever line. */
function isOpening(tokens: readonly Token[], at: number): boolean {
  const name = nextSolid(tokens, at + 1);
  const brace = nextSolid(tokens, name + 1);
  return isWord(tokens[at]) && isWord(tokens[name]) && tokens[brace]?.text === "{";
}

function isWord(token: Token | undefined): boolean {
  return token !== undefined && /^[\p{L}_]/u.test(token.text);
}

function isSolid({ text }: Token): boolean {
  return text.trim() !== "" && !text.startsWith("//") && !text.startsWith("/*") && text !== "\uFEFF";
}

/** Index of the first token from `from` on that is no space and no comment; the number of tokens when there is none. */
function nextSolid(tokens: readonly Token[], from: number): number {
  let at = from;
  while (at < tokens.length && !isSolid(tokens[at] as Token)) at++;
  return at;
}

function closingBrace(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const text = tokens[at]?.text;
    if (text === "{") depth++;
    if (text === "}" && --depth === 0) return at;
  }
  return tokens.length;
}

function blockOf(tokens: readonly Token[], at: number, open: number, close: number): Block {
  const last = tokens.at(-1);
  const body = tokens.slice(open + 1, close);
  const firstOfBody = body.find((token) => isSolid(token) || isNewline(token));
  return {
    keyword: tokens[at]?.text ?? "",
    name: tokens[nextSolid(tokens, at + 1)]?.text ?? "",
    openLineEnd: firstOfBody !== undefined && isNewline(firstOfBody) ? firstOfBody.start : null,
    bodyEnd: tokens[close]?.start ?? (last === undefined ? 0 : last.start + last.text.length),
    entries: entriesOf(body),
  };
}

function isNewline({ text }: Token): boolean {
  return text === "\n" || text === "\r\n";
}

/** Declarations end with their line, unless a bracket is open. */
function entriesOf(tokens: readonly Token[]): Entry[] {
  const entries: Entry[] = [];
  let own: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (/^[([{]$/.test(token.text)) depth++;
    if (/^[)\]}]$/.test(token.text)) depth--;
    if (!isNewline(token) || depth > 0) {
      own.push(token);
      continue;
    }
    if (own.some(isSolid)) entries.push(entryOf(own.filter(isSolid), token.start));
    [own, depth] = [[], 0];
  }
  if (own.some(isSolid)) entries.push(entryOf(own.filter(isSolid), null));
  return entries;
}

function entryOf(solid: readonly Token[], lineEnd: number | null): Entry {
  const first = solid[0] as Token;
  const isAttribute = first.text.startsWith("@@");
  const typeEnd = isAttribute ? 1 : endOfType(solid);
  return {
    name: first.text,
    type: solid
      .slice(1, typeEnd)
      .map(({ text }) => text)
      .join(""),
    rest: solid
      .slice(typeEnd)
      .map(({ text }) => text)
      .join(" "),
    start: first.start,
    lineEnd,
  };
}

/** A type goes on until the first attribute: `String?`, `Session[]`, `Unsupported("circle")`. */
function endOfType(solid: readonly Token[]): number {
  const attribute = solid.findIndex(({ text }, index) => index > 0 && (text.startsWith("@") || text === "="));
  return attribute === -1 ? solid.length : attribute;
}
