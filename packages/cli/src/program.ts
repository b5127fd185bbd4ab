import { Command as Commander, CommanderError } from "commander";
import type { Command, CommandGroup } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { EXIT, EXIT_MEANINGS } from "./exit-codes.ts";
import { register, registerGroup } from "./register.ts";
import { VERSION } from "./version.ts";

const EXIT_CODES = EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join("\n");

const AFTER_HELP = `
Exit codes:
${EXIT_CODES}

Data goes to stdout, everything else to stderr. Every command that prints data takes --json.
NO_COLOR turns colours off; without a terminal there are none, and nobody is asked anything.`;

/** Runs one command line (without node and the file) and answers its exit code; what there is to say is said. */
export async function runProgram(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  try {
    const program = createProgram((code) => {
      exitCode = code;
    });
    if (args[0] === "complete" || args[0] === "completion") {
      const { addCompletion } = await import("./completion.ts");
      addCompletion(program);
    }
    await program.parseAsync(withDefaultVerb(args), { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return (await import("./fail.ts")).tellError(error);
    return error.exitCode === 0 ? EXIT.done : EXIT.wrong;
  }
}

function createProgram(end: (code: number) => void): Commander {
  const program = new Commander("flyte-webhook")
    .description("Put an HTTP door in front of a Flyte 2 control plane, and run one on a laptop.")
    .version(VERSION, "-V, --version")
    .exitOverride()
    .showHelpAfterError("(see it with --help)")
    .addHelpText("after", AFTER_HELP);
  program.addHelpCommand(new Commander("help [command]").summary("print the help of a command").helpGroup("Set up:"));
  for (const [heading, commands] of COMMANDS) {
    program.commandsGroup(heading);
    for (const one of commands) {
      if (isGroup(one)) registerGroup(program, one, end);
      else register(program, one, end);
    }
  }
  program
    .command("completion")
    .argument("<shell>", "bash, zsh or fish")
    .summary("print the completion of a shell, for its start-up file");
  return program;
}

/** A group without a verb means its first one: `apps --json` lists the apps. */
function withDefaultVerb(args: readonly string[]): string[] {
  const [name, verb] = args;
  const group = COMMANDS.flatMap(([, commands]) => commands).find((one) => one.name === name);
  const [first] = group && isGroup(group) ? group.commands : [];
  const meansFirst =
    first !== undefined && (verb === undefined || (verb.startsWith("-") && !/^(-h|--help)$/.test(verb)));
  return meansFirst ? [...args.slice(0, 1), first.name, ...args.slice(1)] : [...args];
}

function isGroup(one: Command | CommandGroup): one is CommandGroup {
  return "commands" in one;
}
