/** The example in Chromium, with both strategies: what its users do, and what others may not do to them. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Device, launchChromium, PASSWORD, skipsBrowser } from "./chromium.js";
import { cleanUp, STRATEGIES, sql, startApp, temporaryFolder } from "./example-app.js";

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

describe.skipIf(skipsBrowser).each(STRATEGIES)("in Chromium, strategy %s", (strategy) => {
  const folder = temporaryFolder();
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    browser = await launchChromium();
    url = (await startApp(folder, { args: ["--strategy", strategy] })).url;
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
  afterEach(async () => {
    const devices = opened.splice(0);
    await Promise.all(devices.map(({ context }) => context.close()));
    expect(devices.flatMap(({ complaints }) => complaints)).toEqual([]);
  });

  /** Ada at her desk and on her phone. */
  async function twoDevices(email: string): Promise<[desk: Device, phone: Device]> {
    const [desk, phone] = [await device(), await device({ userAgent: PHONE })];
    await desk.signUp(email);
    await phone.signIn(email);
    await desk.page.reload();
    return [desk, phone];
  }

  test("S0.48: A sees both devices and revokes B; B's next click lands on the sign-in page and, signed in, back where it was", async () => {
    const [desk, phone] = await twoDevices("two@example.com");
    expect(await desk.devices()).toEqual(["Safari on iPhone", expect.stringMatching(/^Chrome on .*This device$/s)]);
    expect(await phone.devices()).toEqual([
      expect.stringMatching(/^Safari on iPhone.*This device$/s),
      expect.any(String),
    ]);

    await desk.page.getByRole("button", { name: "Sign out Safari on iPhone" }).click();
    await desk.page.locator(".device", { hasText: "Safari on iPhone" }).waitFor({ state: "detached" });
    expect(await desk.page.locator("#devices-status").textContent()).toBe("Safari on iPhone is signed out.");
    expect(await desk.page.getByRole("button", { name: "Sign out everywhere else" }).count()).toBe(0);

    expect(await phone.click()).toBe("/login?callbackUrl=%2Fdashboard");
    await phone.fillSignIn("two@example.com");
    expect(phone.location).toBe("/dashboard");
    expect(await desk.click()).toBe("/dashboard");
  });

  test("S0.30: document.cookie cannot see the session", async () => {
    const ada = await device();
    await ada.signUp("cookie@example.com");
    expect((await ada.context.cookies()).map(({ name, httpOnly }) => ({ name, httpOnly }))).toEqual([
      { name: "auth-session", httpOnly: true },
    ]);
    expect(await ada.page.evaluate("document.cookie")).toBe("");
  });

  test("a row that is deleted by SQL signs out on the next click", async () => {
    const ada = await device();
    await ada.signUp("deleted@example.com");
    const { rowsAffected } = await sql(
      folder,
      "DELETE FROM sessions WHERE userId = (SELECT id FROM users WHERE email = ?)",
      ["deleted@example.com"],
    );
    expect(rowsAffected).toBe(1);
    expect(await ada.click()).toBe("/login?callbackUrl=%2Fdashboard");
  });

  test("sign-out leaves the cookie jar empty, and Back does not bring the dashboard back", async () => {
    const ada = await device();
    await ada.signUp("out@example.com");
    await ada.press("Sign out");
    expect(ada.location).toBe("/login?done=signed-out");
    expect(await ada.page.getByRole("status").textContent()).toBe("You are signed out.");
    expect(await ada.context.cookies()).toEqual([]);
    await ada.page.goBack();
    expect(ada.location).toBe("/login?callbackUrl=%2Fdashboard");
  });

  test("signing out everywhere else leaves this device alone", async () => {
    const [desk, phone] = await twoDevices("others@example.com");
    await desk.press("Sign out everywhere else");
    expect(await desk.page.getByRole("status").first().textContent()).toBe("You are signed out everywhere else.");
    expect(await desk.devices()).toHaveLength(1);
    expect(await phone.click()).toBe("/login?callbackUrl=%2Fdashboard");
  });

  test("a new password signs the other device out, and the old one opens nothing", async () => {
    const [desk, phone] = await twoDevices("change@example.com");
    const fillIn = async (current: string) => {
      await desk.page.getByLabel("Current password").fill(current);
      await desk.page.getByLabel("New password").fill("another sentence of hers");
      await desk.press("Change password");
    };
    await fillIn("not her sentence");
    expect(await desk.page.getByRole("alert").textContent()).toBe("The current password is not right.");
    expect(await focused(desk)).toBe("currentPassword");
    expect(await phone.click()).toBe("/dashboard");

    await fillIn(PASSWORD);
    expect(desk.location).toBe("/dashboard?done=password");
    expect(await phone.click()).toBe("/login?callbackUrl=%2Fdashboard");
    await phone.fillSignIn("change@example.com", PASSWORD);
    expect(await phone.page.getByRole("alert").textContent()).toMatch(/^The e-mail address or the password/);
    await phone.fillSignIn("change@example.com", "another sentence of hers");
    expect(phone.location).toBe("/dashboard");
  });

  test("R-A8: a wrong password and an unknown address read the same; what was typed stays, but for the password", async () => {
    const ada = await device();
    await ada.signUp("known@example.com");
    await ada.press("Sign out");
    const answers = [];
    for (const email of ["known@example.com", "unknown@example.com"]) {
      await ada.signIn(email, "not her sentence");
      expect(await ada.page.getByLabel("E-mail address").inputValue()).toBe(email);
      expect(await ada.page.getByLabel("Password").inputValue()).toBe("");
      expect(await focused(ada)).toBe("password");
      answers.push([ada.location, await ada.page.title(), await ada.page.getByRole("alert").textContent()]);
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  test("the keyboard alone signs up, revokes a device and signs out", async () => {
    const desk = await device();
    const keys = desk.page.keyboard;
    await desk.page.goto("/");
    await tabTo(desk, "Create an account");
    await keys.press("Enter");
    await desk.page.waitForURL("**/signup");
    for (const text of ["Ada", "keys@example.com", PASSWORD]) {
      await keys.type(text);
      await keys.press("Tab");
    }
    await keys.press("Enter");
    await desk.page.waitForURL("**/dashboard");
    const phone = await device({ userAgent: PHONE });
    await phone.signIn("keys@example.com");

    await desk.page.reload();
    await tabTo(desk, "Sign out Safari on iPhone");
    await keys.press("Enter");
    await desk.page.getByText("Safari on iPhone is signed out.").waitFor({ state: "attached" });
    expect(await focused(desk)).toBe("devices-heading");
    expect(await phone.click()).toBe("/login?callbackUrl=%2Fdashboard");
    await desk.page.reload();
    await tabTo(desk, "Sign out");
    await keys.press("Enter");
    await desk.page.waitForURL("**/login?done=signed-out");
  });

  test("everything works without scripts", async () => {
    const [desk, phone] = [await device({ javaScriptEnabled: false }), await device({ userAgent: PHONE })];
    await desk.signUp("plain@example.com");
    await phone.signIn("plain@example.com");
    await desk.page.reload();
    await desk.press("Sign out Safari on iPhone");
    expect(desk.location).toBe("/dashboard?done=device");
    expect(await phone.click()).toBe("/login?callbackUrl=%2Fdashboard");
    await desk.press("Sign out");
    expect(await desk.context.cookies()).toEqual([]);
  });

  test("a guarded page is where one arrives after signing in, or up, for its sake", async () => {
    const ada = await device();
    await ada.page.goto("/dashboard?from=a-letter");
    await ada.page.getByRole("link", { name: "Create an account" }).click();
    await ada.page.waitForURL("**/signup?*");
    await ada.page.getByLabel("E-mail address").fill("letter@example.com");
    await ada.page.getByLabel("Password").fill("password1");
    await ada.press("Create account");
    expect(await ada.page.getByRole("alert").textContent()).toMatch(/^Choose another password/);
    await ada.page.getByLabel("Password").fill(PASSWORD);
    await ada.press("Create account");
    expect(ada.location).toBe("/dashboard?from=a-letter");
  });

  test("a session that was renewed stays in use: its row and its cookie last longer", async () => {
    const ada = await device();
    await ada.signUp("renewed@example.com");
    const row = () =>
      sql(folder, `SELECT s.* FROM sessions s JOIN users u ON u.id = s.userId WHERE u.email = ?`, [
        "renewed@example.com",
      ]);
    // Two minutes pass: the app renews once a minute.
    await sql(folder, "UPDATE sessions SET updatedAt = updatedAt - 120000, expires = expires - 120000 WHERE id = ?", [
      (await row()).rows[0]?.id as string,
    ]);
    const before = (await row()).rows[0];
    const answer = await ada.page.reload();
    const after = (await row()).rows[0];

    expect(after?.id).toBe(before?.id);
    expect(Number(after?.expires)).toBeGreaterThan(Number(before?.expires));
    // Thirty days; a second less where one passes between the renewal and the cookie.
    expect(await answer?.headerValue("set-cookie")).toMatch(/^auth-session=.*; Max-Age=(2592000|2591999);/);
    for (let reloads = 0; reloads < 3; reloads++) await ada.page.reload();
    expect(ada.location).toBe("/dashboard");
    expect(await ada.devices()).toHaveLength(1);
  });
});

/** Id of the element that has the focus. */
function focused({ page }: Device): Promise<string> {
  return page.evaluate("document.activeElement.id");
}

/** Presses Tab until the element with this name has the focus, and sees that the focus shows. */
async function tabTo({ page }: Device, name: string): Promise<void> {
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press("Tab");
    const [text, outline] = await page.evaluate<[string, string]>(
      "[document.activeElement.textContent.trim(), getComputedStyle(document.activeElement).outlineStyle]",
    );
    expect(outline, text).toBe("solid");
    if (text === name) return;
  }
  throw new Error(`no Tab leads to ${name}`);
}
