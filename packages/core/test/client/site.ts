/** A real site for the client to talk to: `createAuth` behind `node:http`, browsers with their own cookie jar, tabs with a client. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CookieJar } from "tough-cookie";
import { onTestFinished } from "vitest";
import {
  type AuthClient,
  type AuthClientOptions,
  type AuthSnapshot,
  createAuthClient,
} from "../../src/client/index.js";
import {
  type Adapter,
  type Auth,
  AuthError,
  createAuth,
  createSessionCookie,
  type Provider,
  type Session,
} from "../../src/index.js";
import { endOthers } from "../fixtures.js";

const SECRET = "0123456789abcdef0123456789abcdef";
export const MINA = { email: "mina@example.com", password: "a long passphrase" };

export interface SiteOptions {
  adapter?: Adapter;
  /** Milliseconds since 1970; also the `Date` of the answers. @default Date.now */
  clock?: () => number;
}

export class Site {
  /** Answers in the place of the site, as a proxy would. */
  instead: ((request: Request) => Response | null) | null = null;
  sendsDate = true;
  readonly #server = createServer((incoming, outgoing) => void this.#answer(incoming, outgoing));
  #port = 0;
  #auth: Auth | null = null;

  readonly options: SiteOptions;

  constructor(options: SiteOptions) {
    this.options = options;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens where it listened before, if it did. */
  async start(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    this.#auth ??= createAuth({ ...this.#config(), baseUrl: this.origin });
  }

  get auth(): Auth {
    if (this.#auth === null) throw new Error("the site was not started");
    return this.#auth;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #config() {
    const { adapter, clock } = this.options;
    return {
      secret: SECRET,
      provider: passwordOf(MINA),
      hooks: { onError() {} },
      ...(adapter && { adapter }),
      ...(clock && { clock }),
    };
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { url = "", method = "GET", headers } = incoming;
    const body = chunks.length === 0 ? null : Buffer.concat(chunks);
    const request = new Request(this.origin + url, { method, headers: headers as Record<string, string>, body });
    const response = this.instead?.(request) ?? (await this.auth.handler(request));

    outgoing.sendDate = false;
    const now = this.options.clock ?? Date.now;
    if (this.sendsDate) outgoing.setHeader("Date", new Date(now()).toUTCString());
    for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
    outgoing.writeHead(response.status, { "Set-Cookie": response.headers.getSetCookie() });
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  }
}

/** Opens a site for one test. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const site = new Site(options);
  await site.start();
  onTestFinished(() => site.stop());
  return site;
}

/** One way in, with the routes of a password provider and one account, kept in this process. */
function passwordOf(account: { email: string; password: string }): Provider {
  const accounts = new Map([[account.email, account.password]]);
  const prove = (email: string, isNewUser: boolean) =>
    ({
      kind: "identity",
      identity: { provider: "password", providerAccountId: email, email, emailVerified: true },
      isNewUser,
    }) as const;

  return {
    id: "password",
    type: "password",
    needsAdapter: false,
    routes: {
      async "POST /signin/password"({ input }) {
        const email = String(input.email);
        if (accounts.get(email) !== input.password) throw new AuthError("invalid_credentials");
        return prove(email, false);
      },
      async "POST /signup"({ input }) {
        const email = String(input.email);
        if (accounts.has(email)) throw new AuthError("user_exists");
        accounts.set(email, String(input.password));
        return prove(email, true);
      },
      async "POST /password/change"(step) {
        const session = await step.requireSession();
        if (accounts.get(account.email) !== step.input.currentPassword) throw new AuthError("invalid_credentials");
        const apply: ReturnType<typeof endOthers> = async (keep) => {
          accounts.set(account.email, String(step.input.newPassword));
          if (step.adapter === null) return { ended: [], kept: session.session };
          return endOthers(step.adapter, session.user.id)(keep);
        };
        return { kind: "factor-change", session, apply, announce: async () => {} };
      },
    },
  };
}

/** An answer on its way that a test lets through when it wants. */
export interface Held {
  /** The server has answered. */
  answered: Promise<void>;
  release(): void;
  /** Breaks the connection before the answer arrives. */
  lose(): void;
}

/** A cookie jar that its tabs share. */
export class Browser {
  readonly jar = new CookieJar();
  readonly site: Site;

  constructor(site: Site) {
    this.site = site;
  }

  /** Puts a session into the jar without any sign-in. */
  async plantSession(secondsLeft = 3600): Promise<Session> {
    const now = (this.site.options.clock ?? Date.now)();
    const user = { id: "u1", email: MINA.email, name: "Mina" };
    const expires = new Date(Math.floor(now / 1000 + secondsLeft) * 1000).toISOString();
    await this.jar.setCookie(createSessionCookie({ user, expires }, this.site.auth), this.site.origin);
    const headers = new Headers({ cookie: await this.jar.getCookieString(this.site.origin) });
    const session = await this.site.auth.getSession({ headers });
    if (session === null) throw new Error("the planted session is not accepted");
    return session;
  }

  tab(options: AuthClientOptions = {}): Tab {
    return new Tab(this, options);
  }
}

export class Tab {
  readonly browser: Browser;
  readonly client: AuthClient;
  /** Every request of the client, at the moment it is made: `"GET /session"`. */
  readonly requests: string[] = [];
  /** How many of them have come to their end, in an answer or without. */
  delivered = 0;
  /** URLs that the browser was sent to. */
  readonly visited: string[] = [];
  /** The snapshot at the start of `watch`, and after each change. */
  readonly shown: AuthSnapshot[] = [];
  /** Called with each answer of the server; the client gets it once the promise is kept. */
  onAnswer: (request: string) => Promise<void> = async () => {};
  readonly #held = new Map<string, () => Promise<void>>();

  constructor(browser: Browser, options: AuthClientOptions) {
    this.browser = browser;
    this.client = createAuthClient({
      basePath: `${browser.site.origin}/auth`,
      fetch: (input, init) => this.#fetch(String(input), init).finally(() => this.delivered++),
      navigate: (url) => this.visited.push(url.replace(browser.site.origin, "")),
      ...options,
    });
    onTestFinished(() => this.client.close());
  }

  get snapshot(): AuthSnapshot {
    return this.client.getSnapshot();
  }

  /** Subscribes and notes what is shown. */
  watch(): () => void {
    this.shown.push(this.snapshot);
    this.stopWatching = this.client.subscribe(() => this.shown.push(this.snapshot));
    return this.stopWatching;
  }

  /** Ends the latest `watch`. */
  stopWatching = () => {};

  /** Waits for a snapshot. Only for tabs that are watched. */
  until(condition: (snapshot: AuthSnapshot) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition(this.snapshot)) return;
        stop();
        resolve();
      };
      const stop = this.client.subscribe(() => check());
      check();
    });
  }

  /** Holds the answer to the next such request back. */
  hold(request: string): Held {
    let release = () => {};
    let lose = () => {};
    const arrival = new Promise<void>((resolve, reject) => {
      release = resolve;
      lose = () => reject(new TypeError("fetch failed"));
    });
    const answered = new Promise<void>((resolve) => {
      this.#held.set(request, () => {
        resolve();
        return arrival;
      });
    });
    return { answered, release, lose };
  }

  async #fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const { jar, site } = this.browser;
    const name = `${init.method} ${url.slice(`${site.origin}/auth`.length)}`;
    this.requests.push(name);
    const hold = this.#held.get(name);
    this.#held.delete(name);

    const headers = new Headers(init.headers);
    headers.set("Cookie", await jar.getCookieString(url));
    headers.set("Origin", site.origin);
    const response = await fetch(url, { ...init, headers });
    const body = await response.arrayBuffer();
    await (hold ?? this.onAnswer)(name);
    for (const cookie of response.headers.getSetCookie()) await jar.setCookie(cookie, url);
    // Whole: once it is delivered the client has it in the same turn.
    return new Response(body.byteLength === 0 ? null : body, response);
  }
}

/** A database that can be cut off. */
export function breakable(adapter: Adapter): { adapter: Adapter; isDown: boolean } {
  const database = { adapter, isDown: false };
  database.adapter = new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        if (database.isDown) throw new Error("connection refused");
        return method.apply(target, args);
      };
    },
  });
  return database;
}
