import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EndpointGroup, FlyteWebhookError } from "@flyte-webhook/core";
import { VERSION } from "../version.ts";

export interface Project {
  readonly directory: string;
  /** The directory as a person would type it. */
  readonly shown: string;
  readonly name: string;
  readonly groups: readonly EndpointGroup[];
}

/** Writes the files of a new project and answers their names. Throws `already_exists`, before anything is written. */
export function scaffold(project: Project): string[] {
  const files = filesOf(project);
  const there = Object.keys(files).filter((file) => existsSync(join(project.directory, file)));
  if (there.length > 0) {
    throw new FlyteWebhookError("already_exists", `${project.shown} has ${there.join(", ")} already`, {
      hint: "Choose another directory; nothing was written.",
    });
  }
  mkdirSync(project.directory, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(project.directory, file), text, { flag: "wx" });
  return Object.keys(files);
}

function filesOf({ name, groups }: Project): Record<string, string> {
  const hasTasks = groups.some((group) => group === "task" || group === "all");
  return {
    "package.json": json({
      name,
      private: true,
      type: "module",
      scripts: {
        dev: "flyte-webhook dev --tasks tasks.ts",
        plan: "flyte-webhook plan",
        serve: "flyte-webhook serve",
        types: "tsc",
      },
      dependencies: { "@flyte-webhook/sdk": `^${VERSION}` },
      devDependencies: {
        "@flyte-webhook/cli": `^${VERSION}`,
        "@flyte-webhook/devbox": `^${VERSION}`,
        "@types/node": "^24.0.0",
        typescript: "^7.0.0",
      },
    }),
    "tsconfig.json": json({
      compilerOptions: {
        target: "es2023",
        module: "nodenext",
        strict: true,
        noEmit: true,
        allowImportingTsExtensions: true,
        // Node runs the files as they are; what it cannot run is an error here.
        erasableSyntaxOnly: true,
        verbatimModuleSyntax: true,
        skipLibCheck: true,
        types: ["node"],
      },
      include: ["*.ts"],
    }),
    ".gitignore": "node_modules/\n.flyte/\n",
    "webhook.ts": `import { FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";

export const webhook = new FlyteWebhookAppEnvironment({
  name: ${JSON.stringify(name)},
  endpointGroups: ${JSON.stringify(groups).replaceAll(",", ", ")},${
    hasTasks
      ? `
  // The tasks that callers may run and read; without it, all that they themselves may.
  taskAllowlist: ["example.*"],`
      : ""
  }
  resources: { cpu: 1, memory: "512Mi" },
  scaling: { replicas: 1 },
});
`,
    "tasks.ts": `import { defineTask } from "@flyte-webhook/devbox/define-task";

// Tasks of the devbox; on a cluster they are those that your Python code deploys.
export const hello = defineTask({
  name: "example.hello",
  inputs: { name: "str" },
  outputs: { o0: "str" },
  run: ({ name }) => ({ o0: \`hello, \${name}\` }),
});
`,
  };
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
