import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { registerTasks } from "@flyte-webhook/devbox";
import { connect } from "@flyte-webhook/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliDevbox, startCliDevbox } from "../testing/cli-devbox.ts";

let box: CliDevbox;
let served = "";

beforeAll(async () => {
  box = await startCliDevbox();
  const file = join(box.dir, "tasks.ts");
  writeFileSync(
    file,
    `import { defineTask } from "@flyte-webhook/devbox/define-task";
export const count = defineTask({
  name: "example.count", inputs: { big: "int", by: "int" }, outputs: { o0: "int" },
  run: ({ big, by }) => { console.log("counting"); return { o0: big + by }; },
});
export const sleeps = defineTask({
  name: "example.sleeps", inputs: {}, outputs: {},
  run: async () => { await new Promise((resolve) => setTimeout(resolve, 60_000)); return {}; },
});
export const fails = defineTask({
  name: "example.fails", inputs: {}, outputs: {},
  run: () => { throw new Error("on purpose"); },
});
`,
  );
  await registerTasks(box.devbox, file);
  writeFileSync(
    join(box.dir, "webhook.ts"),
    `import { FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";
export const hook = new FlyteWebhookAppEnvironment({ name: "hook" });
`,
  );
  const { out } = await box.cli("serve", "--json");
  served = JSON.parse(out).endpoint;
});
afterAll(() => box.close());

const json = async (...args: string[]) => JSON.parse((await box.cli(...args, "--json")).out);

async function start(task: string, body: string): Promise<string> {
  const place = ["domain=development", "project=flytesnacks", `name=${task}`];
  const { out, err } = await box.cli("call", "run_task", ...place, "--url", served, "--body", body);
  if (err !== "") throw new Error(err + out);
  return JSON.parse(out).name;
}

async function ended(name: string): Promise<void> {
  const plane = connect({ config: box.devbox.config });
  for await (const _ of plane.runs.watch(name));
  await plane.close();
}

test("tasks are listed and described", async () => {
  const all = await json("tasks");
  expect(all.map(({ name }: { name: string }) => name).sort()).toEqual([
    "example.count",
    "example.fails",
    "example.sleeps",
  ]);
  expect(all[0]).toMatchObject({
    project: "flytesnacks",
    domain: "development",
    version: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect((await json("tasks", "list", "--limit", "2")).length).toBe(2);
  expect(await json("tasks", "get", "development/flytesnacks/example.count")).toMatchObject({
    name: "example.count",
    taskType: "typescript",
    inputs: { type: "object", required: ["big", "by"] },
  });
  expect((await box.cli("tasks", "get", "example.count")).out).toContain("inputs    big: integer (int64)\n");
  expect((await box.cli("tasks", "get", "example.nope")).code).toBe(4);
  expect(await box.cli("tasks", "get", "a/b/c/d")).toMatchObject({
    code: 2,
    err: expect.stringContaining("domain/project/name"),
  });
});

test("a run is listed, shown, and its values are exact", async () => {
  const name = await start("example.count", '{"big": 9007199254740993, "by": 1}');
  await ended(name);
  const { out } = await box.cli("runs");
  expect(out).toContain(`${name.padEnd(22)} succeeded    example.count\n`);
  expect((await json("runs", "list"))[0]).toEqual({
    name,
    task: "example.count",
    phase: "succeeded",
    startedAt: expect.any(String),
  });
  expect(await json("runs", "get", name)).toMatchObject({
    name,
    task: "example.count",
    phase: "succeeded",
    attempts: 1,
    error: null,
  });
  expect((await box.cli("runs", "io", name)).out).toBe(
    'inputs   {"big":9007199254740993,"by":1}\noutputs  {"o0":9007199254740994}\n',
  );
  expect((await box.cli("runs", "io", name, "--json")).out).toBe(
    `{"name":"${name}","inputs":{"big":9007199254740993,"by":1},"outputs":{"o0":9007199254740994}}\n`,
  );
  expect(await box.cli("runs", "logs", name)).toMatchObject({ code: 0, out: expect.stringContaining("counting\n") });
  expect((await box.cli("runs", "logs", name, "--json", "--attempt", "1")).out).toContain('{"message":"counting"}\n');
  expect((await box.cli("runs", "logs", name, "--attempt", "7")).code).toBe(4);
});

test("a run that failed says why and has no outputs", async () => {
  const name = await start("example.fails", "{}");
  await ended(name);
  expect(await json("runs", "get", name)).toMatchObject({
    phase: "failed",
    error: expect.stringContaining("on purpose"),
  });
  expect(await json("runs", "io", name)).toMatchObject({ outputs: null });
});

test("abort ends a run, once", async () => {
  const name = await start("example.sleeps", "{}");
  expect(await json("runs", "abort", name, "--reason", "not needed", "--wait")).toEqual({
    name,
    phase: "aborted",
    changed: true,
  });
  expect(await json("runs", "get", name)).toMatchObject({ phase: "aborted", abortReason: "not needed" });
  expect((await box.cli("runs", "abort", name)).out).toBe(`${name} had ended already: aborted\n`);
  expect((await box.cli("runs", "abort", "rnone")).code).toBe(4);
});
