/** Signing in with the provider beside the app, in Chromium with clicks, with both strategies. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Device, launchChromium, PASSWORD, skipsBrowser } from "./chromium.js";
import { cleanUp, STRATEGIES, startApp, temporaryFolder } from "./example-app.js";

describe.skipIf(skipsBrowser).each(STRATEGIES)("in Chromium, strategy %s", (strategy) => {
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    browser = await launchChromium();
    url = (await startApp(temporaryFolder(), { args: ["--strategy", strategy, "--oidc"] })).url;
  });
  afterAll(async () => {
    await browser?.close();
    cleanUp();
  });

  const opened: Device[] = [];
  async function device(options = {}): Promise<Device> {
    const device = await Device.open(browser, url, options);
    opened.push(device);
    return device;
  }
  async function tabOf(other: Device): Promise<Device> {
    const tab = await other.newTab();
    opened.push(tab);
    return tab;
  }
  afterEach(async () => {
    const devices = opened.splice(0);
    await Promise.all(devices.map(({ context }) => context.close()));
    expect(devices.flatMap(({ complaints }) => complaints)).toEqual([]);
  });

  async function userOf({ page }: Device): Promise<{ id: string; email: string }> {
    const { session } = (await (await page.request.get("/auth/session")).json()) as {
      session: { user: { id: string; email: string } };
    };
    return session.user;
  }

  const alertOf = ({ page }: Device) => page.getByRole("alert").textContent();
  const statusOf = ({ page }: Device) => page.getByRole("status").first().textContent();

  test("S0.34: by the provider to the page that was asked for, as a new user", async () => {
    const ada = await device();
    await ada.page.goto("/dashboard?from=a-letter");
    await ada.follow("Sign in with Example ID");
    expect(new URL(ada.page.url()).origin).not.toBe(url);
    expect(await ada.page.getByRole("heading", { level: 1 }).textContent()).toBe("Sign in to Example\u00a0ID");
    await ada.page.getByLabel("E-mail address").fill("ada.lovelace@example.com");
    await ada.press("Continue");
    expect(await ada.page.getByText("Ada Lovelace").count()).toBe(1);
    await ada.press("Allow");

    expect(ada.location).toBe("/dashboard?from=a-letter");
    expect(await ada.page.getByRole("heading", { level: 1 }).textContent()).toBe("Hello, Ada Lovelace");
    expect(await ada.ways()).toEqual(["Example ID"]);
    expect(await ada.page.getByText("This is the only way into your account.").count()).toBe(1);
    expect(await ada.page.getByRole("button", { name: "Unlink Example ID" }).count()).toBe(0);
    expect(await ada.page.getByLabel("Current password").count()).toBe(0);
  });

  test("the same person is the same user, in another browser too, and is asked for consent once", async () => {
    const [desk, phone] = [await device(), await device()];
    await desk.signInWithProvider("grace@example.com");
    const user = await userOf(desk);
    await desk.press("Sign out");
    await desk.follow("Sign in with Example ID");
    expect(await desk.page.getByLabel("E-mail address").inputValue()).toBe("grace@example.com");
    await desk.press("Continue");
    expect(desk.location).toBe("/dashboard");
    await phone.signInWithProvider("grace@example.com");
    expect([await userOf(desk), await userOf(phone)]).toEqual([user, user]);
    expect(await phone.devices()).toHaveLength(2);
  });

  test.each(["Deny", "Cancel"])(
    "%s: back on the sign-in page, which says so, and the next attempt works",
    async (button) => {
      const ada = await device();
      const email = `${button}@example.com`.toLowerCase();
      await ada.page.goto("/dashboard?from=a-letter");
      await ada.follow("Sign in with Example ID");
      if (button === "Deny") {
        await ada.page.getByLabel("E-mail address").fill(email);
        await ada.press("Continue");
      }
      await ada.press(button);
      expect(ada.location).toBe("/login?error=access_denied&callbackUrl=%2Fdashboard%3Ffrom%3Da-letter");
      expect(await alertOf(ada)).toBe("You did not agree over there, so nothing has changed here.");
      expect((await ada.context.cookies()).filter(({ name }) => /^auth-/.test(name))).toEqual([]);
      await ada.follow("Sign in with Example ID");
      await ada.identify(email);
      expect(ada.location).toBe("/dashboard?from=a-letter");
    },
  );

  test("R-O7: an address that has a password here is not taken over; its owner links it, and both open one account", async () => {
    const [ada, phone] = [await device(), await device()];
    await ada.signUp("both@example.com");
    const user = await userOf(ada);
    await phone.signInWithProvider("both@example.com");
    expect(phone.location).toBe("/login?error=account_link_required&callbackUrl=%2Fdashboard");
    expect(await alertOf(phone)).toMatch(/^There is an account with this address already\. Sign in to it, then link/);

    await phone.fillSignIn("both@example.com");
    await phone.press("Link Example ID");
    await phone.identify("both@example.com");
    expect(phone.location).toBe("/dashboard?done=linked");
    expect(await statusOf(phone)).toBe("Linked: from now on you can sign in with it.");
    expect(await phone.ways()).toEqual(["Password", "Example ID"]);
    await phone.press("Sign out");
    await phone.signInWithProvider("both@example.com");
    expect(await userOf(phone)).toEqual(user);
    expect(await ada.click()).toBe("/dashboard");
  });

  test("linking that is refused at the provider comes back to its section, and the session goes on", async () => {
    const ada = await device();
    await ada.signUp("refused@example.com");
    await ada.press("Link Example ID");
    await ada.press("Cancel");
    expect(ada.location).toBe("/dashboard?form=accounts&error=access_denied&callbackUrl=%2Fdashboard%3Fdone%3Dlinked");
    const section = ada.page.getByRole("region", { name: "Ways to sign in" });
    expect(await section.getByRole("alert").textContent()).toMatch(/^You did not agree/);
    expect(await ada.ways()).toEqual(["Password"]);
  });

  test("an account that is somebody else's is not linked a second time", async () => {
    const [ada, bob] = [await device(), await device()];
    await ada.signInWithProvider("taken@example.com");
    await bob.signUp("bob@example.com", "Bob");
    await bob.press("Link Example ID");
    await bob.identify("taken@example.com");
    expect(await alertOf(bob)).toBe("Somebody else signs in with that account already.");
    expect([await bob.ways(), await ada.ways()]).toEqual([["Password"], ["Example ID"]]);
  });

  test("unlinking takes a way in away; the last one stays, whatever another tab still shows", async () => {
    const ada = await device();
    await ada.signUp("unlink@example.com");
    await ada.press("Link Example ID");
    await ada.identify("unlink@example.com");
    const tab = await tabOf(ada);
    await tab.page.goto("/dashboard");

    await ada.press("Unlink Password");
    expect(ada.location).toBe("/dashboard?done=unlinked");
    expect(await statusOf(ada)).toBe("Unlinked: nobody can sign in with it any more.");
    expect(await ada.ways()).toEqual(["Example ID"]);
    await tab.press("Unlink Example ID");
    expect(await alertOf(tab)).toBe("This is the only way into your account. Add another one first.");
    expect(await tab.ways()).toEqual(["Example ID"]);

    await ada.press("Sign out");
    await ada.fillSignIn("unlink@example.com", PASSWORD);
    expect(await alertOf(ada)).toMatch(/^The e-mail address or the password/);
    await ada.signInWithProvider("unlink@example.com");
    expect(ada.location).toBe("/dashboard");
  });

  test("R-O1: many tabs at once: each ends where it began, in whatever order", async () => {
    const first = await device();
    const tabs = [first, await tabOf(first), await tabOf(first)];
    for (const [index, tab] of tabs.entries()) {
      await tab.page.goto(`/login?callbackUrl=/dashboard?tab=${index}`);
      await tab.follow("Sign in with Example ID");
    }
    for (const [index, tab] of [...tabs.entries()].reverse()) {
      await tab.identify("tabs@example.com");
      expect(tab.location).toBe(`/dashboard?tab=${index}`);
    }
    for (const tab of tabs) expect((await userOf(tab)).email).toBe("tabs@example.com");
    expect(await first.devices()).toHaveLength(1);
    // The browser has no use for what the attempts kept any more.
    const cookies = (await first.context.cookies()).filter(({ name }) => name.startsWith("auth-"));
    expect(cookies.map(({ name }) => name)).toEqual(["auth-session"]);
  });

  test("Back and Forward over the provider's pages sign in nobody a second time", async () => {
    const ada = await device();
    await ada.signInWithProvider("back@example.com");
    const session = (await ada.context.cookies()).find(({ name }) => name === "auth-session")?.value;
    await ada.page.goBack();
    expect(await ada.page.getByRole("heading", { level: 1 }).textContent()).toBe("This page is over");
    expect(ada.complaints.splice(0)).toEqual([expect.stringContaining("400")]);
    await ada.page.goForward();
    expect(ada.location).toBe("/dashboard");
    expect((await ada.context.cookies()).find(({ name }) => name === "auth-session")?.value).toBe(session);
  });

  test("one browser can be another person at the provider, and is another user then", async () => {
    const ada = await device();
    await ada.signInWithProvider("one@example.com");
    const one = await userOf(ada);
    await ada.press("Sign out");
    await ada.page.goto("/login");
    await ada.follow("Sign in with Example ID");
    await ada.page.getByLabel("E-mail address").fill("other@example.com");
    await ada.page.getByRole("button", { name: "Continue" }).click();
    await ada.page.getByRole("button", { name: "Allow" }).click();
    await ada.page.waitForURL("**/dashboard");
    expect(await userOf(ada)).toMatchObject({ email: "other@example.com" });
    expect((await userOf(ada)).id).not.toBe(one.id);
  });

  test("everything works without scripts", async () => {
    const ada = await device({ javaScriptEnabled: false });
    await ada.signUp("plain@example.com");
    await ada.press("Link Example ID");
    await ada.identify("plain@example.com");
    expect(await ada.ways()).toEqual(["Password", "Example ID"]);
    await ada.press("Sign out");
    await ada.signInWithProvider("plain@example.com");
    await ada.press("Unlink Example ID");
    expect(await ada.ways()).toEqual(["Password"]);
  });
});
