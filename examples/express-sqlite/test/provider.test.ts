/** Signing in with the provider beside the app, linking and unlinking it: the pages as HTTP answers. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanUp, type ExampleApp, startApp, temporaryFolder } from "./example-app.js";
import { HttpClient } from "./http-client.js";

let plain: ExampleApp;
let app: ExampleApp;
let issuer: string;
beforeAll(async () => {
  [plain, app] = await Promise.all([startApp(temporaryFolder()), startApp(temporaryFolder(), { args: ["--oidc"] })]);
  const { headers } = await fetch(`${app.url}/auth/signin/oidc`, { redirect: "manual" });
  issuer = new URL(headers.get("location") ?? "").origin;
});
afterAll(cleanUp);

const policyOf = (response: Response) => response.headers.get("content-security-policy") ?? "";

async function signedIn(email: string, at = app): Promise<HttpClient> {
  const client = new HttpClient(at.url);
  await client.signUp(email);
  return client;
}

/** Opens the provider's first page. */
async function visit() {
  const answer = await fetch(`${app.url}/auth/signin/oidc`, { redirect: "manual" });
  const begun = await fetch(answer.headers.get("location") ?? "", { redirect: "manual" });
  const cookies = begun.headers.getSetCookie().map((line) => line.split(";", 1)[0]);
  const headers = { cookie: cookies.join("; ") };
  const url = new URL(begun.headers.get("location") ?? "", issuer).href;
  return { url, headers, page: await fetch(url, { headers }) };
}

describe("without the flag", () => {
  test("no page speaks of a provider, and none has a route", async () => {
    const ada = await signedIn("plain@example.com", plain);
    const pages = [await new HttpClient(plain.url).get("/login"), await ada.get("/dashboard")];
    for (const page of pages) {
      expect(policyOf(page)).toContain("form-action 'self';");
      expect(await page.text()).not.toMatch(/Example ID|Ways to sign in/);
    }
    expect((await new HttpClient(plain.url).get("/auth/signin/oidc")).status).toBe(404);
  });
});

describe("with the flag", () => {
  test("the sign-in page offers the provider, and keeps the way back", async () => {
    const text = await (await new HttpClient(app.url).get("/login?callbackUrl=/dashboard?from=a-letter")).text();
    const [, href = ""] = /href="([^"]+)">\s*<img[^>]*>\s*Sign in with Example ID/.exec(text) ?? [];
    expect(href).toBe("/auth/signin/oidc?callbackUrl=%2Fdashboard%3Ffrom%3Da-letter");
    const answer = await new HttpClient(app.url).get(href);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toContain(`${issuer}/auth?`);
  });

  test("forms of the app may lead to the provider, those of the provider to the app, and to nobody else", async () => {
    expect(policyOf(await new HttpClient(app.url).get("/login"))).toContain(`form-action 'self' ${issuer};`);
    const { page } = await visit();
    expect(page.status).toBe(200);
    expect(policyOf(page)).toContain(`form-action 'self' ${app.url};`);
    expect(policyOf(page)).toContain("default-src 'none'");
    expect(page.headers.get("cache-control")).toContain("no-store");
    // Fonts, scripts and styles of others would not load, and nobody should ask for them.
    expect(await page.text()).not.toMatch(/(src|href|action)="(https?:)?\/\//);
  });

  test("a page that is asked for by another name of the app leads to the one that the provider knows", async () => {
    const { port } = new URL(app.url);
    for (const [path, location] of [
      ["/login?callbackUrl=/a", "/login?callbackUrl=/a"],
      ["//evil.example/a", "/evil.example/a"],
    ] as const) {
      const answer = await fetch(`http://localhost:${port}${path}`, { redirect: "manual" });
      expect([answer.status, answer.headers.get("location")]).toEqual([302, app.url + location]);
    }
  });

  test("a password alone is said to be the only way in, and cannot be unlinked", async () => {
    const ada = await signedIn("only@example.com");
    const text = await (await ada.get("/dashboard")).text();
    expect(text).toContain("This is the only way into your account.");
    expect(text).not.toContain("/unlink");
    const { accounts } = (await (await ada.get("/auth/accounts")).json()) as { accounts: { id: string }[] };
    const answer = await ada.post(`/accounts/${accounts[0]?.id}/unlink`);
    expect([answer.status, answer.headers.get("location")]).toEqual([
      303,
      "/dashboard?form=accounts&error=last_account",
    ]);
  });

  test("linking begins by a form, which is answered with a redirect to the provider", async () => {
    const ada = await signedIn("form@example.com");
    const answer = await ada.post("/auth/accounts/link/oidc", { callbackUrl: "/dashboard?done=linked" });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toContain(`${issuer}/auth?`);
  });

  test("R-C12: no other page links or unlinks", async () => {
    const ada = await signedIn("foreign@example.com");
    for (const origin of ["https://evil.example", "http://localhost:1", "null"])
      for (const route of ["/accounts/any/unlink", "/auth/accounts/link/oidc"])
        expect((await ada.post(route, {}, origin)).status, `${route} from ${origin}`).toBe(403);
  });

  test("R-S12: nobody unlinks what is another user's, or learns that it exists", async () => {
    const [ada, mallory] = [await signedIn("ada@example.com"), await signedIn("mallory@example.com")];
    const { accounts } = (await (await ada.get("/auth/accounts")).json()) as { accounts: { id: string }[] };
    for (const id of [accounts[0]?.id, "none"])
      expect((await mallory.post(`/accounts/${id}/unlink`)).headers.get("location")).toBe("/dashboard");
    expect(await (await ada.get("/auth/accounts")).json()).toEqual({
      accounts: [expect.objectContaining(accounts[0])],
    });
  });

  test("whoever is signed out is asked to sign in first", async () => {
    const answer = await new HttpClient(app.url).post("/accounts/any/unlink");
    expect(answer.headers.get("location")).toBe("/login?callbackUrl=%2Fdashboard");
  });

  test.each([
    ["access_denied", "You did not agree over there, so nothing has changed here."],
    ["sign_in_expired", "That took too long, or it was done already. Please start again."],
    ["provider_rejected", "The other service could not confirm who you are. Please try again."],
    ["provider_unavailable", "We cannot reach the other service right now. Please try again in a moment."],
    ["account_link_required", "There is an account with this address already. Sign in to it, then link"],
    ["account_exists", "Somebody else signs in with that account already."],
    ["last_account", "This is the only way into your account. Add another one first."],
  ])("%s is a sentence on the sign-in page and in the section of the dashboard", async (code, sentence) => {
    const ada = await signedIn(`${code}@example.com`);
    const pages = [
      new HttpClient(app.url).get(`/login?error=${code}`),
      ada.get(`/dashboard?form=accounts&error=${code}`),
    ];
    for (const page of await Promise.all(pages)) {
      const text = await page.text();
      expect(text).toContain(`role="alert">${sentence}`);
      expect(text).not.toContain("aria-invalid");
    }
  });

  test("R-L1: what a provider says of an error never reaches a page", async () => {
    const browser = new HttpClient(app.url);
    const state = "t0aaaa-abcdefghijklmnopqrstuvwx.y";
    const hostile = new URLSearchParams({
      state,
      error: "<script>alert(1)</script>",
      error_description: "Call 555-1234",
    });
    const answer = await browser.get(`/auth/callback/oidc?${hostile}`);
    const location = answer.headers.get("location") ?? "";
    expect(location).toBe("/login?error=sign_in_expired");
    expect(await (await browser.get(location)).text()).not.toMatch(/alert\(1\)|555-1234/);
  });
});

describe("the provider's own pages", () => {
  test.each([
    ["GET", "/interaction/none"],
    ["POST", "/interaction/none/login"],
    ["POST", "/interaction/none/consent"],
    ["POST", "/interaction/none/cancel"],
    ["GET", "/auth/none"],
  ])("%s %s without a visit says so, as a page", async (method, path) => {
    const body = method === "POST" ? new URLSearchParams({ email: "ada@example.com" }) : null;
    const answer = await fetch(issuer + path, { method, body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("<h1>This page is over</h1>");
  });

  test.each(["", "ada", `${"a".repeat(200)}@example.com`])(
    "%j is nobody's address: the page says so",
    async (email) => {
      const { url, headers } = await visit();
      const body = new URLSearchParams({ email });
      const answer = await fetch(`${url}/login`, { method: "POST", headers, body, redirect: "manual" });
      expect(answer.status).toBe(303);
      const page = await fetch(new URL(answer.headers.get("location") ?? "", issuer), { headers });
      expect(await page.text()).toContain('role="alert">Something is missing or misspelt.');
    },
  );

  test("a request that no app is registered for leads nowhere", async () => {
    for (const query of ["client_id=none", "client_id=latchkey-example&redirect_uri=https://evil.example/"]) {
      const answer = await fetch(`${issuer}/auth?response_type=code&scope=openid&${query}`, { redirect: "manual" });
      expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
    }
  });
});
