import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { ContainerError_Kind, ErrorDocumentSchema } from "@flyte-webhook/idl/flyteidl2/core/execution";
import { OutputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { describe, expect, test, vi } from "vitest";
import { processIdentity } from "../apps/process-identity.ts";
import { startDevbox } from "../devbox.ts";
import { devboxClient } from "../testing/devbox-client.ts";
import { commandTask, shellTask, sleepTask } from "../testing/shell-task.ts";
import { temporaryDevbox, temporaryDirectory } from "../testing/temporary-devbox.ts";
import { DEFAULT_MAX_TASKS } from "./executor.ts";

function octal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

function writes(name: string, bytes: Uint8Array): string {
  return `printf '${octal(bytes)}' > "$prefix/${name}"; `;
}

const INTEGER = {
  case: "scalar",
  value: { value: { case: "primitive", value: { value: { case: "integer", value: 42n } } } },
} as const;
const OUTPUTS = toBinary(
  OutputsSchema,
  create(OutputsSchema, { literals: [{ name: "o0", value: { value: INTEGER } }] }),
);
const raised = (kind: ContainerError_Kind) =>
  toBinary(ErrorDocumentSchema, create(ErrorDocumentSchema, { error: { message: "kaput", kind } }));

const alive = (pid: number) => processIdentity(pid) !== undefined;

async function fileText(path: string): Promise<string> {
  await vi.waitFor(() => expect(readFileSync(path, "utf8")).toMatch(/\n$/), { timeout: 5000, interval: 20 });
  return readFileSync(path, "utf8").trim();
}

describe("how a task comes out", () => {
  test.each([
    ["outputs.pb and exit code 0", writes("outputs.pb", OUTPUTS), { phase: "SUCCEEDED" }],
    [
      "no outputs where some are declared",
      "true",
      { phase: "FAILED", error: expect.stringContaining('its outputs are "o0"') },
    ],
    [
      "an exit code, with the end of the output",
      "echo one; echo oh no >&2; exit 3",
      { phase: "FAILED", error: "the task ended with exit code 3; the end of its output:\none\noh no" },
    ],
    [
      "an exit code in spite of outputs",
      `${writes("outputs.pb", OUTPUTS)}exit 4`,
      { phase: "FAILED", error: "the task ended with exit code 4; it wrote no output" },
    ],
    ["a signal", "kill -KILL $$", { phase: "FAILED", error: expect.stringContaining("exit code 137 (SIGKILL)") }],
    [
      "error.pb with exit code 0",
      writes("error.pb", raised(ContainerError_Kind.NON_RECOVERABLE)),
      { phase: "FAILED", error: "kaput" },
    ],
    [
      "error.pb with exit code 1",
      `${writes("error.pb", raised(ContainerError_Kind.NON_RECOVERABLE))}exit 1`,
      { phase: "FAILED", error: "kaput" },
    ],
    [
      "outputs.pb that is none",
      'printf "\\377\\377" > "$prefix/outputs.pb"',
      { phase: "FAILED", error: "the task wrote an outputs.pb that is not readable" },
    ],
    [
      "a pipe for outputs.pb",
      'mkfifo "$prefix/outputs.pb"',
      { phase: "FAILED", error: expect.stringContaining("wrote no outputs.pb") },
    ],
  ])("%s", async (_, script, end) => {
    const { client } = await temporaryDevbox();
    const run = await client.runSpec(shellTask(script, { outputs: ["o0"] }));
    expect(await client.end(run)).toEqual({ attempts: 1, ...end });
  });

  test("no outputs where none are declared is a success", async () => {
    const { client } = await temporaryDevbox();
    const run = await client.runSpec(shellTask("true"));
    expect(await client.end(run)).toEqual({ phase: "SUCCEEDED", attempts: 1 });
    expect(await client.outputs(run)).toEqual({});
  });

  test("a command that is not there says how to get it", async () => {
    const { client } = await temporaryDevbox();
    const run = await client.runSpec(commandTask(["no-such-program", "x"]));
    expect(await client.end(run)).toEqual({
      phase: "FAILED",
      attempts: 1,
      error:
        'the task\'s command "no-such-program" was not found; the devbox runs tasks as local processes, not in their image (ours:1): install it on this machine',
    });
    const python = await client.runSpec(commandTask(["/nowhere/a0"]));
    expect((await client.end(python)).error).toContain("pip install flyte");
  });

  test("a task that has no container", async () => {
    const { client } = await temporaryDevbox();
    const { taskTemplate } = sleepTask(1);
    const run = await client.runSpec({ taskTemplate: { ...taskTemplate, type: "spark" } });
    expect(await client.end(run)).toMatchObject({
      phase: "FAILED",
      error: 'the task type "spark" has no container to run',
    });
  });
});

describe("attempts", () => {
  const metadata = { retries: { retries: 2 } };

  test("a recoverable error is tried again, each time in a directory of its own", async () => {
    const { client, dir } = await temporaryDevbox();
    const script = `echo "$FLYTE_ATTEMPT_NUMBER $prefix" >> "$MARK"; ${writes("error.pb", raised(ContainerError_Kind.RECOVERABLE))}`;
    const mark = join(dir, "mark");
    const run = await client.runSpec(shellTask(script, { metadata, env: { MARK: mark } }));
    expect(await client.end(run)).toEqual({ phase: "FAILED", attempts: 3, error: "kaput" });
    const base = join(dir, "runs/flytesnacks/development", run, "a0");
    expect(readFileSync(mark, "utf8")).toBe(`0 ${base}/1\n1 ${base}/2\n2 ${base}/3\n`);
    const { details } = await client.runs.getRunDetails({ runId: { ...client.scope, name: run } });
    expect(details?.action?.attempts.map(({ phase, errorInfo }) => [phase, errorInfo?.message])).toEqual(
      Array(3).fill([6, "kaput"]),
    );
  });

  test("an exit code is tried again, an error that is not recoverable is not", async () => {
    const { client } = await temporaryDevbox();
    const exits = await client.runSpec(shellTask("exit $((1 - FLYTE_ATTEMPT_NUMBER))", { metadata }));
    expect(await client.end(exits)).toEqual({ phase: "SUCCEEDED", attempts: 2 });
    const raises = await client.runSpec(
      shellTask(writes("error.pb", raised(ContainerError_Kind.NON_RECOVERABLE)), { metadata }),
    );
    expect(await client.end(raises)).toMatchObject({ phase: "FAILED", attempts: 1 });
  });

  test("more processes than usual while they only wait, for they may wait for what has no place yet", async () => {
    const { client, dir } = await temporaryDevbox();
    const file = join(dir, "written-by-the-last");
    const waiting = Array.from({ length: DEFAULT_MAX_TASKS }, () =>
      client.runSpec(shellTask(`while ! [ -e ${file} ]; do sleep 0.05; done`)),
    );
    const runs = [...(await Promise.all(waiting)), await client.runSpec(shellTask(`touch ${file}`))];
    for (const run of runs) expect(await client.end(run)).toMatchObject({ phase: "SUCCEEDED" });
  });

  test("no more processes at a time than allowed; the others wait, in order", async () => {
    const { client, dir } = await temporaryDevbox({ maxTasks: 1 });
    const mark = join(dir, "mark");
    const script = 'echo "begin $RUN_NAME" >> "$MARK"; sleep 0.1; echo "end $RUN_NAME" >> "$MARK"';
    const runs: string[] = [];
    for (const name of ["one", "two", "three"]) {
      runs.push(await client.runSpec(shellTask(script, { env: { MARK: mark } }), { name }));
    }
    await Promise.all(runs.map((run) => client.end(run)));
    expect(readFileSync(mark, "utf8").trim().split("\n")).toEqual(
      runs.flatMap((run) => [`begin ${run}`, `end ${run}`]),
    );
  });
});

describe("time-outs", () => {
  const slow = 'trap "" TERM; sleep 30 & echo "$! $$" > "$PIDS"; wait';
  const seconds = (n: number) => ({ seconds: BigInt(n), nanos: 0 });

  test("of an attempt: the process and what it started are ended, and it is tried again", async () => {
    const { client } = await temporaryDevbox();
    const metadata = { timeout: { seconds: 0n, nanos: 3e8 }, retries: { retries: 1 } };
    const run = await client.runSpec(shellTask("sleep 30", { metadata }));
    expect(await client.end(run)).toEqual({
      phase: "TIMED_OUT",
      attempts: 2,
      error: "the task ran longer than its timeout of 0.3 s",
    });
  });

  test("of the whole action: no other attempt is made, and SIGKILL ends what ignores SIGTERM", async () => {
    const { client, dir } = await temporaryDevbox();
    const pids = join(dir, "pids");
    const metadata = { timeouts: { deadline: seconds(1) }, retries: { retries: 5 } };
    const run = await client.runSpec(shellTask(slow, { metadata, env: { PIDS: pids } }));
    const [child, shell] = (await fileText(pids)).split(" ").map(Number) as [number, number];
    expect(await client.end(run)).toMatchObject({ phase: "TIMED_OUT", attempts: 1 });
    await vi.waitFor(() => expect([alive(child), alive(shell)]).toEqual([false, false]));
  });

  test("of one that waits for its turn", async () => {
    const { client } = await temporaryDevbox({ maxTasks: 1 });
    const first = await client.runSpec(shellTask("sleep 3"));
    const second = await client.runSpec(shellTask("true", { metadata: { timeouts: { queuedTimeout: seconds(1) } } }));
    expect(await client.end(second)).toMatchObject({ phase: "TIMED_OUT", attempts: 1 });
    await client.runs.abortRun({ runId: { ...client.scope, name: first } });
  });
});

describe("abort", () => {
  test("ends the whole process group; the run is aborted at once and its attempt when the processes are gone", async () => {
    const { client, dir } = await temporaryDevbox();
    const pids = join(dir, "pids");
    const run = await client.runSpec(shellTask('sleep 30 & echo "$! $$" > "$PIDS"; wait', { env: { PIDS: pids } }));
    const [child, shell] = (await fileText(pids)).split(" ").map(Number) as [number, number];
    await client.runs.abortRun({ runId: { ...client.scope, name: run }, reason: "enough" });
    const { details } = await client.runs.getRunDetails({ runId: { ...client.scope, name: run } });
    expect(details?.action?.status?.phase).toBe(7);
    expect(await client.end(run)).toEqual({ phase: "ABORTED", attempts: 1, reason: "enough" });
    expect([alive(child), alive(shell)]).toEqual([false, false]);
  });

  test("of one that waits for its turn: it never begins", async () => {
    const { client, dir } = await temporaryDevbox({ maxTasks: 1 });
    const first = await client.runSpec(shellTask("sleep 0.5"));
    const second = await client.runSpec(shellTask('touch "$MARK"', { env: { MARK: join(dir, "mark") } }));
    await client.runs.abortRun({ runId: { ...client.scope, name: second } });
    expect(await client.end(second)).toMatchObject({ phase: "ABORTED", reason: "User requested abort" });
    expect(await client.end(first)).toMatchObject({ phase: "SUCCEEDED" });
    await sleep(100);
    expect(existsSync(join(dir, "mark"))).toBe(false);
  });

  test("of a run that has ended changes nothing", async () => {
    const { client } = await temporaryDevbox();
    const run = await client.runSpec(shellTask("true"));
    await client.end(run);
    await client.runs.abortRun({ runId: { ...client.scope, name: run } });
    expect(await client.end(run)).toEqual({ phase: "SUCCEEDED", attempts: 1 });
  });
});

describe("what a task sees", () => {
  test("the environment that Flyte's runtime needs, and nothing of the devbox's own", async () => {
    vi.stubEnv("DEVBOX_TEST_SECRET", "s3cret");
    const { client, devbox, dir } = await temporaryDevbox();
    vi.unstubAllEnvs();
    const spec = shellTask('env; echo "cwd=$(pwd)"', {
      name: "test.env",
      env: { A: "template", B: "template", RUN_NAME: "x" },
    });
    const run = await client.runSpec(spec, {
      runSpec: {
        envs: {
          values: [
            { key: "B", value: "run" },
            { key: "ACTION_NAME", value: "x" },
          ],
        },
      },
    });
    await client.end(run);
    const lines = await client.logs(run);
    const base = join(dir, "runs/flytesnacks/development", run);
    expect(lines).toEqual(
      expect.arrayContaining([
        "A=template",
        "B=run",
        `RUN_NAME=${run}`,
        "ACTION_NAME=a0",
        "FLYTE_ATTEMPT_NUMBER=0",
        `FLYTE_INTERNAL_EXECUTION_ID=${run}`,
        "FLYTE_INTERNAL_EXECUTION_PROJECT=flytesnacks",
        "FLYTE_INTERNAL_TASK_NAME=test.env",
        "FLYTE_INTERNAL_VERSION=1",
        "_U_INSECURE=true",
        "_U_USE_ACTIONS=1",
        `_U_EP_OVERRIDE=${new URL(devbox.endpoint).host}`,
        `_U_RUN_BASE=file://${base}`,
        `_F_PN=${run}-a0-0`,
        `cwd=${base}/a0/1/work`,
      ]),
    );
    expect(lines.find((line) => line.startsWith("_U_ORG_NAME="))).toMatch(/=.+/);
    expect(lines.join("\n")).not.toMatch(new RegExp(`s3cret|${devbox.apiKey}`));
  });

  test("its arguments with the variables filled in", async () => {
    const { client, dir } = await temporaryDevbox();
    const variables = [
      "input",
      "inputPrefix",
      "outputPrefix",
      "checkpointOutputPrefix",
      "prevCheckpointPrefix",
      "runName",
      "actionName",
    ];
    const words = variables.map((name) => `{{.${name}}}`);
    const run = await client.runSpec(commandTask(["printf", "%s\\n", ...words, "{{.rawOutputDataPrefix}}"]));
    await client.end(run);
    const base = `file://${join(dir, "runs/flytesnacks/development", run)}`;
    expect(await client.logs(run)).toEqual([
      `${base}/inputs/inputs.pb`,
      `${base}/inputs`,
      `${base}/a0/1`,
      `${base}/a0/1/_flytecheckpoints`,
      '""',
      run,
      "a0",
      `${dir}/raw/flytesnacks/development/${run}/${run}-a0-0`,
    ]);
  });

  test("no other file than its own inputs can be named as uploaded ones", async () => {
    const { client } = await temporaryDevbox();
    const outside = temporaryDirectory();
    writeFileSync(join(outside, "inputs.pb"), "");
    for (const uri of [`file://${outside}`, "file:///etc", "s3://bucket/x"]) {
      const create = client.runs.createRun({
        id: { case: "projectId", value: { name: "flytesnacks", domain: "development" } },
        task: { case: "taskSpec", value: shellTask("true") },
        inputWrapper: { case: "offloadedInputData", value: { uri, inputsHash: "x" } },
      });
      await expect(create).rejects.toThrow(`there are no inputs at ${uri}/inputs.pb`);
    }
  });
});

test("closing the devbox ends its processes and says so; what sleeps and what is queued goes on", async () => {
  const dir = temporaryDirectory();
  const devbox = await startDevbox({ dir, port: 0, maxTasks: 1 });
  const client = devboxClient(devbox);
  const pids = join(dir, "pids");
  const asleep = await client.runSpec(sleepTask(1));
  const running = await client.runSpec(shellTask('echo $$ > "$PIDS"; exec sleep 30', { env: { PIDS: pids } }));
  const queued = await client.runSpec(shellTask("true"));
  const pid = Number(await fileText(pids));
  await devbox.close();
  expect(alive(pid)).toBe(false);

  const again = await temporaryDevbox({ dir });
  expect(await again.client.end(running)).toMatchObject({ phase: "ABORTED", reason: "the devbox was stopped" });
  expect(await again.client.end(queued)).toMatchObject({ phase: "SUCCEEDED" });
  expect(await again.client.end(asleep)).toMatchObject({ phase: "SUCCEEDED", attempts: 1 });
});

test("outputs of a cached task are reused, unless they are to be made anew", async () => {
  const { client, dir } = await temporaryDevbox();
  const mark = join(dir, "mark");
  const metadata = { discoverable: true, discoveryVersion: "1" };
  const spec = shellTask(`echo x >> "$MARK"; ${writes("outputs.pb", OUTPUTS)}`, {
    outputs: ["o0"],
    metadata,
    env: { MARK: mark },
  });
  const times = () => readFileSync(mark, "utf8").trim().split("\n").length;
  for (const [overwriteCache, expected] of [
    [false, 1],
    [false, 1],
    [true, 2],
  ] as const) {
    const run = await client.runSpec(spec, { runSpec: { cacheConfig: { overwriteCache } } });
    expect(await client.end(run)).toMatchObject({ phase: "SUCCEEDED" });
    expect(await client.outputs(run)).toEqual({ o0: { integer: "42" } });
    expect(times()).toBe(expected);
  }
});
