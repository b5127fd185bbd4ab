import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMANDS } from "./commands/index.ts";
import { EXIT_MEANINGS } from "./exit-codes.ts";
import { cleanEnvironment, PROGRAM, runCli, temporaryProject } from "./testing/run-cli.ts";
import { VERSION } from "./version.ts";

let project: ReturnType<typeof temporaryProject>;
beforeAll(() => {
  project = temporaryProject();
});
afterAll(() => project.remove());

const cli = (...args: string[]) => runCli(args, { cwd: project.dir });

test("the help lists every command and every exit code", async () => {
  const { out, err, code } = await cli("--help");
  expect([code, err]).toEqual([0, ""]);
  for (const [heading, commands] of COMMANDS) {
    expect(out).toContain(heading);
    for (const { name } of commands) expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
  }
  for (const [number, meaning] of EXIT_MEANINGS)
    expect(out).toMatch(new RegExp(`^ {2}${number} +${meaning.slice(0, 9)}`, "m"));
  const version = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
  expect([(await cli("--version")).out, VERSION]).toEqual([`${version}\n`, version]);
});

test("the help loads nothing that it does not need", async () => {
  writeFileSync(
    join(project.dir, "record.mjs"),
    `import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { process.stderr.write(url + "\\n"); return next(url, context); } });
`,
  );
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ["--conditions=source", "--import", "./record.mjs", PROGRAM, "--help"],
    { cwd: project.dir, env: cleanEnvironment(project.dir) },
  );
  expect(stderr).toContain("/commander/");
  expect(stderr).not.toMatch(
    /packages\/(client|devbox|idl|literals|runtime|sdk)\/|@clack|bufbuild|connectrpc|@bomb\.sh/,
  );
});

test.each([
  [[], "Usage: flyte-webhook"],
  [["appz"], "unknown command 'appz'\n(Did you mean apps?)"],
  [["apps", "lst"], "unknown command 'lst'\n(Did you mean list?)"],
  [["apps", "get"], "missing required argument 'name'"],
  [["serve", "--tiemout", "3"], "unknown option '--tiemout'\n(Did you mean --timeout?)"],
  [["runs", "--limit", "many"], "It should be a whole number from 1 to 1000."],
  [["plan", "--fail-on", "rain"], "Allowed choices are exposure, change."],
  [["dev", "--port", "70000"], "It should be a whole number from 0 to 65535."],
  [["completion", "tcsh"], "Allowed choices are zsh, bash, fish"],
] as const)("a wrong command line %j is told and ends with 2", async (args, said) => {
  const { code, out, err } = await cli(...args);
  expect(err).toContain(said);
  expect([code, out]).toEqual([2, ""]);
});

test("a reader that has seen enough is no error", async () => {
  const line = `"${process.execPath}" --conditions=source "${PROGRAM}" --help | head -1`;
  const { stdout, stderr } = await promisify(execFile)("bash", ["-o", "pipefail", "-c", line], { cwd: project.dir });
  expect([stdout, stderr]).toEqual(["Usage: flyte-webhook [options] [command]\n", ""]);
});

test("shells complete commands, options, endpoints and files", async () => {
  const complete = async (...words: string[]) =>
    (await cli("complete", "--", ...words)).out
      .trim()
      .split("\n")
      .map((line) => line.split("\t", 1)[0])
      .filter((word) => !word?.startsWith(":"));
  expect(await complete("trig")).toEqual(["triggers"]);
  expect(await complete("apps", "de")).toEqual(["deactivate", "delete"]);
  expect(await complete("serve", "--ro")).toEqual(["--rollback"]);
  expect(await complete("plan", "--fail-on", "")).toEqual(["exposure", "change"]);
  expect(await complete("call", "get_r")).toEqual(["get_run", "get_run_io"]);
  writeFileSync(join(project.dir, "webhook.ts"), "");
  expect(await complete("serve", "web")).toEqual(["webhook.ts"]);
  for (const shell of ["zsh", "fish"])
    expect((await cli("completion", shell)).out).toContain("flyte-webhook complete --");
});

test("bash completes with the script, with nothing else installed", async () => {
  const script = `
flyte-webhook() { "${process.execPath}" --conditions=source "${PROGRAM}" "$@"; }
compopt() { :; }
source <(flyte-webhook completion bash)
COMP_WORDS=(flyte-webhook runs a); COMP_CWORD=2; COMPREPLY=()
__flyte_webhook_complete; echo "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", script], {
    cwd: project.dir,
    env: cleanEnvironment(project.dir),
  });
  expect(stdout).toBe("abort\n");
});
