/** An SQL file, cut into statements: at each semicolon that is not inside of a string, a name, a comment or a body. */
import type { Dialect } from "@latchkey/core/sql";

export interface StatementText {
  /** As it stands in the file, without the semicolon. */
  readonly text: string;
  /** Line of the file that it begins on, from 1. */
  readonly line: number;
}

/** Statements whose bodies hold others: `BEGIN … END`. */
const COMPOUND =
  /^CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?(?:CONSTRAINT\s+)?(?:DEFINER\s*=\s*\S+\s+)?(?:AGGREGATE\s+)?(?:TRIGGER|PROCEDURE|FUNCTION|EVENT)\b/i;
/** What `END` closes besides a body: it was not counted when it opened. */
const UNCOUNTED = /^\s+(?:IF|LOOP|WHILE|REPEAT|FOR)\b/i;

/** @returns the statements in their order; what holds only comments is none */
export function splitStatements(sql: string, dialect: Dialect): StatementText[] {
  return new Splitter(sql, dialect).statements();
}

class Splitter {
  readonly #sql: string;
  readonly #dialect: Dialect;
  #at = 0;
  /** Where the statement at hand begins: its first character that is no white space and no comment. */
  #start: number | null = null;
  /** Bodies that are open. */
  #depth = 0;

  constructor(sql: string, dialect: Dialect) {
    this.#sql = sql.replace(/^\uFEFF/, "");
    this.#dialect = dialect;
  }

  statements(): StatementText[] {
    const found: StatementText[] = [];
    const close = () => {
      if (this.#start !== null) found.push(this.#statement(this.#start));
      this.#start = null;
      this.#depth = 0;
    };
    while (this.#at < this.#sql.length) {
      if (this.#skipSpace()) continue;
      if (this.#sql[this.#at] === ";" && this.#depth === 0) {
        close();
        this.#at++;
        continue;
      }
      this.#start ??= this.#at;
      this.#takeToken();
    }
    close();
    return found;
  }

  #statement(start: number): StatementText {
    const text = this.#sql.slice(start, this.#at).trimEnd();
    return { text, line: this.#sql.slice(0, start).split("\n").length };
  }

  /** Takes white space or one comment. @returns false when there is none here */
  #skipSpace(): boolean {
    const end = this.#matchEnd(/\s+/y) ?? this.#commentEnd();
    if (end === null) return false;
    this.#at = end;
    return true;
  }

  #commentEnd(): number | null {
    const { [this.#at]: first, [this.#at + 1]: second } = this.#sql;
    // MySQL takes "--" for two signs unless white space follows, and runs what stands in "/*!".
    const dashes = this.#dialect === "mysql" ? /--(?:[\s\p{Cc}][^\n]*|$)/uy : /--[^\n]*/y;
    if (first === "-") return this.#matchEnd(dashes);
    if (first === "#" && this.#dialect === "mysql") return this.#matchEnd(/#[^\n]*/y);
    if (first !== "/" || second !== "*") return null;
    return this.#matchEnd(/\/\*M?!/y) === null ? this.#blockCommentEnd() : null;
  }

  #blockCommentEnd(): number {
    let depth = 0;
    const marks = /\/\*|\*\//g;
    marks.lastIndex = this.#at;
    for (let mark = marks.exec(this.#sql); mark !== null; mark = marks.exec(this.#sql)) {
      // PostgreSQL alone nests them.
      if (mark[0] === "*/") depth--;
      else if (depth === 0 || this.#dialect === "postgresql") depth++;
      if (depth === 0) return marks.lastIndex;
    }
    return this.#sql.length;
  }

  #takeToken(): void {
    this.#at = this.#quotedEnd() ?? this.#wordEnd() ?? this.#at + 1;
  }

  /** End of the string, quoted name or dollar-quoted body that begins here. */
  #quotedEnd(): number | null {
    const quote = this.#sql[this.#at] as string;
    if (quote === "'" || quote === '"' || quote === "`") return this.#closing(quote, this.#escapes(quote));
    if (quote === "[" && this.#dialect === "sqlite") return this.#closing("]", false);
    if (this.#dialect === "postgresql" && quote === "$") return this.#dollarEnd();
    if (this.#matchEnd(/\/\*M?!/y) !== null) return this.#blockCommentEnd();
    return null;
  }

  /** True where a backslash escapes: MySQL's strings, and PostgreSQL's that begin with E. */
  #escapes(quote: string): boolean {
    if (this.#dialect === "mysql") return quote !== "`";
    return (
      this.#dialect === "postgresql" && quote === "'" && /(?:^|[^\w$])E$/i.test(this.#sql.slice(0, this.#at).slice(-2))
    );
  }

  #closing(quote: string, escapes: boolean): number {
    for (let at = this.#at + 1; at < this.#sql.length; at++) {
      const character = this.#sql[at];
      if (character === "\\" && escapes) at++;
      else if (character === quote && this.#sql[at + 1] === quote && quote !== "]") at++;
      else if (character === quote) return at + 1;
    }
    return this.#sql.length;
  }

  #dollarEnd(): number | null {
    const opened = this.#matchEnd(/\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy);
    if (opened === null) return null;
    const end = this.#sql.indexOf(this.#sql.slice(this.#at, opened), opened);
    return end === -1 ? this.#sql.length : end + opened - this.#at;
  }

  /** Takes a word; those that open and close bodies are counted where the statement may have one. */
  #wordEnd(): number | null {
    // A dollar may stand inside of a name, and is no quote there.
    const end = this.#matchEnd(/[\p{L}\p{N}_][\p{L}\p{N}_$]*/uy);
    if (end === null) return null;
    this.#countBody(this.#sql.slice(this.#at, end).toUpperCase(), this.#sql.slice(end, end + 12));
    return end;
  }

  #countBody(word: string, following: string): void {
    // `NEW.end` is a column.
    if (this.#sql[this.#at - 1] === ".") return;
    const opens = word === "BEGIN" || (word === "CASE" && this.#depth > 0);
    if (opens && COMPOUND.test(this.#sql.slice(this.#start ?? 0, this.#at))) {
      if (word !== "CASE" || !this.#isAfterEnd()) this.#depth++;
    } else if (word === "END" && this.#depth > 0 && !UNCOUNTED.test(following)) {
      this.#depth--;
    }
  }

  /** `END CASE` closes one and opens none. */
  #isAfterEnd(): boolean {
    return /\bEND\s+$/i.test(this.#sql.slice(Math.max(0, this.#at - 20), this.#at));
  }

  #matchEnd(pattern: RegExp): number | null {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#sql) ? pattern.lastIndex : null;
  }
}
