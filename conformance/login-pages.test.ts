/** The pages of a login in a real browser, whose rules for forms, redirects and policies are the ones that count. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createConnection, loginWith, memoryTokenStore, Users } from "@flyte-webhook/client";
import { type Devbox, startDevbox } from "@flyte-webhook/devbox";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, launchBrowser } from "./browser.ts";
import { LoginBrowser } from "./browser-of-login.ts";

const executable = chromiumPath("the pages of a login");
/** Where pictures of the pages are kept; none are taken without it. */
const PICTURES = process.env.PICTURES;

// The port that a tool waits at is the same for all of them: what logs in by PKCE is in this file, one after the other.
describe("PKCE", () => {
  const dir = mkdtempSync(join(tmpdir(), "login-pkce-"));
  let devbox: Devbox;

  beforeAll(async () => {
    devbox = await startDevbox({ dir, port: 0, auth: "oauth" });
  });

  afterAll(async () => {
    await devbox?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function login(endpoint: string, answer: string) {
    const browser = new LoginBrowser(readFileSync(devbox.caFile, "utf8"));
    let policy: unknown;
    const open = async (address: string) => {
      const page = await browser.open(address);
      policy = page.headers["content-security-policy"];
      expect(page.html).toContain("asks to act as");
      void browser.press(page, { answer });
      return true;
    };
    const prompt = { tell: () => {}, open };
    const auth = loginWith({ type: "Pkce", store: memoryTokenStore(), prompt });
    const connection = createConnection({ endpoint, ca: readFileSync(devbox.caFile, "utf8"), auth });
    try {
      const { subject } = await new Users(connection).me();
      return { subject, policy };
    } finally {
      await connection.close();
    }
  }

  it.each(["tlsEndpoint", "endpoint"] as const)("one click, and the user is known: %s", async (which) => {
    const { subject, policy } = await login(devbox[which], "yes");
    expect(subject).toBe(userInfo().username);
    expect(policy).toMatch(/default-src 'none'.*script-src;.*form-action 'self' http:\/\/localhost:53593/);
  });

  it("who refuses is not logged in", async () => {
    await expect(login(devbox.tlsEndpoint, "no")).rejects.toMatchObject({
      code: "unauthenticated",
      message: "the login was refused (access_denied)",
    });
  });
});

describe.skipIf(executable === undefined)("logging in", () => {
  const dir = mkdtempSync(join(tmpdir(), "login-pages-"));
  let devbox: Devbox;
  let browser: Browser;

  beforeAll(async () => {
    devbox = await startDevbox({ dir, port: 0, auth: "oauth" });
    browser = await launchBrowser(executable as string);
  });

  afterAll(async () => {
    await browser?.close();
    await devbox?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const openPage = async (url: string) => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const problems: string[] = [];
    // The tool is gone before the browser asks it for an icon.
    const icon = /^http:\/\/localhost:53593\/favicon.ico /;
    page.on("console", (message) => {
      const text = `${message.location().url} ${message.text()}`;
      if (message.type() === "error" && !icon.test(text)) problems.push(text);
    });
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(url);
    return { page, problems, close: () => context.close() };
  };

  const picture = async (page: Awaited<ReturnType<typeof openPage>>["page"], name: string) =>
    PICTURES && page.screenshot({ path: join(PICTURES, `login-${name}.png`) });

  async function login(type: "Pkce" | "DeviceFlow", endpoint: string, person: (url: string) => Promise<unknown>) {
    let acted: Promise<unknown> = Promise.resolve();
    const prompt = {
      tell: (text: string) => {
        if (type === "DeviceFlow") acted = person(/https?:\S+/.exec(text)?.[0] ?? "");
      },
      open: async (url: string) => {
        acted = person(url);
        return true;
      },
    };
    const auth = loginWith({ type, store: memoryTokenStore(), prompt });
    const connection = createConnection({ endpoint, ca: readFileSync(devbox.caFile, "utf8"), auth });
    try {
      const { subject } = await new Users(connection).me();
      await acted;
      return subject;
    } finally {
      await connection.close();
    }
  }

  it.each(["http", "https"])("by one click, and back to the tool, over %s", async (scheme) => {
    const endpoint = scheme === "http" ? devbox.endpoint : devbox.tlsEndpoint;
    const subject = await login("Pkce", endpoint, async (url) => {
      const { page, problems, close } = await openPage(url);
      await picture(page, "consent");
      await page.getByRole("button", { name: "Allow" }).click();
      await page.getByText("You are logged in").waitFor();
      expect(problems).toEqual([]);
      await close();
    });
    expect(subject).toBe(userInfo().username);
  });

  it("by a device's code", async () => {
    const subject = await login("DeviceFlow", devbox.tlsEndpoint, async (url) => {
      const { page, problems, close } = await openPage(url);
      await page.getByText("Log this tool in?").waitFor();
      await picture(page, "device");
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByText("You are logged in").waitFor();
      expect(problems).toEqual([]);
      await close();
    });
    expect(subject).toBe(userInfo().username);
  }, 20_000);

  it("by a code that is typed; a wrong one is told", async () => {
    const { page, close } = await openPage(`${devbox.tlsEndpoint}/oauth/device`);
    await page.getByRole("textbox").fill("AAAA-BBBB");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("That code is not one that is waiting").waitFor();
    await picture(page, "code");
    await close();
  });

  it("to the console", async () => {
    const { page, close } = await openPage(devbox.console);
    await picture(page, "console");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL(devbox.console);
    const status = await page.evaluate(() =>
      fetch("/flyteidl2.auth.IdentityService/UserInfo", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      }).then((answer) => answer.json()),
    );
    expect(status).toEqual({ subject: userInfo().username });
    await close();
  });
});
