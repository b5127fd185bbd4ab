import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { killableDevbox } from "../testing/killable-devbox.ts";
import { age, DAY_MS, hasFiles, retainedDevbox, withDatabase } from "../testing/retained-devbox.ts";
import { shellTask, sleepTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

const PROGRAM = fileURLToPath(new URL("../testing/retention-process.ts", import.meta.url));
const FILES = 10;

/** Copies of one run, each with files and with actions below its root. */
async function manyRuns(count: number, children: number): Promise<{ dir: string; template: string; runs: string[] }> {
  const { client, devbox, dir } = await temporaryDevbox();
  const template = await client.runSpec(shellTask("true"));
  await client.end(template);
  await devbox.close();
  const runs = Array.from({ length: count }, (_, i) => `copy${i}`);
  withDatabase(dir, (db) => {
    const columns = (db.prepare("SELECT name FROM pragma_table_info('actions')").all() as { name: string }[])
      .map(({ name }) => name)
      .filter((name) => !["id", "run", "name", "parent", "input_uri"].includes(name));
    const copy = db.prepare(`INSERT INTO actions (run, name, parent, input_uri, ${columns.join(", ")})
      SELECT ?, ?, ?, replace(input_uri, run, ?), ${columns.join(", ")} FROM actions WHERE run = '${template}' AND name = 'a0'`);
    db.exec("BEGIN");
    for (const [i, run] of runs.entries()) {
      copy.run(run, "a0", "", run);
      // One of them is large.
      for (let child = 0; child < (i === 3 ? 2000 : children); child++) copy.run(run, `c${child}`, "a0", run);
    }
    db.exec("COMMIT");
  });
  for (const run of runs) {
    const work = join(dir, "runs", "flytesnacks", "development", run, "a0", "1");
    mkdirSync(work, { recursive: true });
    for (let file = 0; file < FILES; file++) writeFileSync(join(work, `${file}.bin`), "some");
  }
  age(dir, 10, runs);
  return { dir, template, runs };
}

test("kill -9 in the middle: each run is whole or not there, and the next start goes on", {
  timeout: 60_000,
}, async () => {
  const { dir, template, runs } = await manyRuns(250, 3);
  let between = 0;
  for (let round = 0; round < 6; round++) {
    const devbox = await killableDevbox(dir, PROGRAM);
    await sleep(100 + round * 80);
    await devbox.kill();
    withDatabase(dir, (db) => {
      expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      const left = db.prepare("SELECT run FROM actions WHERE name = 'a0' AND run <> ?").all(template) as {
        run: string;
      }[];
      if (left.length > 0 && left.length < runs.length) between++;
      const begun = new Set(
        (db.prepare("SELECT run FROM run_removals").all() as { run: string }[]).map(({ run }) => run),
      );
      for (const { run } of left) {
        const work = join(dir, "runs", "flytesnacks", "development", run, "a0", "1");
        expect(readdirSync(work)).toHaveLength(FILES);
        const { n } = db.prepare("SELECT count(*) AS n FROM actions WHERE run = ?").get(run) as { n: number };
        expect(n).toBe(run === runs[3] ? 2001 : 4);
      }
      const there = new Set(left.map(({ run }) => run));
      for (const run of runs) if (!there.has(run) && !begun.has(run)) expect(hasFiles(dir, run)).toBe(false);
    });
  }
  expect(between).toBeGreaterThan(0);
  const { client, lines } = await retainedDevbox(dir, { maxAgeMs: DAY_MS });
  await vi.waitFor(
    () => {
      expect(runs.filter((run) => hasFiles(dir, run))).toEqual([]);
      expect(readdirSync(join(dir, "runs", "flytesnacks", "development"))).toEqual([template]);
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(lines.filter((line) => line.includes("cannot"))).toEqual([]);
  expect(await client.end(template)).toMatchObject({ phase: "SUCCEEDED" });
  withDatabase(dir, (db) => {
    const { n } = db.prepare("SELECT count(*) AS n FROM actions WHERE run <> ?").get(template) as { n: number };
    expect(n).toBe(0);
  });
});

test("calls are answered while runs are removed", async () => {
  const { dir, template, runs } = await manyRuns(150, 20);
  const { client } = await retainedDevbox(dir, { maxAgeMs: DAY_MS });
  const actionId = { run: { ...client.scope, name: template }, name: "a0" };
  const waits: number[] = [];
  while (runs.some((run) => hasFiles(dir, run))) {
    const began = performance.now();
    await client.runs.getActionDetails({ actionId });
    waits.push(performance.now() - began);
    await sleep(2);
  }
  waits.sort((a, b) => a - b);
  expect(waits.length).toBeGreaterThan(50);
  // A machine with other work to do makes some call wait; the removal itself never works for long.
  expect(waits[Math.floor(waits.length * 0.9)]).toBeLessThan(100);
});

test("what is referred to only once runs are being removed is kept", async () => {
  const { dir, runs } = await manyRuns(300, 3);
  const { client, lines } = await retainedDevbox(dir, { maxAgeMs: DAY_MS });
  await vi.waitFor(() => expect(hasFiles(dir, runs[0] as string)).toBe(false), { timeout: 10_000, interval: 2 });
  const last = runs.at(-1) as string;
  // Candidates until now, both: one is named in the inputs of a new run, the other one in a task.
  const path = (run: string) => join(dir, "runs", "flytesnacks", "development", run, "a0", "1", "0.bin");
  const value = { case: "blob", value: { uri: path(last) } } as const;
  const { run } = await client.runs.createRun({
    id: { case: "projectId", value: { name: client.scope.project, domain: client.scope.domain } },
    task: { case: "taskSpec", value: sleepTask(3600) },
    inputWrapper: {
      case: "inputs",
      value: { literals: [{ name: "file", value: { value: { case: "scalar", value: { value } } } }] },
    },
  });
  const other = runs.at(-2) as string;
  await client.tasks.deployTask({
    taskId: { ...client.scope, name: "test.reader", version: "1" },
    spec: shellTask(`cat ${path(other)}`, { name: "test.reader" }),
  });
  expect([hasFiles(dir, last), hasFiles(dir, other)]).toEqual([true, true]);
  await vi.waitFor(() => expect(lines.join()).toContain("removed 298 runs"), { timeout: 20_000, interval: 50 });
  expect(runs.filter((name) => hasFiles(dir, name))).toEqual([other, last]);
  await client.phase(run?.action?.id?.run?.name ?? "", "RUNNING");
});
