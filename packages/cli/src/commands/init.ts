import { defineCommand, flag, optionalArgument, text, texts } from "../command.ts";

export const init = defineCommand({
  name: "init",
  summary: "make a project with a webhook's declaration and a task for the devbox",
  details: "Asks for what is not given where there is a terminal. Files that are there already are never overwritten.",
  json: "print the directory and the files as JSON",
  arguments: { directory: optionalArgument("[directory]", "where to; it is made when it is not there") },
  options: {
    name: text("--name <name>", "name of the app; that of the directory when absent"),
    groups: texts("--group <group>", "a group of endpoints to enable; may be repeated (default: core, task, run)"),
    yes: flag("-y, --yes", "ask nothing"),
  },
  examples: ["init my-webhook", "init my-webhook --group core --group task --yes"],
  async run({ directory, name, groups, yes }, context) {
    const [{ settle }, { scaffold }] = await Promise.all([
      import("../scaffold/settle.ts"),
      import("../scaffold/scaffold.ts"),
    ]);
    const project = await settle({ directory, name, groups }, yes, context);
    if (project === undefined) return context.tell("nothing was written");
    const files = scaffold(project);
    const enter = project.shown === "." ? "" : `cd ${project.shown}\n  `;
    context.print(
      { directory: project.directory, name: project.name, files },
      () =>
        `${files.map((file) => `${context.paint("green", "+")} ${file}`).join("\n")}

  ${enter}npm install
  npx flyte-webhook dev --tasks tasks.ts      # a control plane on this machine; leave it running
  npx flyte-webhook serve                     # in another terminal`,
    );
  },
});
