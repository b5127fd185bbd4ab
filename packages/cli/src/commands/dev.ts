import { setFlagsFromString } from "node:v8";
import { choice, defineCommand, integer, type Parameter, text } from "../command.ts";
import { parseBytes } from "../sizes.ts";
import { parseDuration } from "../times.ts";

const AUTH_MODES = ["local", "oauth", "none"] as const;
const APP_URLS = ["port", "name"] as const;
const IMAGE_BUILDERS = ["auto", "docker", "podman", "buildah", "none"] as const;
const MISSED_FIRINGS = ["latest", "all", "none"] as const;

const KEEP: Parameter<number | undefined> = {
  usage: "--keep <size>",
  description: "size of the directory beyond which the oldest ended runs are removed, such as 20GB (default: none)",
  parse: parseBytes,
};
const KEEP_FOR: Parameter<number | undefined> = {
  usage: "--keep-for <duration>",
  description: "how long after their end runs are kept, such as 12h or 30d (default: for ever)",
  parse: parseDuration,
};

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
    auth: choice("--auth <mode>", "what callers have to show: local nothing, oauth a login or an API key", AUTH_MODES),
    appUrls: choice(
      "--app-urls <form>",
      "addresses of apps: port is http://127.0.0.1:PORT, name is http://NAME-PROJECT-DOMAIN.localhost:PORT",
      APP_URLS,
    ),
    imageBuilder: choice(
      "--image-builder <program>",
      "who builds images; auto is the first that answers",
      IMAGE_BUILDERS,
    ),
    missedFirings: choice(
      "--missed-firings <policy>",
      "which firings of triggers are made up for that were missed while it was down",
      MISSED_FIRINGS,
    ),
    keep: KEEP,
    keepFor: KEEP_FOR,
  },
  examples: ["dev", "dev --tasks tasks.ts --port 0", "dev --keep 20GB --keep-for 30d"],
  async run({ dir = ".flyte", port, tasks: file, keep, keepFor, ...options }, { print, tell, onEnd }) {
    const { registerTasks, startDevbox } = await import("@flyte-webhook/devbox");
    // It runs for days beside everything else on a laptop: a young generation that stays small saves a quarter of its memory.
    setFlagsFromString("--semi-space-growth-factor=1");
    const devbox = await startDevbox({
      dir,
      port,
      log: tell,
      retention: { maxBytes: keep, maxAgeMs: keepFor },
      ...options,
    });
    onEnd(() => devbox.close());
    const stopped = new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
    });
    if (file !== undefined) {
      for (const task of await registerTasks(devbox, file)) tell(`task ${task.name} ${task.version}`);
    }
    const { endpoint, tlsEndpoint, caFile, config, apiKey, console } = devbox;
    print(
      { endpoint, tlsEndpoint, caFile, config, apiKey, console },
      () =>
        `devbox    ${endpoint}\ntls       ${tlsEndpoint}, with the authority in ${caFile}\nconsole   ${console}\nconfig    ${config}\nStop it with Ctrl-C.`,
    );
    await stopped;
    tell("stopping…");
  },
});
