import { setFlagsFromString } from "node:v8";
import { endpointDefinition, FlyteWebhookError, isEndpointId } from "@flyte-webhook/core";
import { Command, Option } from "commander";
import { fail, printJson, tell } from "./output.ts";
import type { PlanCommandOptions } from "./plan.ts";
import type { SessionOptions } from "./session.ts";

const program = new Command("flyte-webhook")
  .description("Put an HTTP door in front of a Flyte 2 control plane, and run one on a laptop.")
  .version("0.1.0");

program
  .command("dev")
  .description("start a control plane in this process, on 127.0.0.1")
  .option("--dir <dir>", "where everything is kept", ".flyte")
  .option("--port <port>", "port to listen on; 0 takes any free one", "30080")
  .option("--tasks <file>", "register the tasks that a TypeScript file exports")
  .option("--python <path>", "Python (an executable or a virtual environment) of tasks and apps")
  .option("--json", "print one line of JSON when ready")
  .action(async (options: { dir: string; port: string; tasks?: string; python?: string; json?: boolean }) => {
    const { registerTasks, startDevbox } = await import("@flyte-webhook/devbox");
    // It runs for days beside everything else on a laptop: a young generation that stays small saves a quarter of its memory.
    setFlagsFromString("--semi-space-growth-factor=1");
    const port = Number(options.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new FlyteWebhookError("invalid_config", `--port ${options.port} is no port`);
    }
    const { python } = options;
    const devbox = await startDevbox({ dir: options.dir, port, log: tell, ...(python !== undefined && { python }) });
    let closing = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (closing) return;
        closing = true;
        tell("stopping…");
        devbox.close().then(() => process.exit(0), fail);
      });
    }
    if (options.tasks) {
      const tasks = await registerTasks(devbox, options.tasks);
      for (const task of tasks) tell(`task ${task.name} ${task.version}`);
    }
    const { endpoint, config, apiKey, console } = devbox;
    if (options.json) printJson({ endpoint, config, apiKey, console });
    else tell(`devbox    ${endpoint}\nconsole   ${console}\nconfig    ${config}\nStop it with Ctrl-C.`);
  });

for (const verb of ["serve", "deploy"] as const) {
  program
    .command(`${verb} <file>`)
    .description(verb === "serve" ? "deploy an app and wait until it answers" : "deploy an app and return at once")
    .option("--name <name>", "which of the file's declarations, by export or app name")
    .option("--config <file>", "Flyte config file; found as the Python SDK finds it when absent")
    .option("--json", "print one line of JSON at the end")
    .action(async (file: string, options: { name?: string; config?: string; json?: boolean }) => {
      const sdk = await import("@flyte-webhook/sdk");
      const { loadDeclaration } = await import("./load-declaration.ts");
      const env = await loadDeclaration(file, options.name);
      sdk.initFromConfig(options.config);
      const app = await sdk[verb](env, { onEvent: (event) => tell(describe(event)) });
      const { name, url, endpoint, revision } = app;
      if (options.json) printJson({ name, url, endpoint, revision: Number(revision) });
      else tell(`${name}  ${endpoint}\ndocs      ${endpoint}/docs\nconsole   ${url}`);
      process.exit(0);
    });
}

program
  .command("plan <file>")
  .description("show what a deploy would change and what would become callable; nothing is written")
  .option("--name <name>", "which of the file's declarations, by export or app name")
  .option("--config <file>", "Flyte config file; found as the Python SDK finds it when absent")
  .option("--json", "print the plan as JSON")
  .addOption(
    new Option("--fail-on <what>", "exit with 3 when anything would become reachable, or change at all").choices([
      "exposure",
      "change",
    ]),
  )
  .action(async (file: string, options: PlanCommandOptions) => (await import("./plan.ts")).planCommand(file, options));

for (const [name, description] of [
  ["login", "log in to the control plane, and keep the login"],
  ["logout", "forget the login"],
  ["whoami", "say who you are to the control plane"],
] as const) {
  const command = program
    .command(name)
    .description(description)
    .option("--config <file>", "Flyte config file; found as the Python SDK finds it when absent")
    .option("--endpoint <endpoint>", "the control plane, instead of the configured one");
  if (name === "login") command.option("--device", "log in on another device, with a code");
  if (name !== "logout") command.option("--json", "print one line of JSON");
  command.action(async (options: SessionOptions) => (await import("./session.ts"))[name](options));
}

program
  .command("call <endpoint> [parameters...]")
  .description("call a webhook's endpoint by its id, for example: call get_run name=r123")
  .requiredOption("--url <url>", "the webhook's address", process.env.FLYTE_WEBHOOK_ENDPOINT)
  .option("--body <json>", "JSON body")
  .option("--config <file>", "Flyte config file whose API key is sent; FLYTE_API_KEY wins")
  .action(async (id: string, parameters: string[], options: { url: string; body?: string; config?: string }) => {
    if (!isEndpointId(id)) throw new FlyteWebhookError("invalid_request", `there is no endpoint ${id}`);
    const [{ ofetch }, { findConfigFile, loadConfig }] = await Promise.all([
      import("ofetch"),
      import("@flyte-webhook/client"),
    ]);
    const endpoint = endpointDefinition(id);
    const values = new Map(parameters.map((pair) => [pair.split("=", 1)[0] ?? "", pair.slice(pair.indexOf("=") + 1)]));
    const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values.get(name);
      values.delete(name);
      if (value === undefined) throw new FlyteWebhookError("invalid_request", `${id} needs ${name}=…`);
      return encodeURIComponent(value);
    });
    const configured = options.config ?? findConfigFile(process.cwd(), process.env);
    const key = process.env.FLYTE_API_KEY ?? (configured ? loadConfig({ config: configured }).apiKey : undefined);
    const answer = await ofetch.raw(path, {
      baseURL: options.url,
      method: endpoint.method,
      query: Object.fromEntries(values),
      responseType: "text",
      ignoreResponseError: true,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(options.body && { "content-type": "application/json" }),
      },
      ...(options.body !== undefined && { body: options.body }),
    });
    process.stdout.write(`${answer._data}\n`);
    process.exit(answer.ok ? 0 : 1);
  });

program
  .command("runs [name]")
  .description("list runs, newest first, or show one")
  .option("--config <file>", "Flyte config file; found as the Python SDK finds it when absent")
  .option("--limit <n>", "how many", "20")
  .option("--json", "print JSON")
  .action(async (name: string | undefined, options: { config?: string; limit: string; json?: boolean }) => {
    const { createControlPlane, loadConfig, phaseOf, phaseName } = await import("@flyte-webhook/client");
    const plane = createControlPlane(loadConfig(options.config === undefined ? {} : { config: options.config }));
    const rows =
      name === undefined
        ? (await plane.runs.list(Number(options.limit))).map((run) => ({
            name: run.action?.id?.run?.name ?? "",
            task: run.action?.metadata?.funtionName ?? "",
            phase: phaseName(run.action?.status?.phase ?? 0),
          }))
        : [await plane.runs.get(name)].map((run) => ({
            name,
            task: run.action?.metadata?.funtionName ?? "",
            phase: phaseOf(run),
          }));
    if (options.json) printJson(rows);
    else for (const row of rows) process.stdout.write(`${row.name.padEnd(22)} ${row.phase.padEnd(12)} ${row.task}\n`);
    await plane.close();
  });

function describe(event: { type: string }): string {
  const { type, ...rest } = event;
  const details = Object.entries(rest).filter(([, value]) => typeof value === "string" && value !== "");
  return [type, ...details.map(([key, value]) => `${key}=${value}`)].join("  ");
}

await program.parseAsync().catch(fail);
