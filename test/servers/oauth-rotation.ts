/** Refresh tokens that are good once: a second use ends them all, as at a provider that looks for theft (RFC 9700 §4.14.2). */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type Behavior, type HostileProvider, sendJson } from "../../packages/providers/test/oauth/hostile-provider.js";

/** What the provider does when it is asked for new tokens. */
type Mode = "answer" | "answer 503" | "hang up" | "hold" | "give and hold";

/** What the provider has given since a sign-in, whether or not it arrived. */
export interface Family {
  /** The last one. */
  accessToken: string;
  /** In the order in which they were given; the last one is good. */
  refreshTokens: string[];
  isRevoked: boolean;
}

/** Seconds for which its access tokens are good. */
const TOKEN_LIFE = 3600;

export class Rotation {
  readonly #server: HostileProvider;
  readonly #families: Family[] = [];
  #held: (() => void)[] = [];
  #tellHeld: () => void = () => {};
  /** Takes a token once more whose successor nobody has used. */
  forgives = false;

  constructor(server: HostileProvider) {
    this.#server = server;
  }

  /** How often it was asked for new tokens. */
  get count(): number {
    return this.#server.requests.filter(({ form }) => form.get("grant_type") === "refresh_token").length;
  }

  /** The access token that was given last since the last sign-in. */
  get last(): string {
    return this.#families.at(-1)?.accessToken ?? "";
  }

  /** What the provider does at a sign-in: a first refresh token comes with the code. */
  get signIn(): Behavior {
    return {
      tokenResponse: (body) => {
        const { refreshTokens } = this.open(String(body.access_token));
        return { ...body, refresh_token: refreshTokens[0] };
      },
    };
  }

  /** Gives first tokens to somebody. */
  open(accessToken: string = randomUUID()): Family {
    const family = { accessToken, refreshTokens: [randomUUID()], isRevoked: false };
    this.#families.push(family);
    return family;
  }

  /** What the provider does from now on. @returns a promise that it holds a request */
  renew(mode: Mode): Promise<void> {
    const token = (response: ServerResponse, { form }: { form: URLSearchParams }) =>
      this.#respond(mode, response, form.get("refresh_token") ?? "");
    this.#server.behave({ respond: { token } });
    return new Promise((resolve) => (this.#tellHeld = resolve));
  }

  /** Answers what it holds. */
  release(): void {
    for (const answer of this.#held) answer();
    this.forget();
  }

  /** Never answers what it holds. */
  forget(): void {
    this.#held = [];
  }

  #respond(mode: Mode, response: ServerResponse, refreshToken: string): void {
    if (mode === "hang up") response.destroy();
    else if (mode === "answer 503") sendJson(response, 503, {});
    else if (mode === "answer") sendJson(response, ...this.#give(refreshToken));
    else {
      const given = mode === "give and hold" ? this.#give(refreshToken) : null;
      this.#held.push(() => sendJson(response, ...(given ?? this.#give(refreshToken))));
      this.#tellHeld();
    }
  }

  #give(refreshToken: string): [status: number, body: object] {
    const family = this.#families.find(({ refreshTokens }) => refreshTokens.includes(refreshToken));
    if (family === undefined || family.isRevoked) return [400, { error: "invalid_grant" }];
    const { refreshTokens } = family;
    if (this.forgives && refreshToken === refreshTokens.at(-2)) refreshTokens.pop();
    if (refreshToken !== refreshTokens.at(-1)) {
      family.isRevoked = true;
      return [400, { error: "invalid_grant" }];
    }
    const [access_token, refresh_token] = [randomUUID(), randomUUID()];
    family.accessToken = access_token;
    refreshTokens.push(refresh_token);
    return [200, { access_token, refresh_token, token_type: "Bearer", expires_in: TOKEN_LIFE }];
  }
}
