import { Argument, type Command as Commander, Option } from "commander";
import type { Command, CommandGroup, Parameter, Parameters } from "./command.ts";
import { commonOptions, PLANE_OPTIONS, type PlaneChoice } from "./common-options.ts";
import { createContext } from "./context.ts";

/** Makes a command known to commander. `end` gets the exit code of the command once it has run. */
export function register(parent: Commander, command: Command, end: (code: number) => void, noun?: string): Commander {
  const registered = parent.command(command.name).summary(command.summary).description(descriptionOf(command));
  const own = command.options ?? {};
  const options: Parameters = { ...own, ...commonOptions(command) };
  const positions = Object.entries(command.arguments ?? {});
  for (const [, parameter] of positions) registered.addArgument(argumentOf(parameter));
  const attributes = Object.entries(options).map(([key, parameter]) => {
    const option = optionOf(parameter);
    registered.addOption(option);
    return [key, option.attributeName(), parameter] as const;
  });
  if (command.examples) registered.addHelpText("after", examplesOf(command.examples));
  registered.action(async (...given: unknown[]) => {
    const values = registered.opts<Record<string, unknown>>();
    const all = Object.fromEntries(
      attributes.map(([key, name, parameter]) => [key, values[name] ?? absent(parameter)] as const),
    );
    positions.forEach(([key, parameter], i) => {
      all[key] = given[i] ?? absent(parameter);
    });
    end(await runCommand(command, all, noun));
  });
  return registered;
}

export function registerGroup(parent: Commander, group: CommandGroup, end: (code: number) => void): Commander {
  const registered = parent
    .command(group.name)
    .summary(group.summary)
    .description(sentence(group.summary))
    .helpCommand(false);
  for (const command of group.commands) register(registered, command, end, group.name);
  return registered;
}

async function runCommand(command: Command, input: Readonly<Record<string, unknown>>, noun?: string): Promise<number> {
  const choice = Object.fromEntries(Object.keys(PLANE_OPTIONS).map((key) => [key, input[key]])) as PlaneChoice;
  const owned = createContext(command.plane ? choice : {}, input.json === true);
  let code: number;
  try {
    await command.run(input, owned.context);
    code = owned.exitCode();
  } catch (error) {
    // What Ctrl-C does to a call on its way is no error of its own.
    code = owned.interrupted() ? 1 : (await import("./fail.ts")).tellError(error, noun);
  }
  const interrupted = owned.interrupted();
  await owned.close();
  if (!interrupted) return code;
  const { interactive, tell } = owned.context;
  // On a terminal the line that moved says it already.
  tell(interactive ? interrupted.advice : `interrupted\n${interrupted.advice}`);
  return interrupted.exitCode;
}

function descriptionOf({ summary, details }: Command): string {
  return details ? `${sentence(summary)}\n${details}` : sentence(summary);
}

function sentence(summary: string): string {
  return `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
}

function argumentOf({ usage, description, choices }: Parameter<unknown>): Argument {
  const argument = new Argument(usage, description);
  return choices ? argument.choices(choices) : argument;
}

function optionOf({ usage, description, choices, parse, repeated, env, fallback }: Parameter<unknown>): Option {
  const option = new Option(usage, description);
  if (choices) option.choices(choices);
  if (env) option.env(env);
  if (parse) option.argParser(parse);
  if (repeated) option.argParser((one: string, before: readonly string[] = []) => [...before, one]);
  // A fallback that is parsed already is not what would be typed; its description says it.
  if (fallback !== undefined && !description.includes("(default:")) option.default(fallback);
  return option;
}

/** What a handler gets for what was not given. */
function absent({ usage, fallback, repeated }: Parameter<unknown>): unknown {
  if (fallback !== undefined) return fallback;
  if (repeated || usage.endsWith("...]")) return [];
  return /^-/.test(usage) && !/[<[]/.test(usage) ? false : undefined;
}

function examplesOf(examples: readonly string[]): string {
  return ["", "Examples:", ...examples.map((line) => `  $ flyte-webhook ${line}`)].join("\n");
}
