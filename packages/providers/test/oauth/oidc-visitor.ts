/** Somebody with a browser at the provider's pages: keeps its cookies, follows its redirects and fills in its forms. */

/** Where a visit has come to: a page that asks something, or an address outside of the provider. */
export interface Stop {
  /** What the page asks for, `"login"` or `"consent"`; null when the browser has left the provider. */
  asks: string | null;
  /** Where the page is, or where the browser goes. */
  url: string;
  /** Where the form of the page is sent. */
  action: string;
}

interface Cookie {
  name: string;
  value: string;
  path: string;
}

/** What the visitor says to the pages. */
export interface Answers {
  /** Who it is. */
  login?: string;
  /** Whether the app may know. */
  consents?: boolean;
}

export class Visitor {
  readonly #origin: string;
  #cookies: Cookie[] = [];
  /** What was asked, in order. */
  readonly asked: string[] = [];

  constructor({ issuer }: { issuer: string }) {
    this.#origin = new URL(issuer).origin;
  }

  /** Goes through all pages. @returns where the provider sends the browser at last */
  async authorize(url: string, answers: Answers = {}): Promise<string> {
    let stop = await this.open(url);
    while (stop.asks !== null) stop = await this.answer(stop, answers);
    return stop.url;
  }

  /** Opens an address and follows its redirects. @throws Error for what is no page with a question */
  async open(url: string, init: RequestInit = {}): Promise<Stop> {
    if (new URL(url).origin !== this.#origin) return { asks: null, url, action: "" };
    const headers = new Headers(init.headers);
    headers.set("cookie", this.#cookiesFor(new URL(url).pathname));
    const answer = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    const location = answer.headers.get("location");
    if (location !== null) return this.open(new URL(location, url).href);
    return this.#pageOf(url, await answer.text());
  }

  /** Sends the form of a page. */
  answer({ asks, url, action }: Stop, { login = "alice", consents = true }: Answers = {}): Promise<Stop> {
    if (asks === "consent" && !consents) return this.open(`${url}/abort`);
    const body = new URLSearchParams({ prompt: asks ?? "", ...(asks === "login" && { login, password: "any" }) });
    return this.open(action, { method: "POST", body });
  }

  /** Signs out at the provider: its session is gone. */
  forget(): void {
    this.#cookies = [];
  }

  #pageOf(url: string, text: string): Stop {
    const [, action] = /<form[^>]* action="([^"]+)"/.exec(text) ?? [];
    const [, asks] = /name="prompt" value="(\w+)"/.exec(text) ?? [];
    if (action === undefined || asks === undefined) throw new Error(`the provider does not ask: ${text.slice(0, 200)}`);
    this.asked.push(asks);
    return { asks, url, action };
  }

  /** Each interaction has cookies of its own under its own path (RFC 6265 §5.1.4). */
  #cookiesFor(pathname: string): string {
    const sent = this.#cookies.filter(
      ({ path }) => path === "/" || pathname === path || pathname.startsWith(`${path}/`),
    );
    return sent.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  #keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const [, path = "/"] = /; path=([^;]*)/i.exec(line) ?? [];
    this.#cookies = this.#cookies.filter((cookie) => cookie.name !== name || cookie.path !== path);
    if (value !== "") this.#cookies.push({ name, value, path });
  }
}
