import type { App } from "@flyte-webhook/sdk";
import { argument, type CommandGroup, defineCommand, flag, integer, manyArguments, seconds } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { fields, table } from "../output.ts";
import { startProgress } from "../progress.ts";
import { confirm } from "../prompts.ts";

const NAME = argument("<name>", "name of the app");
const WAIT = {
  wait: flag("--wait", "return only when the app has reached the state"),
  timeoutMs: seconds("--timeout <seconds>", "how long to wait at most", 300_000),
} as const;

const list = defineCommand({
  name: "list",
  summary: "list the apps of a project, the oldest first",
  plane: true,
  json: "print a JSON list",
  options: { limit: integer("--limit <n>", "how many at most; all when absent", { fallback: undefined, min: 1 }) },
  async run({ limit }, context) {
    const { listApps } = await import("@flyte-webhook/sdk");
    const apps = await listApps({ controlPlane: await context.plane(), limit });
    context.print(apps.map(dataOf), () =>
      table(
        apps.map((app) => [app.name, app.deploymentStatus, app.endpoint]),
        context.tableOf("NAME", "STATUS", "ENDPOINT"),
      ),
    );
  },
});

const get = defineCommand({
  name: "get",
  summary: "show an app",
  plane: true,
  json: "print it as JSON",
  arguments: { name: NAME },
  async run({ name }, context) {
    const app = await find(name, context);
    const { message, substate, replicas } = await app.status();
    const data = { ...dataOf(app), message, substate: substate ?? null, replicas };
    context.print(data, () =>
      fields(
        [
          ["name", `${app.domain}/${app.project}/${app.name}`],
          ["status", substate ? `${app.deploymentStatus} (${substate})` : app.deploymentStatus],
          ["message", message],
          ["replicas", String(replicas)],
          ["endpoint", app.endpoint],
          ["console", app.url],
          ["revision", app.revision > 0 ? String(app.revision) : ""],
        ],
        context.paint,
      ),
    );
  },
});

const logs = defineCommand({
  name: "logs",
  summary: "print what an app has written",
  plane: true,
  json: "print one JSON object for each line",
  arguments: { name: NAME },
  options: { follow: flag("-f, --follow", "go on with new lines as they come, until Ctrl-C") },
  examples: ["apps logs my-webhook", "apps logs my-webhook --follow --json"],
  async run({ name, follow }, context) {
    const app = await find(name, context);
    try {
      for await (const message of app.logs({ follow })) context.print({ message }, () => message.replace(/\n$/, ""));
    } catch (error) {
      throw await logless(error, app);
    }
  },
});

const activate = defineCommand({
  name: "activate",
  summary: "start an app",
  plane: true,
  json: "print the app as JSON",
  arguments: { name: NAME },
  options: WAIT,
  run: (input, context) => switchApp("activate", input, context),
});

const deactivate = defineCommand({
  name: "deactivate",
  summary: "stop an app; it stays, and can be started again",
  plane: true,
  json: "print the app as JSON",
  arguments: { name: NAME },
  options: WAIT,
  run: (input, context) => switchApp("deactivate", input, context),
});

const remove = defineCommand({
  name: "delete",
  summary: "remove apps; asks before it does",
  plane: true,
  json: "print a JSON list of the apps that were removed",
  arguments: { names: manyArguments("<names...>", "names of the apps") },
  options: { yes: flag("-y, --yes", "do not ask") },
  examples: ["apps delete my-webhook", "apps delete old-webhook older-webhook --yes"],
  async run({ names, yes }, context) {
    // All of them are there before the first one goes.
    const apps = await Promise.all([...new Set(names)].map((name) => find(name, context)));
    const what = apps.map(({ domain, project, name }) => `${domain}/${project}/${name}`).join(", ");
    if (!yes && !(await confirm(`Remove ${what}?`, "--yes", context))) {
      context.tell("nothing was removed");
      return context.exitWith(EXIT.failed);
    }
    for (const app of apps) await app.delete();
    context.print(
      apps.map(({ name, project, domain }) => ({ name, project, domain, deleted: true })),
      () => apps.map(({ name }) => `${name} is removed`).join("\n"),
    );
  },
});

/** A plane says of an app without a log only that it has no replica; why it has none, the app says. */
async function logless(error: unknown, app: App): Promise<unknown> {
  const { FlyteWebhookError } = await import("@flyte-webhook/core");
  if (FlyteWebhookError.from(error).code !== "not_found") return error;
  const { name, deploymentStatus } = app;
  return new FlyteWebhookError("not_found", `"${name}" is ${deploymentStatus}: no replica of it runs that has a log`, {
    cause: error,
    hint: app.isActive() ? "A request to it starts one." : `Start it with: flyte-webhook apps activate ${name} --wait`,
  });
}

async function switchApp(
  verb: "activate" | "deactivate",
  { name, wait, timeoutMs }: { readonly name: string; readonly wait: boolean; readonly timeoutMs: number },
  context: CommandContext,
): Promise<void> {
  const app = await find(name, context);
  const signal = context.interruptible(
    () => `${name} goes on by itself. See how it stands with: flyte-webhook apps get ${name}`,
  );
  const progress = await startProgress(`${verb} ${name}`, context);
  try {
    await app[verb]({ wait, timeoutMs, signal });
    progress.end(`${name} is ${app.deploymentStatus}`);
  } catch (error) {
    progress.fail(`${verb} ${name}`);
    throw error;
  }
  context.print(dataOf(app), () => `${name}  ${app.deploymentStatus}`);
}

async function find(name: string, context: CommandContext): Promise<App> {
  const { getApp } = await import("@flyte-webhook/sdk");
  return getApp(name, { controlPlane: await context.plane() });
}

function dataOf(app: App) {
  const { name, project, domain, endpoint, url, revision, deploymentStatus } = app;
  return { name, project, domain, status: deploymentStatus, active: app.isActive(), endpoint, url, revision };
}

export const apps: CommandGroup = {
  name: "apps",
  summary: "see, start, stop and remove deployed apps",
  commands: [list, get, logs, activate, deactivate, remove],
};
