/** A browser without a screen: keeps the session cookie and follows no redirect by itself. */

export const PASSWORD = "a long sentence of hers";

export class HttpClient {
  readonly #url: string;
  #cookie: string | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  /** `name=value`, as it would be sent. */
  get cookie(): string | null {
    return this.#cookie;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#send(path, { headers: { Accept: "text/html", ...headers } });
  }

  /** Posts a form as a page of the app would, or as that of `origin`. */
  post(path: string, fields: Record<string, string> = {}, origin = this.#url): Promise<Response> {
    return this.#send(path, { method: "POST", headers: { Origin: origin }, body: new URLSearchParams(fields) });
  }

  signUp(email: string, name = ""): Promise<Response> {
    return this.post("/auth/signup", { email, name, password: PASSWORD, callbackUrl: "/dashboard" });
  }

  signIn(email: string): Promise<Response> {
    return this.post("/auth/signin/password", { email, password: PASSWORD, callbackUrl: "/dashboard" });
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#cookie !== null) headers.set("Cookie", this.#cookie);
    const response = await fetch(this.#url + path, { ...init, headers, redirect: "manual" });
    const [pair = ""] = response.headers.getSetCookie().at(-1)?.split(";", 1) ?? [];
    if (pair !== "") this.#cookie = pair.endsWith("=") ? null : pair;
    return response;
  }
}
