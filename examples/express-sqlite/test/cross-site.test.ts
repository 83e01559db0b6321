/** Pages of others that send requests in the user's name (CSRF), in Chromium; and a restart, which signs nobody out. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Device, launchChromium, PASSWORD, skipsBrowser } from "./chromium.js";
import { cleanUp, STRATEGIES, startApp, temporaryFolder } from "./example-app.js";
import { HttpClient } from "./http-client.js";

let browser: Browser;
beforeAll(async () => {
  if (!skipsBrowser) browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  cleanUp();
});

/** A page on `host` that posts a form as soon as it is open. @returns its address */
async function hostilePage(host: string, action: string, fields: Record<string, string>): Promise<string> {
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
  const page = `<form method="post" action="${action}">${inputs.join("")}</form><script>document.forms[0].submit()</script>`;
  const server = createServer((_req, res) => void res.setHeader("Content-Type", "text/html").end(page));
  onTestFinished(() => void server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://${host}:${(server.address() as AddressInfo).port}/`;
}

describe.skipIf(skipsBrowser)("in Chromium, a form of another page", () => {
  const FORMS: [route: string, fields: Record<string, string>][] = [
    ["/auth/signout", {}],
    ["/auth/sessions/revoke-others", {}],
    ["/auth/signin/password", { email: "mallory@example.com", password: PASSWORD }],
    ["/auth/password/change", { currentPassword: PASSWORD, newPassword: "a sentence of Mallory's" }],
    ["/devices/any/sign-out", {}],
  ];

  test.each([
    // page on      cookie   why
    ["localhost", false, "another site: SameSite=Lax keeps the cookie back"],
    ["127.0.0.1", true, "another port is the same site: only the origin check refuses"],
  ])("S0.31, R-C12: on %s is refused, cookie sent: %s (%s)", async (host, sendsCookie) => {
    const { url } = await startApp(temporaryFolder());
    const [ada, elsewhere] = [await Device.open(browser, url), new HttpClient(url)];
    onTestFinished(() => ada.context.close());
    await new HttpClient(url).signUp("mallory@example.com");
    await ada.signUp("ada@example.com");
    await elsewhere.post("/auth/signin/password", { email: "ada@example.com", password: PASSWORD });
    const cookies = await ada.context.cookies();

    for (const [route, fields] of FORMS) {
      const answered = ada.page.waitForResponse(url + route);
      await ada.page.goto(await hostilePage(host, url + route, fields));
      const response = await answered;
      expect(response.status(), route).toBe(403);
      expect("cookie" in (await response.request().allHeaders()), route).toBe(sendsCookie);
    }

    expect(await ada.context.cookies()).toEqual(cookies);
    await ada.page.goto("/dashboard");
    expect(await ada.page.getByText("ada@example.com").count()).toBe(1);
    expect(await ada.devices()).toHaveLength(2);
    expect((await elsewhere.get("/dashboard")).status).toBe(200);
  });
});

test.skipIf(skipsBrowser).each(STRATEGIES)(
  "in Chromium, strategy %s: a restart of the app signs nobody out",
  async (strategy) => {
    const folder = temporaryFolder();
    const options = { args: ["--strategy", strategy] };
    const before = await startApp(folder, options);
    const ada = await Device.open(browser, before.url);
    onTestFinished(() => ada.context.close());
    await ada.signUp("ada@example.com");
    expect((await before.stop()).code).toBe(0);

    // The same port, as a restart in the field has; it is free again once the process is gone.
    await startApp(folder, { ...options, env: { PORT: new URL(before.url).port } });
    expect(await ada.click()).toBe("/dashboard");
    expect(await ada.devices()).toHaveLength(1);
  },
);
