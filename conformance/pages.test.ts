import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Devbox, startDevbox } from "@flyte-webhook/devbox";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, launchBrowser } from "./browser.ts";
import { openWatched } from "./watched-page.ts";
import { deploySleepTask, SLEEP_TASK, startWebhook, untilDone, type Webhook } from "./webhook.ts";

const executable = chromiumPath("what people see of a webhook and of the devbox");
/** Where pictures of the pages are kept; none are taken without it. */
const PICTURES = process.env.PICTURES;

describe.skipIf(executable === undefined)("pages", () => {
  const dir = mkdtempSync(join(tmpdir(), "pages-"));
  const scope = { project: "flytesnacks", domain: "development" };
  let devbox: Devbox;
  let webhook: Webhook;
  let browser: Browser;

  beforeAll(async () => {
    devbox = await startDevbox({ dir, port: 0 });
    const plane = { controlPlane: devbox.endpoint, apiKey: devbox.apiKey, ...scope };
    await deploySleepTask(plane);
    webhook = await startWebhook(plane);
    browser = await launchBrowser(executable as string);
  });

  afterAll(async () => {
    await browser?.close();
    await webhook?.close();
    await devbox?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const open = (url: string) => openWatched(browser, url);

  const picture = async (page: Page, name: string) =>
    PICTURES && page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });

  it("/docs shows every endpoint without the network, and calls one with the reader's key", async () => {
    const { page, problems } = await open(`${webhook.origin}/docs`);
    await page.locator(".opblock").first().waitFor();
    const shown = await page.locator(".opblock-summary-path").allTextContents();
    const { body: document } = await webhook.anonymous("GET /openapi.json");
    expect(shown.map((path) => path.replaceAll("\u200b", "").trim()).sort()).toEqual(
      Object.entries(document.paths)
        .flatMap(([path, methods]) => Object.keys(methods as object).map(() => path))
        .sort(),
    );
    await picture(page, "docs");

    await page.locator("button.authorize").click();
    await page.locator(".auth-container input").first().fill(devbox.apiKey);
    await page.locator(".auth-btn-wrapper button.authorize").first().click();
    await page.locator(".btn-done").first().click();
    const me = page.locator(".opblock", { has: page.locator('[data-path="/me"]') });
    await me.locator(".opblock-summary-control").click();
    await me.locator(".execute").click();
    const status = me.locator(".live-responses-table tbody .response-col_status");
    await status.waitFor();
    expect(await status.textContent()).toContain("200");
    await picture(page, "docs-me");
    expect(problems).toEqual([]);
    await page.close();
  });

  it("/redoc shows every endpoint without the network, and finds one", async () => {
    const { page, problems } = await open(`${webhook.origin}/redoc`);
    await page.locator("[data-section-id] h2").first().waitFor();
    const { body: document } = await webhook.anonymous("GET /openapi.json");
    const operations = Object.values(document.paths as Record<string, Record<string, { summary: string }>>).flatMap(
      (methods) => Object.values(methods).map(({ summary }) => summary),
    );
    const headings = await page.locator("[data-section-id^='tag/'] h2").allTextContents();
    for (const summary of operations) expect(headings.map((text) => text.trim())).toContain(summary);
    await picture(page, "redoc");

    await page.getByPlaceholder("Search").fill("HuggingFace");
    await page.locator("[data-role='search:results'] li").first().waitFor();
    expect(problems).toEqual([]);
    await page.close();
  });

  it("the devbox's page shows runs as they come and end, without being loaded again", async () => {
    const { page, problems } = await open(devbox.console);
    const started = await webhook.call(`POST /run-task/development/flytesnacks/${SLEEP_TASK}`, { duration: 1 });
    const { name } = started.body;
    const row = page.locator("tr", { has: page.getByText(name) });
    await row.waitFor();
    await untilDone(webhook, name);
    await row.getByText(/succeeded/i).waitFor();
    expect(await row.textContent()).toContain(SLEEP_TASK);
    await picture(page, "console");
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "console-dark");
    await page.goto(started.body.url);
    await page.getByRole("heading", { level: 1, name }).waitFor();
    expect(problems).toEqual([]);
    await page.close();
  });
});
