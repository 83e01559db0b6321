/** The pages as HTTP answers: markup, headers, errors. */
import path from "node:path";
import { createAuth } from "@latchkey/core";
import { password } from "@latchkey/providers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createApp } from "../src/app.js";
import { openDatabase } from "../src/database.js";
import { cleanUp, type ExampleApp, STRATEGIES, sql, startApp, temporaryFolder } from "./example-app.js";
import { HttpClient, PASSWORD } from "./http-client.js";

const home = temporaryFolder();
let app: ExampleApp;
beforeAll(async () => {
  app = await startApp(home);
});
afterAll(cleanUp);

/** Every test has users of its own. */
let users = 0;
function newAddress(): string {
  users += 1;
  return `user-${users}@example.com`;
}

const anonymous = () => new HttpClient(app.url);

async function signedIn(email = newAddress(), name = ""): Promise<HttpClient> {
  const client = anonymous();
  await client.signUp(email, name);
  return client;
}

describe("what others typed is shown as text", () => {
  const HOSTILE = `<script>alert(1)</script>"'><img src=x>&amp;`;
  const ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x&gt;&amp;amp;";

  test("a name", async () => {
    const client = await signedIn(newAddress(), HOSTILE);
    const text = await (await client.get("/dashboard")).text();
    expect(text).toContain(`Hello, ${ESCAPED}`);
    expect(text).not.toContain("<script>alert");
  });

  test.each([
    ["/login", "callbackUrl"],
    ["/login", "error"],
    ["/signup", "callbackUrl"],
    ["/signup", "error"],
  ])("on %s the query's %s", async (page, parameter) => {
    const text = await (await anonymous().get(`${page}?${parameter}=${encodeURIComponent(`/${HOSTILE}`)}`)).text();
    expect(text).not.toMatch(/<script>alert|<img src=x/);
  });

  test("an address, which a place hook may turn into anything", async () => {
    const { text } = await dashboardWithPlace(() => HOSTILE);
    expect(text).toContain(`<span>${ESCAPED}</span>`);
  });
});

test("S0.48: the list says when each device was last active, and that moves when it is", async () => {
  const email = newAddress();
  const [ada, other] = [await signedIn(email), anonymous()];
  await other.post("/auth/signin/password", { email, password: PASSWORD });
  const { session } = await (await other.get("/auth/session")).json();
  const activity = async () => [
    ...(await (await ada.get("/dashboard")).text()).matchAll(/Active <time[^>]*>([^<]*)</g),
  ];
  const HOURS = 3_600_000;
  await sql(home, "UPDATE sessions SET updatedAt = updatedAt - ? WHERE id = ?", [3 * HOURS, session.id]);

  expect((await activity()).map(([, text]) => text)).toEqual(["3 hours ago", "just now"]);
  await other.get("/dashboard");
  expect((await activity()).map(([, text]) => text)).toEqual(["just now", "just now"]);
});

test("S1.87: the place of a device is what the app's hook says of the address that was kept at sign-in", async () => {
  const { text, asked } = await dashboardWithPlace(async (ipAddress) => `Somewhere near ${ipAddress}`);
  expect(asked).toEqual(["127.0.0.1"]);
  expect(text).toContain("Somewhere near 127.0.0.1");
});

/** An app in this process, as one with a hook of its own would make it. */
async function dashboardWithPlace(placeOf: (ipAddress: string | null) => string | Promise<string>) {
  const database = await openDatabase({ databaseUrl: null, databaseFile: path.join(temporaryFolder(), "app.db") });
  onTestFinished(() => database.close());
  const auth = createAuth({
    secret: "a secret of thirty-two characters or more",
    adapter: database.adapter,
    providers: [password()],
  });
  const asked: (string | null)[] = [];
  const app = createApp({
    auth,
    placeOf(ipAddress) {
      asked.push(ipAddress);
      return placeOf(ipAddress);
    },
  });
  const server = app.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const client = new HttpClient(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  await client.signUp("ada@example.com");
  return { text: await (await client.get("/dashboard")).text(), asked };
}

describe("headers", () => {
  test("every page forbids scripts and styles that are not its own files, framing, sniffing and storing", async () => {
    const open = await Promise.all(["/", "/login", "/signup", "/nowhere"].map((page) => anonymous().get(page)));
    for (const { headers } of [...open, await (await signedIn()).get("/dashboard")]) {
      const policy = headers.get("content-security-policy");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe-");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("same-origin");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(headers.has("x-powered-by")).toBe(false);
    }
  });

  test("R-C11: on plain http of this machine alone the cookie is not Secure; HttpOnly and SameSite=Lax stay", async () => {
    const [cookie = ""] = (await anonymous().signUp(newAddress())).headers.getSetCookie();
    expect(
      cookie
        .split("; ")
        .slice(1)
        .map((attribute) => attribute.split("=")[0])
        .sort(),
    ).toEqual(["HttpOnly", "Max-Age", "Path", "SameSite"]);
    expect(cookie).toContain("SameSite=Lax");
  });
});

describe("addresses that lead nowhere", () => {
  test.each([
    [404, "GET", "/nowhere"],
    [404, "GET", "/devices"],
    [400, "POST", "/devices/%E0%A4%A/sign-out"],
  ])("%i for %s %s, as a page", async (status, method, path) => {
    const response = await (method === "GET" ? anonymous().get(path) : anonymous().post(path));
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(/<h1>.+<\/h1>/);
  });

  test.each(["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])(
    "a sign-in page never sends anybody on to %s",
    async (callbackUrl) => {
      const page = `/login?${new URLSearchParams({ callbackUrl })}`;
      expect((await (await signedIn()).get(page)).headers.get("location")).toBe("/dashboard");
      const text = await (await anonymous().get(page)).text();
      expect(text).toContain('name="callbackUrl" value="/dashboard"');
    },
  );
});

describe("the guard of the dashboard", () => {
  test("sends a browser to the sign-in page, with the way back", async () => {
    const response = await anonymous().get("/dashboard?tab=1");
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/login?callbackUrl=%2Fdashboard%3Ftab%3D1");
  });

  test("answers a program with 401 in JSON", async () => {
    const response = await anonymous().get("/dashboard", { Accept: "application/json" });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ error: "Unauthorized" });
  });

  test("leaves the JSON routes beside the pages to programs", async () => {
    const email = newAddress();
    const client = await signedIn(email, "Ada");
    const { session } = await (await client.get("/auth/session")).json();
    expect(session.user).toMatchObject({ email, name: "Ada" });
    const { sessions } = await (await client.get("/auth/sessions")).json();
    expect(sessions).toMatchObject([{ id: session.id, current: true }]);
  });
});

test("R-A8: an unknown address and a wrong password get the same answer and the same page", async () => {
  const known = newAddress();
  await signedIn(known);
  const [wrong, unknown] = await Promise.all(
    [known, newAddress()].map(async (email) => {
      const browser = anonymous();
      const response = await browser.post("/auth/signin/password", { email, password: "not her sentence" });
      const headers = [...response.headers].filter(([name]) => name !== "date");
      const page = await (await browser.get(response.headers.get("location") ?? "")).text();
      return { status: response.status, headers, page };
    }),
  );
  expect(wrong).toEqual(unknown);
  expect(wrong?.status).toBe(303);
  expect(wrong?.page).toContain("The e-mail address or the password is not right.");
});

describe("signing out another device without scripts", () => {
  async function twoDevices() {
    const email = newAddress();
    const [ada, other] = [await signedIn(email), anonymous()];
    await other.post("/auth/signin/password", { email, password: PASSWORD });
    const { session } = await (await other.get("/auth/session")).json();
    return { ada, other, path: `/devices/${session.id}/sign-out` };
  }

  test("S0.48: ends the session with that id", async () => {
    const { ada, other, path } = await twoDevices();
    expect((await ada.post(path)).headers.get("location")).toBe("/dashboard?done=device");
    expect((await other.get("/dashboard")).status).toBe(302);
    expect((await ada.get("/dashboard")).status).toBe(200);
  });

  test("R-C12: refuses a form of another origin, or of none", async () => {
    const { ada, other, path } = await twoDevices();
    for (const origin of ["http://localhost:1", "https://evil.example", "null", ""])
      expect((await ada.post(path, {}, origin)).status).toBe(403);
    expect((await other.get("/dashboard")).status).toBe(200);
  });

  test("R-S12: does not end somebody else's session, and does not say that it exists", async () => {
    const { other, path } = await twoDevices();
    const mallory = await signedIn();
    const [taken, free] = [await mallory.post(path), await mallory.post("/devices/none/sign-out")];
    expect([taken.status, taken.headers.get("location")]).toEqual([303, "/dashboard"]);
    expect([free.status, free.headers.get("location")]).toEqual([303, "/dashboard"]);
    expect((await other.get("/dashboard")).status).toBe(200);
  });

  test("asks who is signed out to sign in first", async () => {
    expect((await anonymous().post("/devices/any/sign-out")).headers.get("location")).toBe(
      "/login?callbackUrl=%2Fdashboard",
    );
  });
});

describe.each(STRATEGIES)("R-L4: while the database is gone (%s)", (strategy) => {
  const folder = temporaryFolder();
  let url: string;
  beforeAll(async () => {
    url = (await startApp(folder, { args: ["--strategy", strategy] })).url;
  });

  test("pages answer 503 and touch no cookie, and afterwards everybody is still signed in", async () => {
    const ada = new HttpClient(url);
    await ada.signUp(newAddress());
    await sql(folder, "ALTER TABLE sessions RENAME TO sessions_elsewhere");

    for (const page of ["/dashboard", "/", "/login"]) {
      const response = await ada.get(page);
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(await response.text()).toContain("<h1>Back in a moment</h1>");
    }
    expect((await new HttpClient(url).get("/login")).status).toBe(200);

    await sql(folder, "ALTER TABLE sessions_elsewhere RENAME TO sessions");
    expect((await ada.get("/dashboard")).status).toBe(200);
  });

  test("a sign-in comes back to its page, which says that it is not the user's fault", async () => {
    const email = newAddress();
    await new HttpClient(url).signUp(email);
    await sql(folder, "ALTER TABLE users RENAME TO users_elsewhere");
    const response = await new HttpClient(url).post("/auth/signin/password", { email, password: PASSWORD });
    expect(response.headers.get("location")).toBe("/login?error=unavailable");
    const text = await (await new HttpClient(url).get("/login?error=unavailable")).text();
    expect(text).toContain("We cannot reach our database right now.");
    expect(text).not.toContain("aria-invalid");
  });
});
