import { readdirSync } from "node:fs";
import tab from "@bomb.sh/tab/commander";
import { ENDPOINT_IDS, endpointDefinition } from "@flyte-webhook/core";
import type { Command } from "commander";

/** Bash's script asks a function of the package bash-completion for the words; here is one for where that is not loaded. */
const BASH_WORDS = `declare -F _get_comp_words_by_ref > /dev/null || _get_comp_words_by_ref() {
  cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
}
`;

type Complete = (value: string, description: string) => void;

/** Adds `completion <shell>`, which prints a shell's script, and the hidden `complete` that the script asks. */
export function addCompletion(program: Command): void {
  // The one in the help only stands for it; all of it is loaded when it is asked for.
  const commands = program.commands as Command[];
  commands.splice(
    commands.findIndex((command) => command.name() === "completion"),
    1,
  );
  const all = walk(program);
  // One line each: a shell shows them beside the names, and bash reads them line by line.
  for (const [, command] of all) command.description(command.summary());
  const completion = tab(program, { completionCommandName: "completion" });
  program.commands
    .find((command) => command.name() === "completion")
    ?.hook("preAction", (_, { args }) => {
      if (args[0] === "bash") process.stdout.write(BASH_WORDS);
    });
  for (const [path, command] of all) {
    const known = completion.commands.get(path);
    for (const option of command.options) {
      const own = known?.options.get(option.long?.slice(2) ?? "");
      if (own && /<(file|dir|path)>/.test(option.flags)) own.handler = completeFiles;
    }
    for (const argument of command.registeredArguments) {
      const own = known?.arguments.get(argument.name());
      if (own && /^(files|directory)$/.test(argument.name())) own.handler = completeFiles;
      if (own && argument.name() === "endpoint") own.handler = completeEndpoints;
    }
  }
}

/** Commands at every depth, by what is typed for them. */
function walk(command: Command, path = ""): (readonly [path: string, command: Command])[] {
  return command.commands.flatMap((one) => {
    const own = path === "" ? one.name() : `${path} ${one.name()}`;
    return [[own, one] as const, ...walk(one, own)];
  });
}

function completeEndpoints(complete: Complete): void {
  for (const id of ENDPOINT_IDS) complete(id, endpointDefinition(id).summary);
}

/** What is in the directory of the word that is being typed. */
function completeFiles(complete: Complete): void {
  const word = process.argv.at(-1) ?? "";
  const directory = word.slice(0, word.lastIndexOf("/") + 1);
  try {
    for (const entry of readdirSync(directory || ".", { withFileTypes: true })) {
      if (entry.name.startsWith(".") && !word.slice(directory.length).startsWith(".")) continue;
      complete(`${directory}${entry.name}${entry.isDirectory() ? "/" : ""}`, "");
    }
  } catch {
    // No such directory: there is nothing to offer.
  }
}
