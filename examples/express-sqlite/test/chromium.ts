/** Chromium, driven as a user would: profiles that know nothing of each other, and a watch on what the console says. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

/** Where there is no browser its tests are skipped, by name; but not on a CI machine, which has to have one. */
export const skipsBrowser = !existsSync(CHROMIUM) && process.env.CI !== "true";

export const PASSWORD = "a long sentence of hers";

export function launchChromium(): Promise<Browser> {
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/** One person at one device. */
export class Device {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors of scripts, and what the browser refused: violations of the page's own policy are among them. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on("pageerror", ({ message }) => this.complaints.push(message));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, baseURL: string, options: BrowserContextOptions = {}): Promise<Device> {
    const context = await browser.newContext({ baseURL, ...options });
    return new Device(context, await context.newPage());
  }

  /** Another tab of the same browser. */
  async newTab(): Promise<Device> {
    return new Device(this.context, await this.context.newPage());
  }

  /** Path and query of the page that is shown. */
  get location(): string {
    const { pathname, search } = new URL(this.page.url());
    return pathname + search;
  }

  async signUp(email: string, name = "Ada"): Promise<void> {
    await this.page.goto("/signup");
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByLabel("E-mail address").fill(email);
    await this.page.getByLabel("Password").fill(PASSWORD);
    await this.press("Create account");
  }

  async signIn(email: string, password = PASSWORD): Promise<void> {
    await this.page.goto("/login");
    await this.fillSignIn(email, password);
  }

  /** Fills in the sign-in page that is shown already, and sends it. */
  async fillSignIn(email: string, password = PASSWORD): Promise<void> {
    await this.page.getByLabel("E-mail address").fill(email);
    await this.page.getByLabel("Password").fill(password);
    await this.press("Sign in");
  }

  /** Presses a button and waits for the page that it leads to. */
  async press(button: string): Promise<void> {
    const navigation = this.page.waitForEvent("load");
    await this.page.getByRole("button", { name: button, exact: true }).click();
    await navigation;
  }

  /** Follows a link and waits for the page that it leads to. */
  async follow(link: string): Promise<void> {
    const navigation = this.page.waitForEvent("load");
    await this.page.getByRole("link", { name: link, exact: true }).click();
    await navigation;
  }

  /** At the provider's page that is shown: says who it is and, where that is asked, lets the app know. */
  async identify(email: string): Promise<void> {
    await this.page.getByLabel("E-mail address").fill(email);
    await this.press("Continue");
    if ((await this.page.getByRole("button", { name: "Allow" }).count()) > 0) await this.press("Allow");
  }

  /** From the sign-in page by the provider, and back. */
  async signInWithProvider(email: string): Promise<void> {
    await this.page.goto("/login");
    await this.follow("Sign in with Example ID");
    await this.identify(email);
  }

  /** The ways to sign in that the dashboard lists. */
  ways(): Promise<string[]> {
    return this.page.locator(".way .name").allInnerTexts();
  }

  /** What a user sees who clicks on the name of the app, which leads to the dashboard. */
  async click(): Promise<string> {
    await this.page.getByRole("link", { name: "Latchkey" }).click();
    await this.page.waitForLoadState("load");
    return this.location;
  }

  /** The devices in the list, each as the text that is shown. */
  devices(): Promise<string[]> {
    return this.page.locator(".device .name").allInnerTexts();
  }
}
