import { resolve } from "node:path";
import { argument, type CommandGroup, defineCommand, flag, text } from "../command.ts";
import { describeBytes } from "../sizes.ts";

const FILE = argument("<file>", "the archive, a .tar.gz");
const DIR = text("--dir <dir>", 'where the devbox keeps everything (default: ".flyte")');

const exportDevbox = defineCommand({
  name: "export",
  summary: "write the state of a devbox into one file, also while it runs",
  details: "Runs, tasks, triggers, apps, and their files. What is running begins anew where it is imported.",
  json: "print what was written as JSON",
  arguments: { file: FILE },
  options: {
    dir: DIR,
    withSecrets: flag("--with-secrets", "values of secrets, API keys and logins too"),
  },
  examples: ["devbox export state.tar.gz"],
  async run({ file, dir = ".flyte", withSecrets }, { cwd, print }) {
    const { exportState } = await import("@flyte-webhook/devbox");
    const written = await exportState({ dir: resolve(cwd, dir), file: resolve(cwd, file), withSecrets });
    print(
      written,
      () => `${written.file}: ${written.files} files beside the database, ${describeBytes(written.bytes)}`,
    );
  },
});

const importDevbox = defineCommand({
  name: "import",
  summary: "make the directory of a devbox of an exported state",
  details: "Only into a directory that is empty or not there yet. Without secrets in the archive, set them anew.",
  json: "print what was imported as JSON",
  arguments: { file: FILE },
  options: { dir: DIR },
  examples: ["devbox import state.tar.gz --dir .flyte"],
  async run({ file, dir = ".flyte" }, { cwd, print }) {
    const { importState } = await import("@flyte-webhook/devbox");
    const made = await importState({ dir: resolve(cwd, dir), file: resolve(cwd, file) });
    print(made, () => `${made.dir}: ${made.files} files beside the database; start it with \`flyte-webhook dev\``);
  },
});

export const devbox: CommandGroup = {
  name: "devbox",
  summary: "export and import the state of a devbox",
  commands: [exportDevbox, importDevbox],
};
