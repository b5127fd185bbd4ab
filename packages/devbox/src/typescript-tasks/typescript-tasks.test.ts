import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Devbox, startDevbox } from "../devbox.ts";
import { type DevboxClient, devboxClient } from "../testing/devbox-client.ts";
import { defineTask } from "./define-task.ts";
import { registerTasks } from "./register-tasks.ts";

const EXAMPLES = fileURLToPath(new URL("../../../../examples/tasks/tasks.ts", import.meta.url));

let dir: string;
let devbox: Devbox;
let client: DevboxClient;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "devbox-"));
  devbox = await startDevbox({ dir, port: 0 });
  client = devboxClient(devbox);
});
afterAll(async () => {
  await devbox.close();
  rmSync(dir, { recursive: true });
});

describe("example tasks", () => {
  test("are deployed under the hash of their file, again and again the same", async () => {
    const first = await registerTasks(devbox, EXAMPLES);
    expect(first.map(({ name }) => name).sort()).toEqual(["example.fails", "example.my_task", "example.slow"]);
    expect(first[0]?.version).toMatch(/^[0-9a-f]{16}$/);
    expect(await registerTasks(devbox, EXAMPLES)).toEqual(first);
    const { versions } = await client.tasks.listVersions({ taskName: { ...client.scope, name: "example.my_task" } });
    expect(versions).toHaveLength(1);
  });

  test("example.my_task makes a string of both inputs", async () => {
    const run = await client.run("example.my_task", { x: { integer: "42" }, y: { stringValue: "hello" } });
    expect(await client.end(run)).toMatchObject({ phase: "SUCCEEDED", attempts: 1 });
    expect(await client.outputs(run)).toEqual({ o0: { stringValue: "hello 42" } });
  });

  test("example.fails fails with its message", async () => {
    const run = await client.run("example.fails", {});
    expect(await client.end(run)).toMatchObject({ phase: "FAILED", error: "Error: this task always fails" });
    expect(await client.logs(run)).toContain("Error: this task always fails");
  });

  test("example.slow tells its progress while it runs", async () => {
    const run = await client.run("example.slow", { seconds: { integer: "1" } });
    // The stream begins before the task ends, and holds what it wrote.
    await client.phase(run, "RUNNING");
    expect(await client.logs(run)).toEqual(["1 of 1 s"]);
    expect(await client.end(run)).toMatchObject({ phase: "SUCCEEDED" });
  });
});

test("defaults, retries and every type", async () => {
  const file = join(dir, "tasks.ts");
  const module = new URL("./define-task.ts", import.meta.url).href;
  writeFileSync(
    file,
    `import { existsSync, writeFileSync } from "node:fs";
    import { defineTask } from ${JSON.stringify(module)};
    const types = { i: "int", f: "float", s: "str", b: "bool", t: "datetime", d: "duration" } as const;
    export const echo = defineTask({
      name: "t.echo", inputs: types, outputs: types, defaults: { f: 1.5, i: 7 },
      run: (values: any) => ({ ...values, i: values.i + 1n }),
    });
    export const secondTime = defineTask({
      name: "t.second_time", inputs: { mark: "str" }, outputs: {}, retries: 1,
      run: ({ mark }) => {
        if (existsSync(mark)) return {};
        writeFileSync(mark, "");
        throw new TypeError("not yet");
      },
    });
    export const wrong = defineTask({ name: "t.wrong", inputs: {}, outputs: { n: "int" }, run: () => ({ n: 1.5 }) });`,
  );
  await registerTasks(devbox, file);
  const given = {
    s: { stringValue: "ä" },
    b: { boolean: false },
    t: { datetime: "1969-12-31T23:59:59.250Z" },
    d: { duration: "-1.500s" },
  };
  const echoed = await client.run("t.echo", given);
  expect(await client.end(echoed)).toMatchObject({ phase: "SUCCEEDED" });
  expect(await client.outputs(echoed)).toEqual({ ...given, i: { integer: "8" }, f: { floatValue: 1.5 } });

  const second = await client.run("t.second_time", { mark: { stringValue: join(dir, "mark") } });
  expect(await client.end(second)).toMatchObject({ phase: "SUCCEEDED", attempts: 2 });
  const wrong = await client.run("t.wrong", {});
  expect(await client.end(wrong)).toMatchObject({ phase: "FAILED", error: "Error: the task's output n is no int" });
});

test("a file without tasks is an error that says what to do", async () => {
  const file = join(dir, "none.ts");
  writeFileSync(file, "export const x: number = 1;");
  await expect(registerTasks(devbox, file)).rejects.toMatchObject({
    code: "invalid_declaration",
    message: `${file} exports no task`,
  });
});

test.each([
  [{ name: "noEnvironment" }, "its name is not"],
  [{ inputs: { x: "number" } }, 'x has the type "number"'],
  [{ inputs: { x: "int" }, defaults: { x: "1" } }, "the default of x is no int"],
  [{ defaults: { y: 1 } }, "it has a default for y, which is no input"],
  [{ retries: 11 }, "retries is not between"],
  [{ timeoutSeconds: 0 }, "timeoutSeconds is not above 0"],
])("refuses %j", (options, message) => {
  const declaration = { name: "t.x", inputs: {}, outputs: {}, run: () => ({}), ...options };
  expect(() => defineTask(declaration as never)).toThrow(message);
});
