import { defineCommand, integer, text } from "../command.ts";

export const dev = defineCommand({
  name: "dev",
  summary: "start a control plane in this process, on 127.0.0.1",
  json: "print one line of JSON when ready",
  options: {
    dir: text("--dir <dir>", 'where everything is kept (default: ".flyte")'),
    port: integer("--port <port>", "port to listen on; 0 takes any free one", {
      fallback: 30_080,
      min: 0,
      max: 65_535,
    }),
    tasks: text("--tasks <file>", "register the tasks that a TypeScript file exports"),
    python: text("--python <path>", "Python (an executable or a virtual environment) of tasks and apps"),
  },
  examples: ["dev", "dev --tasks tasks.ts --port 0"],
  async run({ dir = ".flyte", port, tasks: file, python }, { print, tell, onEnd }) {
    const { registerTasks, startDevbox } = await import("@flyte-webhook/devbox");
    const devbox = await startDevbox({ dir, port, log: tell, ...(python !== undefined && { python }) });
    onEnd(() => devbox.close());
    const stopped = new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
    });
    if (file !== undefined) {
      for (const task of await registerTasks(devbox, file)) tell(`task ${task.name} ${task.version}`);
    }
    const { endpoint, config, apiKey, console } = devbox;
    print(
      { endpoint, config, apiKey, console },
      () => `devbox    ${endpoint}\nconsole   ${console}\nconfig    ${config}\nStop it with Ctrl-C.`,
    );
    await stopped;
    tell("stopping…");
  },
});
