/**
 * The whole line for real: a devbox with the example tasks, the example webhook served on it, a task run through it over
 * HTTP. Stays up until Ctrl-C, or ends at once with --once.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ofetch } from "ofetch";

const CLI = "packages/cli/bin/flyte-webhook.js";
const DIR = ".flyte";
const TASK = "example.my_task";
const begin = performance.now();

const say = (text: string): void =>
  console.log(`\x1b[2m${((performance.now() - begin) / 1000).toFixed(1).padStart(5)} s\x1b[0m  ${text}`);

const children: ChildProcess[] = [];

/** Starts the command; resolves with the JSON of its first line on stdout. */
async function command<T>(...args: string[]): Promise<T> {
  const child = spawn(process.execPath, [CLI, ...args, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const line = once(createInterface({ input: child.stdout }), "line") as Promise<[string]>;
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`flyte-webhook ${args[0]} ended with ${String(code)}`);
  });
  const [text] = await Promise.race([line, ended]);
  ended.catch(() => {});
  return JSON.parse(text) as T;
}

async function stop(code: number): Promise<never> {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    }),
  );
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop(0));

async function main(): Promise<void> {
  say("Starting the devbox, with the tasks of examples/tasks/tasks.ts");
  const devbox = await command<{ endpoint: string; config: string; apiKey: string; console: string }>(
    ...["dev", "--dir", DIR, "--tasks", "examples/tasks/tasks.ts"],
  );
  say(`devbox at ${devbox.endpoint}`);

  say("Serving examples/basic-webhook/webhook.ts");
  const app = await command<{ endpoint: string }>(
    "serve",
    "examples/basic-webhook/webhook.ts",
    "--config",
    devbox.config,
  );
  say(`webhook at ${app.endpoint}`);

  const webhook = ofetch.create({ baseURL: app.endpoint, headers: { authorization: `Bearer ${devbox.apiKey}` } });
  const inputs = { x: 42, y: "hello" };
  say(`POST /run-task/development/flytesnacks/${TASK} ${JSON.stringify(inputs)}`);
  const run = await webhook<{ name: string; url: string }>(`/run-task/development/flytesnacks/${TASK}`, {
    method: "POST",
    body: inputs,
  });
  let phase = "";
  for (;;) {
    const state = await webhook<{ phase: string; done: boolean }>(`/run/${run.name}`);
    if (state.phase !== phase) say(`run ${run.name}: ${state.phase}`);
    phase = state.phase;
    if (state.done) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const io = await webhook<{ inputs: unknown; outputs: unknown }>(`/run/${run.name}/io`);
  say(`inputs  ${JSON.stringify(io.inputs)}`);
  say(`outputs ${JSON.stringify(io.outputs)}`);
  if (phase !== "succeeded") throw new Error(`the run ended as ${phase}`);

  console.log(`
  webhook   ${app.endpoint}
  docs      ${app.endpoint}/docs
  console   ${devbox.console}
  API key   in ${devbox.config} (admin.apiKey)
`);
  if (process.argv.includes("--once")) await stop(0);
  console.log("  Stop it all with Ctrl-C.");
}

main().catch(async (error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  await stop(1);
});
