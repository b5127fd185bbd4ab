import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Devbox, registerTasks, startDevbox } from "@flyte-webhook/devbox";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, launchBrowser } from "./browser.ts";
import { openWatched, type WatchedPage } from "./watched-page.ts";

const executable = chromiumPath("the devbox's console");
/** Where pictures of the console are kept; none are taken without it. */
const PICTURES = process.env.PICTURES;
const TASKS = fileURLToPath(new URL("../examples/tasks/tasks.ts", import.meta.url));
const SCOPE = { project: "flytesnacks", domain: "development" };
const PLACE = "/v2/domain/development/project/flytesnacks";

/** An app that writes a line for each request. */
const APP = `require("node:http").createServer((request, response) => {
  console.log("asked for " + request.url);
  response.end("here");
}).listen(process.env.PORT, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));`;

/** The name of what has the focus. Code of the page is a text: the types of a browser are not among these. */
const FOCUSED = `document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim()`;
const isFocused = (locator: Locator) => locator.and(locator.page().locator(":focus")).isVisible();

describe.skipIf(executable === undefined)("the devbox's console", () => {
  const dir = mkdtempSync(join(tmpdir(), "console-"));
  let devbox: Devbox;
  let browser: Browser;

  beforeAll(async () => {
    devbox = await startDevbox({ dir, port: 0 });
    await registerTasks(devbox, TASKS);
    browser = await launchBrowser(executable as string);
  });

  afterAll(async () => {
    await browser?.close();
    await devbox?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  // biome-ignore lint/suspicious/noExplicitAny: each test reads its own part of an answer.
  async function call(method: string, message: object): Promise<any> {
    const response = await fetch(`${devbox.endpoint}/flyteidl2.${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(message),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method}: ${JSON.stringify(answer)}`);
    return answer;
  }

  const integer = (name: string, value: number) => ({
    name,
    value: { scalar: { primitive: { integer: String(value) } } },
  });
  const string = (name: string, stringValue: string) => ({
    name,
    value: { scalar: { primitive: { stringValue } } },
  });

  async function versionOf(name: string): Promise<string> {
    const { versions } = await call("task.TaskService/ListVersions", { taskName: { ...SCOPE, name } });
    return versions[0].version;
  }

  async function start(task: string, literals: object[]): Promise<string> {
    const taskId = { ...SCOPE, name: task, version: await versionOf(task) };
    const projectId = { name: SCOPE.project, domain: SCOPE.domain };
    const { run } = await call("workflow.RunService/CreateRun", { projectId, taskId, inputs: { literals } });
    return run.action.id.run.name;
  }

  const open = (path: string) => openWatched(browser, devbox.endpoint + path);
  const picture = async (page: Page, name: string) =>
    PICTURES && page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  const phase = (page: Page, word: string) => page.locator("h1 .status", { hasText: word });
  /** Nothing was wrong, and nothing was asked of anyone but the devbox. */
  const isFine = ({ problems, origins }: WatchedPage) => {
    expect(problems).toEqual([]);
    expect([...origins]).toEqual([devbox.endpoint]);
  };

  it("a new run comes into the list by itself; it is opened, and run again with other inputs", async () => {
    const watched = await open("/");
    const { page } = watched;
    await page.getByText("No run yet").waitFor();
    const name = await start("example.my_task", [integer("x", 3), string("y", "hello")]);
    const row = page.getByRole("row", { name });
    await row.getByText("succeeded").waitFor();
    await row.getByRole("link", { name }).click();
    await phase(page, "succeeded").waitFor();
    expect(new URL(page.url()).pathname).toBe(`${PLACE}/runs/${name}`);
    await page.getByRole("region", { name: "Outputs" }).getByText('"hello 3"').waitFor();
    expect(await page.getByRole("region", { name: "Inputs", exact: true }).locator("pre").textContent()).toBe(
      JSON.stringify({ x: 3, y: "hello" }, null, 2),
    );
    await picture(page, "console-run");

    await page.getByRole("button", { name: "Run again…" }).click();
    const dialog = page.getByRole("dialog");
    const x = dialog.getByLabel("x", { exact: true });
    await x.waitFor();
    expect([await x.inputValue(), await dialog.getByLabel("y", { exact: true }).inputValue()]).toEqual(["3", "hello"]);
    await x.fill("three");
    await dialog.getByRole("button", { name: "Run", exact: true }).click();
    await dialog.getByText("Write a whole number").waitFor();
    expect(await x.getAttribute("aria-invalid")).toBe("true");
    await x.and(page.locator(":focus")).waitFor();
    const described = (await x.getAttribute("aria-describedby")) ?? "";
    expect(
      await dialog
        .locator(
          described
            .split(" ")
            .map((id) => `[id="${id}"]`)
            .join(","),
        )
        .allTextContents(),
    ).toEqual(["integer", expect.stringContaining("whole number")]);
    await picture(page, "console-again");
    await x.fill("4");
    await dialog.getByRole("button", { name: "Run", exact: true }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(name));
    await phase(page, "succeeded").waitFor();
    await page.getByRole("region", { name: "Outputs" }).getByText('"hello 4"').waitFor();

    await page.goBack();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    isFine(watched);
    await page.close();
  });

  it("a task is run from its form, its log follows, and it is aborted with a reason", async () => {
    const watched = await open(`${PLACE}/tasks/example.slow`);
    const { page } = watched;
    const seconds = page.getByLabel("seconds", { exact: true });
    await seconds.waitFor();
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByText("This is required.").waitFor();
    await seconds.fill("600");
    await seconds.press("Enter");
    await phase(page, "running").waitFor();
    await page.getByRole("tab", { name: "Logs" }).click();
    const log = page.getByRole("log");
    await log.getByText("1 of 600 s").waitFor();
    await log.getByText("3 of 600 s").waitFor();
    // A link to the log of this action leads to it.
    expect(new URL(page.url()).searchParams.get("tab")).toBe("logs");
    await picture(page, "console-log");
    await page.getByRole("button", { name: "Abort…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("seen enough");
    await dialog.getByRole("button", { name: "Abort run" }).click();
    await phase(page, "aborted").waitFor();
    await page.getByText("seen enough").first().waitFor();
    expect(await page.getByRole("button", { name: "Abort…" }).count()).toBe(0);
    isFine(watched);
    await page.close();
  });

  it("runs are filtered and searched, and the address says by what", async () => {
    await start("example.fails", []);
    const watched = await open(`${PLACE}/runs`);
    const { page } = watched;
    await page.getByRole("row", { name: "example.fails" }).getByText("failed", { exact: true }).waitFor();
    await page.getByLabel("Phase").selectOption({ label: "Failed" });
    await page.waitForURL((url) => url.searchParams.get("phase") === "failed,timed_out");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await page.reload();
    await page.getByText("this task always fails").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("my_task");
    await page.getByText("No run fits").waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toBe("my_task");
    await page.getByLabel("Phase").selectOption({ label: "All phases" });
    await page.getByRole("row", { name: "example.my_task" }).first().waitFor();
    expect(await page.getByRole("row", { name: "example.fails" }).count()).toBe(0);
    await page.getByLabel("Domain").selectOption("staging");
    await page.getByText("No run yet").waitFor();
    isFine(watched);
    await page.close();
  });

  it("a trigger shows when it fires next, is switched off and on, and is fired by hand", async () => {
    const name = { ...SCOPE, taskName: "example.slow", name: "nightly" };
    const spec = {
      active: true,
      taskVersion: await versionOf("example.slow"),
      inputs: { literals: [integer("seconds", 0)] },
    };
    const schedule = { cron: { expression: "0 3 * * *", timezone: "UTC" } };
    await call("trigger.TriggerService/DeployTrigger", { name, spec, automationSpec: { type: 2, schedule } });
    const isActive = async () =>
      (await call("trigger.TriggerService/GetTriggerDetails", { name })).trigger.spec.active === true;
    const watched = await open(`${PLACE}/triggers`);
    const { page } = watched;
    const row = page.getByRole("row", { name: "nightly" });
    await row.getByText(/^in \d+ (h|min|s)$/).waitFor();
    const toggle = row.getByRole("switch", { name: "Trigger nightly" });
    await picture(page, "console-triggers");
    for (const on of [false, true]) {
      await toggle.click();
      await expect.poll(() => toggle.getAttribute("aria-checked")).toBe(String(on));
      expect(await isActive()).toBe(on);
    }
    await row.getByRole("button", { name: "Run nightly now" }).click();
    await phase(page, "succeeded").waitFor();
    expect(await page.locator(".facts").first().textContent()).toContain("nightly");
    isFine(watched);
    await page.close();
  });

  it("an app is stopped and started, and its log follows", async () => {
    const id = { ...SCOPE, name: "shop" };
    const container = { image: "any", command: ["node", "-e", APP] };
    await call("app.AppService/Create", {
      app: { metadata: { id }, spec: { desiredState: "DESIRED_STATE_ACTIVE", container } },
    });
    const watched = await open(`${PLACE}/apps`);
    const { page } = watched;
    const row = page.getByRole("row", { name: "shop" });
    await row.getByText("active", { exact: true }).waitFor();
    await row.getByRole("link", { name: "shop" }).click();
    await phase(page, "active").waitFor();
    const address = await page.getByRole("link", { name: "Open" }).getAttribute("href");
    expect(await (await fetch(`${address}/first`)).text()).toBe("here");
    await page.getByRole("log").getByText("asked for /first").waitFor();

    await page.getByRole("button", { name: "Stop shop" }).click();
    await phase(page, "stopped").waitFor();
    expect(await page.getByRole("link", { name: "Open" }).count()).toBe(0);
    await page.getByRole("button", { name: "Start shop" }).click();
    await phase(page, "active").waitFor();
    expect(await page.getByRole("link", { name: "Open" }).getAttribute("href")).toBe(address);
    expect(await (await fetch(`${address}/second`)).text()).toBe("here");
    await page.getByRole("log").getByText("asked for /second").waitFor();
    await picture(page, "console-app");
    isFine(watched);
    await page.close();
  });

  it("everything is reached with the keyboard alone", async () => {
    const name = await start("example.my_task", [integer("x", 7), string("y", "keys")]);
    const older = await start("example.my_task", [integer("x", 8), string("y", "keys")]);
    const watched = await open("/");
    const { page } = watched;
    await page.getByRole("link", { name: older }).waitFor();
    await page.getByRole("link", { name }).waitFor();
    const focused = () => page.evaluate<string>(FOCUSED);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press("Tab");
    expect(await focused()).toBe("Skip to content");
    await press("Enter", "Tab");
    expect(await focused()).toBe("Search runs");
    await press("Tab", "Tab");
    expect(await focused()).toBe(older);
    await press("ArrowDown");
    expect(await focused()).toBe(name);
    await press("ArrowUp", "ArrowDown", "Enter");
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await expect.poll(focused).toContain(name);
    await press("Tab");
    expect(await focused()).toBe("Run again…");
    await press("Enter");
    const x = page.getByRole("dialog").getByLabel("x", { exact: true });
    await x.waitFor();
    await press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await focused()).toBe("Run again…");

    const tree = page.getByRole("tree");
    const [root] = await tree.getByRole("treeitem").all();
    expect(await root?.getAttribute("aria-selected")).toBe("true");
    await root?.focus();
    await press("End", "ArrowLeft", "Home");
    expect(root && (await isFocused(root))).toBe(true);
    await press("Tab");
    expect(await focused()).toBe("Inputs and outputs");
    await press("ArrowRight", "ArrowRight");
    expect(await focused()).toBe("Attempts");
    await page.getByText("Attempt 1").waitFor();
    isFine(watched);
    await page.close();
  });

  it("a screen reader finds landmarks, headings and names, on every view", async () => {
    const watched = await open("/");
    const { page } = watched;
    const run = await start("example.fails", []);
    for (const path of [
      "runs",
      `runs/${run}`,
      "tasks",
      "tasks/example.my_task",
      "triggers",
      "apps",
      "apps/shop",
      "webhooks",
    ]) {
      await page.goto(`${devbox.endpoint}${PLACE}/${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator(".loading").waitFor({ state: "detached" });
      expect(await page.title(), path).toMatch(/ · Flyte devbox$/);
      for (const landmark of ["banner", "main"] as const) expect(await page.getByRole(landmark).count(), path).toBe(1);
      expect(await page.getByRole("heading", { level: 1 }).count(), path).toBe(1);
      const views = page.getByRole("navigation", { name: "Views" });
      expect(await views.getByRole("link").allTextContents()).toEqual([
        "Runs",
        "Tasks",
        "Triggers",
        "Apps",
        "Webhooks",
      ]);
      expect((await views.locator("[aria-current=page]").textContent())?.toLowerCase(), path).toBe(path.split("/")[0]);
      // Whatever can be operated says what it is.
      const snapshot = await page.locator("body").ariaSnapshot();
      expect(snapshot, path).not.toMatch(
        /- (button|link|textbox|combobox|checkbox|switch|tab|treeitem|searchbox)(:|$| \[)/m,
      );
    }
    isFine(watched);
    await page.close();
  });

  it("dark and light are the system's, or what one chooses; nothing is cut off on a small screen", async () => {
    const watched = await open(`${PLACE}/runs`);
    const { page } = watched;
    const ground = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    await page.emulateMedia({ colorScheme: "light" });
    const light = await ground();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.getByRole("button", { name: /^Colours: auto/ }).click();
    expect(await ground()).toBe(light);
    await page.reload();
    expect(await ground()).toBe(light);
    await page.getByRole("button", { name: /^Colours: light/ }).click();
    expect(await ground()).toBe(dark);
    await page.emulateMedia({ colorScheme: "light" });
    expect(await ground()).toBe(dark);
    await page.setViewportSize({ width: 380, height: 800 });
    for (const view of ["runs", "tasks", "tasks/example.my_task", "triggers", "apps", "webhooks"]) {
      await page.goto(`${devbox.endpoint}${PLACE}/${view}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator(".loading").waitFor({ state: "detached" });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth"), view).toBeLessThanOrEqual(380);
    }
    isFine(watched);
    await page.close();
  });
});
