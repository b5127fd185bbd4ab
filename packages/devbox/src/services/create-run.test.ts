import { readFileSync } from "node:fs";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type Inputs, InputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { describe, expect, test } from "vitest";
import type { DevboxClient } from "../testing/devbox-client.ts";
import { shellTask, sleepTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

const scope = { project: "flytesnacks", domain: "development" };
const spec = { case: "taskSpec", value: shellTask("true") } as const;
const named = (name: string) => ({ case: "runId", value: { ...scope, name } }) as const;
const project = (name: string, domain = "development") => ({ case: "projectId", value: { name, domain } }) as const;
const duration = (text: string): Inputs =>
  fromJson(InputsSchema, { literals: [{ name: "duration", value: { scalar: { primitive: { duration: text } } } }] });

/** A task that needs no process and declares what it takes. */
const typed = {
  case: "taskSpec",
  value: fromJson(TaskSpecSchema, {
    shortName: "sleep",
    taskTemplate: {
      id: { resourceType: "TASK", ...scope, name: "test.sleep", version: "1" },
      type: "core-sleep",
      interface: { inputs: { variables: [{ key: "duration", value: { type: { simple: "DURATION" } } }] } },
    },
  }),
} as const;

async function inputsOf(client: DevboxClient, name: string) {
  const { inputs } = await client.data.getActionData({ actionId: { run: { ...scope, name }, name: "a0" } });
  return inputs?.literals;
}

describe("a name that is taken", () => {
  test("by the same request: its run, once; by another one: already_exists, and nothing of the first is changed", async () => {
    const { client } = await temporaryDevbox();
    const request = {
      id: named("same"),
      task: typed,
      inputWrapper: { case: "inputs", value: duration("0s") },
    } as const;
    const { run } = await client.runs.createRun(request);
    await client.end("same");
    const again = await client.runs.createRun(request);
    expect(again.run?.action?.id).toEqual(run?.action?.id);
    expect(again.run?.action?.status?.phase).toBe(5);
    const other = client.runs.createRun({ ...request, inputWrapper: { case: "inputs", value: duration("9s") } });
    await expect(other).rejects.toThrow("[already_exists] run already exists: flytesnacks/development/same");
    expect(await inputsOf(client, "same")).toEqual(duration("0s").literals);
    expect((await client.runs.listRuns({ scopeBy: { case: "org", value: "" } })).runs).toHaveLength(1);
  });

  test("generated ones look like Kubernetes' and differ", async () => {
    const { client } = await temporaryDevbox();
    const names = new Set<string>();
    for (let i = 0; i < 5; i++) names.add(await client.runSpec(sleepTask(0)));
    for (const name of names) expect(name).toMatch(/^r[bcdfghjklmnpqrstvwxz2456789]{19}$/);
    expect(names.size).toBe(5);
  });
});

describe("what is refused before anything is written", () => {
  test.each<[string, object, string]>([
    ["no id", { task: spec }, "[invalid_argument] run_id or project_id is required"],
    ["no task", { id: named("x") }, "[invalid_argument] a task is required"],
    [
      "no template",
      { id: named("x"), task: { case: "taskSpec", value: {} } },
      "[invalid_argument] the task's template",
    ],
    ["an unknown project", { id: project("none"), task: spec }, '[not_found] project "none" not found'],
    ["no project", { id: project(""), task: spec }, "[invalid_argument] the project is missing"],
    ["a project that is a path", { id: project("../x"), task: spec }, "[invalid_argument] invalid project"],
    ["an unknown domain", { id: project("flytesnacks", "../x"), task: spec }, "[invalid_argument] unknown domain"],
    ["a run that is a path", { id: named("../x"), task: spec }, "[invalid_argument] invalid run name"],
    ["a long name", { id: named("x".repeat(31)), task: spec }, "must be no more than 30 characters"],
    [
      "an unknown task",
      { id: named("x"), task: { case: "taskId", value: { ...scope, name: "e.t", version: "1" } } },
      "[not_found] task not found",
    ],
    [
      "an unknown trigger",
      { id: named("x"), task: { case: "triggerName", value: { name: "t" } } },
      "[not_found] trigger not found: ///t",
    ],
    [
      "a label's key",
      { id: named("x"), task: spec, runSpec: { labels: { values: { "a b": "c" } } } },
      '[invalid_argument] invalid label key "a b"',
    ],
    [
      "a label's value",
      { id: named("x"), task: spec, runSpec: { labels: { values: { a: "-" } } } },
      "[invalid_argument] invalid value",
    ],
  ])("%s", async (_, request, message) => {
    const { client } = await temporaryDevbox();
    await expect(client.runs.createRun(request)).rejects.toThrow(message);
    expect((await client.runs.listRuns({ scopeBy: { case: "org", value: "" } })).runs).toEqual([]);
  });

  test.each<[string, JsonValue]>([
    ["inline", { scalar: { primitive: { stringValue: "x" } } }],
    ["inline, no scalar", { collection: {} }],
  ])("inputs of another type than declared: %s", async (_, value) => {
    const { client } = await temporaryDevbox();
    const inputs = fromJson(InputsSchema, { literals: [{ name: "duration", value }] });
    const request = { id: named("x"), task: typed } as const;
    const message = /\[invalid_argument\] input "duration" is \w+ where duration is declared/;
    await expect(
      client.runs.createRun({ ...request, inputWrapper: { case: "inputs", value: inputs } }),
    ).rejects.toThrow(message);
    const { offloadedInputData } = await client.data.uploadInputs({ id: project("flytesnacks"), task: typed, inputs });
    if (!offloadedInputData) throw new Error("no uri");
    const offloaded = { case: "offloadedInputData", value: offloadedInputData } as const;
    await expect(client.runs.createRun({ ...request, inputWrapper: offloaded })).rejects.toThrow(message);
  });
});

test("inputs that are left out have their defaults; those uploaded are taken as they are", async () => {
  const { client } = await temporaryDevbox();
  const task = { case: "taskSpec", value: sleepTask(0) } as const;
  await client.runs.createRun({ id: named("inline"), task });
  expect(await client.end("inline")).toMatchObject({ phase: "SUCCEEDED" });
  expect(await inputsOf(client, "inline")).toEqual(duration("0s").literals);
  const { offloadedInputData } = await client.data.uploadInputs({ id: project("flytesnacks"), task, inputs: {} });
  if (!offloadedInputData) throw new Error("no uri");
  expect(readFileSync(`${offloadedInputData.uri.slice("file://".length)}/inputs.pb`)).toHaveLength(0);
  await client.runs.createRun({
    id: named("offloaded"),
    task,
    inputWrapper: { case: "offloadedInputData", value: offloadedInputData },
  });
  expect(await client.end("offloaded")).toMatchObject({
    phase: "FAILED",
    error: "duration input [duration] is missing",
  });
});

test("who called is the author of a run and of its abort, when the call said so", async () => {
  const { client } = await temporaryDevbox();
  const headers = { "x-amzn-oidc-identity": "alice" };
  await client.runs.createRun({ id: named("hers"), task: { case: "taskSpec", value: sleepTask(60) } }, { headers });
  await client.runs.abortRun(
    { runId: { ...scope, name: "hers" }, reason: "enough" },
    { headers: { "x-amzn-oidc-identity": "bob" } },
  );
  await client.runs.abortRun({ runId: { ...scope, name: "hers" }, reason: "again" }, { headers });
  const { details } = await client.runs.getRunDetails({ runId: { ...scope, name: "hers" } });
  const user = (subject: string) => ({ principal: { case: "user", value: { id: { subject } } } });
  expect(details?.action?.metadata?.executedBy).toMatchObject(user("alice"));
  expect(details?.action?.result).toMatchObject({
    case: "abortInfo",
    value: { reason: "enough", abortedBy: user("bob") },
  });

  await client.runs.createRun({ id: named("nobodys"), task: { case: "taskSpec", value: sleepTask(0) } });
  const nobodys = await client.runs.getRunDetails({ runId: { ...scope, name: "nobodys" } });
  expect(nobodys.details?.action?.metadata?.executedBy).toBeUndefined();
});

test("a run's times are in order and exact to the microsecond", async () => {
  const { client } = await temporaryDevbox();
  const run = await client.runSpec(shellTask("sleep 0.1"));
  await client.end(run);
  const { details } = await client.runs.getRunDetails({ runId: { ...scope, name: run } });
  const { status, attempts } = details?.action ?? {};
  const micros = (time?: { seconds: bigint; nanos: number }) => Number(time?.seconds) * 1e6 + Number(time?.nanos) / 1e3;
  const [created, began, ended] = [
    micros(status?.startTime),
    micros(attempts?.[0]?.startTime),
    micros(status?.endTime),
  ];
  expect(created).toBeLessThan(began);
  expect(began + 100_000).toBeLessThan(ended);
  expect(Number(status?.durationMs)).toBe(Math.round((ended - created) / 1000));
  expect(attempts?.[0]?.phaseTransitions.map(({ phase }) => phase)).toEqual([1, 4, 5]);
});

test("a report is downloaded by a signed link, never shown as a page of this origin", async () => {
  const { client } = await temporaryDevbox();
  const run = await client.runSpec(shellTask('echo "<b>report</b>" > "$prefix/report.html"'));
  await client.end(run);
  const source = (attempt: number) =>
    ({ case: "actionAttemptId", value: { actionId: { run: { ...scope, name: run }, name: "a0" }, attempt } }) as const;
  const { preSignedUrls } = await client.data.createDownloadLink({ artifactType: 1, source: source(1) });
  const answer = await fetch(preSignedUrls?.signedUrl[0] ?? "");
  expect(await answer.text()).toBe("<b>report</b>\n");
  expect(answer.headers.get("content-disposition")).toBe('attachment; filename="report.html"');
  expect(answer.headers.get("content-security-policy")).toBe("sandbox");
  await expect(client.data.createDownloadLink({ artifactType: 1, source: source(2) })).rejects.toThrow("[not_found]");
  await expect(client.data.createDownloadLink({ artifactType: 2, source: source(1) })).rejects.toThrow(
    "[invalid_argument]",
  );
});
