import { memoryAdapter } from "@latchkey/core/memory";
import { type ProviderUnderTest, providerSuite, type TestBrowser } from "@latchkey/core/testkit";
import { password } from "../src/index.js";
import { openApp, PASSWORD } from "./app.js";

const inputs = {
  "POST /signup": { email: "new@example.com", password: PASSWORD },
  "POST /signin/password": { email: "ann@example.com", password: PASSWORD },
  "POST /password/change": { currentPassword: PASSWORD, newPassword: "staple the battery" },
};
const secrets = [PASSWORD, "not the right one", "staple the battery"];

async function withUser(): Promise<Pick<ProviderUnderTest, "provider" | "adapter">> {
  const { adapter, signUp } = openApp({ adapter: memoryAdapter() });
  await signUp();
  return { provider: password(), adapter };
}

providerSuite("password, signing in", async () => ({
  ...(await withUser()),
  inputs,
  secrets,
  signIn: (browser) => browser.post("/signin/password", inputs["POST /signin/password"]),
  failSignIn: (browser) =>
    browser.post("/signin/password", { email: "ann@example.com", password: "not the right one" }),
}));

providerSuite("password, signing up", async () => {
  let people = 0;
  const signUp = (browser: TestBrowser, email: string) => browser.post("/signup", { email, password: PASSWORD });
  return {
    ...(await withUser()),
    inputs,
    secrets,
    signIn: (browser) => signUp(browser, `person${people++}@example.com`),
    failSignIn: (browser) => signUp(browser, "ann@example.com"),
  };
});
