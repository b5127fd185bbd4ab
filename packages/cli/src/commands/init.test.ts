import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registerTasks } from "@flyte-webhook/devbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliDevbox, startCliDevbox } from "../testing/cli-devbox.ts";
import { installPackages, runCli } from "../testing/run-cli.ts";

const TSC = join(import.meta.dirname, "..", "..", "..", "..", "node_modules", ".bin", "tsc");

let box: CliDevbox;
beforeAll(async () => {
  box = await startCliDevbox();
});
afterAll(() => box.close());

test("what is made type-checks, and serves on a devbox as it stands", async () => {
  const made = await box.cli("init", "My Hooks", "--json");
  const directory = join(box.dir, "My Hooks");
  expect(JSON.parse(made.out)).toEqual({
    directory,
    name: "my-hooks",
    files: ["package.json", "tsconfig.json", ".gitignore", "webhook.ts", "tasks.ts"],
  });
  installPackages(directory);
  const output = await new Promise<string>((resolve) => {
    // From the sources, so that nothing has to be built.
    execFile(TSC, ["-p", directory, "--customConditions", "source"], (_, stdout) => resolve(stdout));
  });
  expect(output).toBe("");

  await registerTasks(box.devbox, join(directory, "tasks.ts"));
  const here = { cwd: directory, env: { FLYTECTL_CONFIG: box.devbox.config } };
  const served = await runCli(["serve"], here);
  expect(served.code).toBe(0);
  const place = ["domain=development", "project=flytesnacks", "name=example.hello"];
  const run = await runCli(["call", "run_task", ...place, "--body", '{"name":"you"}', "--app", "my-hooks"], here);
  expect(JSON.parse(run.out)).toMatchObject({ name: expect.any(String), project: "flytesnacks" });
});

test("the package is that of this version, and its groups are those asked for", async () => {
  expect((await box.cli("init", "narrow", "--group", "core", "--group", "app,trigger", "--name", "door")).code).toBe(0);
  const text = (file: string) => readFileSync(join(box.dir, "narrow", file), "utf8");
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(JSON.parse(text("package.json"))).toMatchObject({
    name: "door",
    type: "module",
    dependencies: { "@flyte-webhook/sdk": `^${version}` },
    devDependencies: { "@flyte-webhook/cli": `^${version}` },
  });
  expect(text("webhook.ts")).toContain('endpointGroups: ["core", "app", "trigger"],');
});

test("what is there already stays as it is", async () => {
  const directory = join(box.dir, "taken");
  expect((await box.cli("init", "taken")).code).toBe(0);
  writeFileSync(join(directory, "webhook.ts"), "mine\n");
  const again = await box.cli("init", "taken");
  expect(again.code).toBe(1);
  expect(again.err).toContain("taken has package.json, tsconfig.json, .gitignore, webhook.ts, tasks.ts already");
  expect(readFileSync(join(directory, "webhook.ts"), "utf8")).toBe("mine\n");
});

test("a name or group that there cannot be is refused before anything is written", async () => {
  expect(await box.cli("init", "x", "--name", "Bad_Name")).toMatchObject({
    code: 2,
    err: expect.stringContaining("1 to 30 of a-z"),
  });
  expect(await box.cli("init", "x", "--group", "taks")).toMatchObject({
    code: 2,
    err: expect.stringContaining("Did you mean task?"),
  });
  expect(readdirSync(box.dir)).not.toContain("x");
});
