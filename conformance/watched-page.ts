import type { Browser, Page } from "playwright-core";

export interface WatchedPage {
  readonly page: Page;
  /** What went wrong on it: errors, failed requests, and those that would have left the machine, which are not made. */
  readonly problems: string[];
  /** Origins of all that it asked for. */
  readonly origins: Set<string>;
}

/** A page that reaches nothing but this machine. */
export async function openWatched(browser: Browser, url: string): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  const origins = new Set<string>();
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("requestfailed", (request) => {
    // A page that leaves a stream, or is left itself, has given up its requests.
    if (request.failure()?.errorText !== "net::ERR_ABORTED")
      problems.push(`${request.url()} ${request.failure()?.errorText}`);
  });
  await page.route("**/*", (route) => {
    const address = new URL(route.request().url());
    const local = address.hostname === "127.0.0.1" || address.protocol === "data:";
    if (address.protocol !== "data:") origins.add(address.origin);
    if (!local) problems.push(`asks for ${address}`);
    return local ? route.continue() : route.abort();
  });
  await page.goto(url);
  return { page, problems, origins };
}
