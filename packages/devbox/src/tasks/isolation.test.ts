import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { processIdentity } from "../apps/process-identity.ts";
import { shellTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

const linux = process.platform === "linux";
const BASE = "runs/flytesnacks/development";
const alive = (pid: number) => processIdentity(pid) !== undefined;
const fileText = (path: string) =>
  vi.waitFor(
    () => {
      const text = readFileSync(path, "utf8");
      expect(text).toMatch(/\n$/);
      return text.trim();
    },
    { timeout: 5000 },
  );

describe("what a task is given", () => {
  test("no credential: of the environment of whoever started the devbox it sees what is named, and no key", async () => {
    for (const name of ["FLYTE_API_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "FLYTECTL_CONFIG", "NODE_OPTIONS"])
      vi.stubEnv(name, "s3cret");
    const { client, devbox } = await temporaryDevbox({ auth: "oauth" });
    vi.unstubAllEnvs();
    const headers = { authorization: `Bearer ${devbox.apiKey}` };
    const { run } = await client.runs.createRun(
      {
        id: { case: "projectId", value: { name: "flytesnacks", domain: "development" } },
        task: { case: "taskSpec", value: shellTask("env") },
      },
      { headers },
    );
    const name = run?.action?.id?.run?.name ?? "";
    const log = await fileText(join(devbox.config, "..", BASE, name, "a0/1/log.txt"));
    expect(log).toContain("RUN_NAME=");
    expect(log).not.toMatch(new RegExp(`s3cret|${devbox.apiKey}|BEGIN .*KEY`));
    const names = log.split("\n").map((line) => line.split("=")[0] ?? "");
    expect(names.filter((one) => /KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH/i.test(one))).toEqual([]);
  });

  test.skipIf(!linux)("no open file or socket of the devbox", async () => {
    const { client } = await temporaryDevbox();
    const run = await client.runSpec(shellTask("ls -l /proc/self/fd > fds; cat fds"));
    await client.end(run);
    const files = (await client.logs(run)).flatMap((line) => line.split(" -> ").slice(1));
    expect(files.length).toBeGreaterThan(2);
    // Pipes may come from whoever started the tests.
    expect(files.filter((file) => !/^\/dev\/null$|\/log\.txt$|\/work\/fds$|^\/proc\/|^pipe:/.test(file))).toEqual([]);
  });

  test("a directory that nobody else can read", async () => {
    const { client, dir } = await temporaryDevbox();
    const run = await client.runSpec(shellTask("true"));
    await client.end(run);
    for (const path of ["", "/a0/1", "/a0/1/work"]) expect(statSync(join(dir, BASE, run) + path).mode & 0o077).toBe(0);
    expect(statSync(join(dir, BASE, run, "a0/1/log.txt")).mode & 0o077).toBe(0);
  });
});

describe("a task that does harm", () => {
  test("by its log: the older half goes, and a line says so", async () => {
    const { client, dir } = await temporaryDevbox({ taskLimits: { logBytes: 100_000 } });
    const script = `i=0; while [ $i -lt 30000 ]; do echo "line $i of a log"; i=$((i+1)); done; echo the end`;
    const run = await client.runSpec(shellTask(script));
    expect(await client.end(run)).toMatchObject({ phase: "SUCCEEDED" });
    expect(statSync(join(dir, BASE, run, "a0/1/log.txt")).size).toBeLessThanOrEqual(100_000);
    const lines = await client.logs(run);
    expect(lines[0]).toBe("[devbox] lines are left out here: the log grew beyond 100000 bytes");
    expect(lines.at(-1)).toBe("the end");
  });

  test("by its log, while somebody follows it", async () => {
    const { client, dir } = await temporaryDevbox({ taskLimits: { logBytes: 20_000 } });
    const script = `echo first; sleep 0.3; i=0; while [ $i -lt 2000 ]; do echo "line $i of a log"; i=$((i+1)); done; sleep 2; echo the end`;
    const run = await client.runSpec(shellTask(script));
    await fileText(join(dir, BASE, run, "a0/1/log.txt"));
    const lines = await client.logs(run);
    expect(lines[0]).toBe("first");
    expect(lines.at(-1)).toBe("the end");
  });

  test("by what it writes: it is ended, and told why", async () => {
    const { client } = await temporaryDevbox({ taskLimits: { directoryBytes: 1024 * 1024 } });
    const run = await client.runSpec(shellTask("head -c 4000000 /dev/zero > big; sleep 60"));
    const { phase, error } = await client.end(run);
    expect([phase, error]).toEqual(["FAILED", expect.stringMatching(/^the task wrote [34] MiB; it may write 1$/)]);
  }, 20_000);

  test.skipIf(!linux)("by forking: all of it is ended, and the devbox answers meanwhile", async () => {
    const { client, dir } = await temporaryDevbox({ taskLimits: { processes: 20 } });
    const pids = join(dir, "pids");
    const script = `while true; do sleep 60 & echo $! >> "$PIDS"; sleep 0.01; done`;
    const run = await client.runSpec(shellTask(script, { env: { PIDS: pids } }));
    const { phase, error } = await client.end(run);
    expect([phase, error]).toEqual(["FAILED", expect.stringMatching(/^the task had \d+ processes; it may have 20$/)]);
    const left = readFileSync(pids, "utf8").trim().split("\n").map(Number).filter(alive);
    expect(left).toEqual([]);
  });

  test.skipIf(!linux)("by leaving a process in a session of its own", async () => {
    const { client, dir } = await temporaryDevbox();
    const pids = join(dir, "pids");
    const script = `setsid sh -c 'echo $$ > "$PIDS"; exec sleep 60' & while ! [ -s "$PIDS" ]; do sleep 0.01; done`;
    const run = await client.runSpec(shellTask(script, { env: { PIDS: pids } }));
    expect(await client.end(run)).toMatchObject({ phase: "SUCCEEDED" });
    const pid = Number(await fileText(pids));
    expect(alive(pid)).toBe(false);
  });

  test.skipIf(!linux)("by forking processes that leave it: they count as well, and are ended", async () => {
    const { client, dir } = await temporaryDevbox({ taskLimits: { processes: 20 } });
    const pids = join(dir, "pids");
    const script = `while true; do (setsid sh -c 'echo $$ >> "$PIDS"; exec sleep 60' &); sleep 0.01; done`;
    const run = await client.runSpec(shellTask(script, { env: { PIDS: pids } }));
    const { phase, error } = await client.end(run);
    expect([phase, error]).toEqual(["FAILED", expect.stringMatching(/^the task had \d+ processes; it may have 20$/)]);
    const left = readFileSync(pids, "utf8").trim().split("\n").map(Number).filter(alive);
    expect(left).toEqual([]);
  });

  test.skipIf(!linux)("by leaving a daemon that has no environment", async () => {
    const { client, dir } = await temporaryDevbox();
    const pids = join(dir, "pids");
    const script = `(env -i /bin/sh -c 'setsid sleep 60 & echo $! > ${pids}' &); while ! [ -s ${pids} ]; do sleep 0.01; done; sleep 0.1`;
    const run = await client.runSpec(shellTask(script));
    expect(await client.end(run)).toMatchObject({ phase: "SUCCEEDED" });
    expect(alive(Number(await fileText(pids)))).toBe(false);
  });

  test("by removing its own directory: it has failed, and does not begin anew for ever", async () => {
    const { client, dir } = await temporaryDevbox();
    const times = join(dir, "times");
    const run = await client.runSpec(shellTask(`echo once >> ${times}; cd ..; rm -rf "$PWD"`));
    const { phase, error } = await client.end(run);
    expect([phase, error]).toEqual(["FAILED", expect.stringContaining("killed before it wrote")]);
    expect(readFileSync(times, "utf8")).toBe("once\n");
  });

  test.each([
    ["a link to itself", (file: string) => `ln -s ${file} ${file}`],
    ["a pipe", (file: string) => `mkfifo ${file}`],
    ["a directory", (file: string) => `mkdir ${file}`],
    ["an endless device", (file: string) => `ln -s /dev/zero ${file}`],
  ])("by %s in the place of the devbox's files", async (_, make) => {
    const { client } = await temporaryDevbox({ taskLimits: { logBytes: 1000 } });
    const files = ["log.txt", "started", "outputs.pb", "report.html"];
    const script = `cd ..; for file in ${files.join(" ")}; do rm -f $file; ${make("$file")}; done; sleep 1.2; exit 3`;
    const run = await client.runSpec(shellTask(script));
    expect(await client.end(run)).toMatchObject({ phase: "FAILED" });
    expect(await client.logs(run)).toEqual([]);
    const after = await client.runSpec(shellTask("echo still here"));
    expect(await client.end(after)).toMatchObject({ phase: "SUCCEEDED" });
    expect(await client.logs(after)).toEqual(["still here"]);
  });

  test("by not listening to SIGTERM: it is killed after the grace", async () => {
    const { client, dir } = await temporaryDevbox();
    const pids = join(dir, "pids");
    const script = `trap '' TERM; echo $$ > "$PIDS"; while true; do sleep 1; done`;
    const run = await client.runSpec(shellTask(script, { env: { PIDS: pids } }));
    const pid = Number(await fileText(pids));
    await client.runs.abortRun({ runId: { ...client.scope, name: run } });
    await sleep(500);
    expect(alive(pid)).toBe(true);
    await vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 8000, interval: 100 });
    expect(await client.end(run)).toMatchObject({ phase: "ABORTED" });
  }, 15_000);
});
