/** Pieces of SQL with the values that belong in them. Values never become text. */

/** Text between values: one string more than there are values. */
export interface Fragment {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
}

/** SQL that comes from this package or from the names of the app's tables, never from a request. */
export function raw(text: string): Fragment {
  return { strings: [text], values: [] };
}

function isFragment(part: unknown): part is Fragment {
  return typeof part === "object" && part !== null && "strings" in part && "values" in part;
}

/**
 * Builds a fragment: what is a fragment itself is spliced in, anything else is a value.
 *
 * @example sql`DELETE FROM ${table} WHERE ${column} = ${id}`
 */
export function sql(template: TemplateStringsArray, ...parts: readonly unknown[]): Fragment {
  const strings = [template[0] as string];
  const values: unknown[] = [];
  parts.forEach((part, index) => {
    append(strings, values, isFragment(part) ? part : { strings: ["", ""], values: [part] });
    strings[strings.length - 1] += template[index + 1] as string;
  });
  return { strings, values };
}

export function join(fragments: readonly Fragment[], separator: string): Fragment {
  const strings = [""];
  const values: unknown[] = [];
  fragments.forEach((fragment, index) => {
    if (index > 0) strings[strings.length - 1] += separator;
    append(strings, values, fragment);
  });
  return { strings, values };
}

/** All of these conditions; those that are undefined ask for nothing. */
export function allOf(...conditions: (Fragment | undefined)[]): Fragment {
  return join(
    conditions.filter((condition) => condition !== undefined),
    " AND ",
  );
}

function append(strings: string[], values: unknown[], fragment: Fragment): void {
  strings[strings.length - 1] += fragment.strings[0] as string;
  strings.push(...fragment.strings.slice(1));
  values.push(...fragment.values);
}
