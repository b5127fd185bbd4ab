import type { App, AppEnvironment, DeployEvent } from "@flyte-webhook/sdk";
import { defineCommand, flag, manyArguments, seconds, texts } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { startProgress } from "../progress.ts";

const FILES = {
  files: manyArguments(
    "[files...]",
    "files that export declarations, or their directories; webhook.ts of here when absent",
  ),
};
const NAMES = {
  names: texts("--name <name>", "only this one of the declarations, by export or app name; may be repeated"),
};
const DETAILS = "Every app environment that the files export is meant, each after what it depends on.";

export const deploy = defineCommand({
  name: "deploy",
  summary: "deploy apps and return when the control plane has taken them",
  details: DETAILS,
  plane: true,
  json: "print one line of JSON for each app",
  arguments: FILES,
  options: NAMES,
  examples: ["deploy", "deploy webhook.ts --config production.yaml"],
  run: (input, context) => send("deploy", { ...input, timeoutMs: undefined, rollback: false }, context),
});

export const serve = defineCommand({
  name: "serve",
  summary: "deploy apps and wait until they answer at their addresses",
  details: DETAILS,
  plane: true,
  json: "print one line of JSON for each app",
  arguments: FILES,
  options: {
    ...NAMES,
    timeoutMs: seconds("--timeout <seconds>", "how long each may take until it serves", 300_000),
    rollback: flag("--rollback", "put the spec that an app had before back when it does not serve"),
  },
  examples: [
    "serve",
    "serve webhook.ts backend.ts --timeout 120 --rollback",
    "serve webhook.ts --name my-webhook --json",
  ],
  run: (input, context) => send("serve", input, context),
});

interface Input {
  readonly files: readonly string[];
  readonly names: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly rollback: boolean;
}

async function send(verb: "deploy" | "serve", input: Input, context: CommandContext): Promise<void> {
  const [{ loadDeclarations }, { connectWith }] = await Promise.all([
    import("../declarations/load.ts"),
    import("../declarations/connect.ts"),
  ]);
  const { sdk, environments } = await loadDeclarations({ ...input, cwd: context.cwd });
  const controlPlane = await connectWith(sdk, context);
  const submitted: string[] = [];
  const signal = context.interruptible(() => adviceOn(verb, submitted, input.files));
  for (const environment of environments) {
    const progress = await startProgress(`${verb} ${environment.name}`, context);
    const onEvent = (event: DeployEvent) => {
      if (event.type === "submitted") submitted.push(event.name);
      if (!context.interactive) return context.tell(describe(event));
      const { stays, line } = wordsOf(event);
      if (stays) progress.step(line);
      else progress.update(line);
    };
    const { timeoutMs, rollback: rollbackOnFailure } = input;
    try {
      const app = await sdk[verb](environment, { controlPlane, onEvent, signal, timeoutMs, rollbackOnFailure });
      progress.end(verb === "serve" ? `${app.name} serves` : `${app.name} is deployed`);
      show(app, hasDocs(environment), context);
    } catch (error) {
      progress.fail(environment.name);
      throw error;
    }
  }
}

const hasDocs = ({ links }: AppEnvironment): boolean => links.some(({ path }) => path === "/docs");

function show(
  { name, url, endpoint, revision }: App,
  withDocs: boolean,
  { print, paint }: Pick<CommandContext, "print" | "paint">,
): void {
  print({ name, url, endpoint, revision: Number(revision) }, () =>
    [
      `${paint("bold", name)}  ${endpoint}`,
      ...(endpoint && withDocs ? [`docs      ${endpoint}/docs`] : []),
      `console   ${url}`,
    ].join("\n"),
  );
}

/** What a person is told of an event: something that stays to be read, or what goes on now. */
function wordsOf(event: DeployEvent): { readonly stays: boolean; readonly line: string } {
  const now = (line: string) => ({ stays: false, line });
  const stays = (line: string) => ({ stays: true, line });
  switch (event.type) {
    case "building":
      return now(`building ${event.image}: ${event.line}`);
    case "image":
      return stays(`image ${event.image} ${event.change === "built" ? "is built" : "is there already"}`);
    case "submitted":
      return stays(event.change === "unchanged" ? `${event.name} is as declared` : `${event.name} is ${event.change}`);
    case "status":
      return now([event.name, event.status, event.message].filter(Boolean).join(" "));
    case "waiting":
      return now(`${event.name} is active; ${event.reason}`);
    case "rolled_back":
      return stays(`${event.name}: the spec that it had before is back`);
    case "serving":
      return now(`${event.name} answers`);
    default:
      // A newer SDK of the declaration's project may tell more.
      return now(describe(event));
  }
}

/** One line of a log: the event's type, then what else it says. */
function describe(event: { readonly type: string }): string {
  const { type, ...rest } = event;
  const details = Object.entries(rest).filter(([, value]) => typeof value === "string" && value !== "");
  return [type, ...details.map(([key, value]) => `${key}=${value}`)].join("  ");
}

function adviceOn(verb: string, submitted: readonly string[], files: readonly string[]): string {
  const again = ["flyte-webhook", verb, ...files].join(" ");
  const names = [...new Set(submitted)];
  if (names.length === 0) return `Nothing was deployed yet. Begin again with: ${again}`;
  return [
    `${names.join(", ")} stays deployed and goes on starting by itself.`,
    `  how it stands   flyte-webhook apps get ${names.at(-1)}`,
    `  wait again      ${again}`,
    `  stop it         flyte-webhook apps deactivate ${names.at(-1)}`,
  ].join("\n");
}
