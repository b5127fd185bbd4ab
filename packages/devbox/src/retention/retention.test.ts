import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { create, fromJson, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import type { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { type InputsSchema, OutputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { expect, test, vi } from "vitest";
import { RELATION_RECOVER } from "../newer-fields.ts";
import { openDatabase } from "../store/database.ts";
import { MIGRATIONS } from "../store/migrations.ts";
import { givePagesBack, isShrinkable, makeShrinkable } from "../store/retention.ts";
import { tasks } from "../store/tasks.ts";
import { age, DAY_MS, hasFiles, retainedDevbox, withDatabase } from "../testing/retained-devbox.ts";
import { commandTask, shellTask, sleepTask } from "../testing/shell-task.ts";
import { temporaryDevbox, temporaryDirectory } from "../testing/temporary-devbox.ts";
import { triggerClient } from "../testing/trigger-client.ts";
import { References } from "./references.ts";

const scope = { project: "flytesnacks", domain: "development" };
const megabytes = (number: number) => shellTask(`head -c ${number * 1024 * 1024} /dev/zero > $prefix/data`);
const sizeOf = (dir: string) => Number(execFileSync("du", ["-sk", dir], { encoding: "utf8" }).split("\t")[0]) * 1024;

/** Literals with a file that lies at a path. */
function blob(path: string) {
  const value = { case: "blob", value: { uri: `file://${path}` } } as const;
  const literal = { value: { case: "scalar", value: { value } } } as const;
  return { literals: [{ name: "file", value: literal }] };
}

test("by size: the oldest runs go, down to below the limit, and the file of the database with them", async () => {
  const { client, devbox, dir } = await temporaryDevbox();
  const runs: string[] = [];
  for (let i = 0; i < 8; i++) {
    runs.push(await client.runSpec(megabytes(4)));
    await client.end(runs.at(-1) as string);
  }
  await devbox.close();
  const limit = 24 * 1024 * 1024;
  expect(sizeOf(dir)).toBeGreaterThan(limit);
  const { client: after, lines } = await retainedDevbox(dir, { maxBytes: limit });
  await vi.waitFor(() => expect(lines.join()).toMatch(/removed \d runs?, \d+ MiB/), 10_000);
  expect(sizeOf(dir)).toBeLessThan(limit);
  const { runs: left } = await after.runs.listRuns({
    scopeBy: { case: "projectId", value: { name: scope.project, domain: scope.domain } },
    request: { limit: 100 },
  });
  const names = new Set(left.map((run) => run.action?.id?.run?.name ?? ""));
  // The newest are left, whole.
  expect(runs.slice(8 - names.size)).toEqual(runs.filter((name) => names.has(name)));
  expect(names.size).toBeGreaterThanOrEqual(3);
  for (const run of runs) expect(hasFiles(dir, run)).toBe(names.has(run));
  const gone = { run: { ...scope, name: runs[0] as string }, name: "a0" };
  await expect(after.runs.getActionDetails({ actionId: gone })).rejects.toThrow(/not.found/i);
  // Its name is free again.
  const again = await after.runSpec(shellTask("true"), { name: runs[0] as string });
  expect(await after.end(again)).toMatchObject({ phase: "SUCCEEDED" });
});

test("by age: what ended earlier goes; what goes on stays, however old", async () => {
  const { client, devbox, dir } = await temporaryDevbox();
  const ended: string[] = [];
  for (let i = 0; i < 4; i++) {
    ended.push(await client.runSpec(shellTask("true")));
    await client.end(ended.at(-1) as string);
  }
  const active = await client.runSpec(sleepTask(3600));
  await client.phase(active, "RUNNING");
  await devbox.close();
  age(dir, 40, ended.slice(0, 3));
  withDatabase(dir, (db) =>
    db.prepare("UPDATE actions SET created_at = created_at - ? WHERE run = ?").run(90 * DAY_MS * 1000, active),
  );
  const { client: after, lines } = await retainedDevbox(dir, { maxAgeMs: 30 * DAY_MS });
  await vi.waitFor(() => expect(lines.join()).toContain("removed 3 runs"), 10_000);
  expect(ended.map((run) => hasFiles(dir, run))).toEqual([false, false, false, true]);
  await after.phase(active, "RUNNING");
});

test("without a bound nothing is removed", async () => {
  const { client, devbox, dir } = await temporaryDevbox();
  const run = await client.runSpec(shellTask("true"));
  await client.end(run);
  await devbox.close();
  age(dir, 4000);
  const { client: after } = await retainedDevbox(dir, {});
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await after.end(run)).toMatchObject({ phase: "SUCCEEDED" });
});

test("what something still refers to is kept, and what nothing refers to goes", async () => {
  const { client, devbox, dir } = await temporaryDevbox();
  const { deploy, deployTask } = triggerClient(devbox);
  const apps = createClient(AppService, createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" }));
  const raw = (run: string) => join(dir, "raw", scope.project, scope.domain, run, "a0-1", "data.bin");
  const uploaded = (name: string) => join(dir, "uploads", scope.project, scope.domain, name, "file.tgz");
  const put = (path: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "kept");
  };
  /** An ended run with a file among its raw data. */
  const runWithFile = async (spec = shellTask("true")) => {
    const run = await client.runSpec(spec);
    await client.end(run);
    put(raw(run));
    return run;
  };
  const runWith = async (inputs: MessageInitShape<typeof InputsSchema>) => {
    const { run } = await client.runs.createRun({
      id: { case: "projectId", value: { name: scope.project, domain: scope.domain } },
      task: { case: "taskSpec", value: sleepTask(3600) },
      inputWrapper: { case: "inputs", value: inputs },
    });
    return run?.action?.id?.run?.name ?? "";
  };

  const ofInputs = await runWithFile();
  await runWith(blob(raw(ofInputs)));

  const hour = sleepTask(3600).defaultInputs?.[0]?.parameter?.behavior?.value as MessageInitShape<typeof LiteralSchema>;
  const ofUploadedInputs = await runWithFile();
  const { offloadedInputData } = await client.data.uploadInputs({
    id: { case: "projectId", value: { name: scope.project, domain: scope.domain } },
    task: { case: "taskSpec", value: sleepTask(3600) },
    // Inputs that are uploaded get no defaults, and a sleeping task goes on after a restart.
    inputs: { literals: [...blob(raw(ofUploadedInputs)).literals, { name: "duration", value: hour }] },
  });
  const uploadedInputs = join((offloadedInputData?.uri ?? "").slice("file://".length), "inputs.pb");
  const { run: started } = await client.runs.createRun({
    id: { case: "projectId", value: { name: scope.project, domain: scope.domain } },
    task: { case: "taskSpec", value: sleepTask(3600) },
    inputWrapper: { case: "offloadedInputData", value: offloadedInputData ?? {} },
  });
  await client.phase(started?.action?.id?.run?.name ?? "", "RUNNING");

  // Outputs of one run are a file of another one.
  const ofOutputs = await runWithFile();
  const outputs = Buffer.from(toBinary(OutputsSchema, create(OutputsSchema, blob(raw(ofOutputs))))).toString("base64");
  const holder = await client.runSpec(shellTask(`echo ${outputs} | base64 -d > $prefix/outputs.pb`));
  expect(await client.end(holder)).toMatchObject({ phase: "SUCCEEDED" });

  const ofCache = await runWithFile();
  const cached = Buffer.from(toBinary(OutputsSchema, create(OutputsSchema, blob(raw(ofCache))))).toString("base64");
  const cachedTask = shellTask(`echo ${cached} | base64 -d > $prefix/outputs.pb`, {
    name: "test.cached",
    metadata: { discoverable: true, discoveryVersion: "1" },
  });
  const filler = await client.runSpec(cachedTask);
  await client.end(filler);

  const ofTrigger = await runWithFile();
  await deployTask();
  await deploy("nightly", { cron: "0 0 1 1 *", active: false, spec: { inputs: blob(raw(ofTrigger)) } });

  const ofApp = await runWithFile();
  const packed = gzipSync(JSON.stringify({ parameters: [{ value: `file://${raw(ofApp)}` }] })).toString("base64");
  const bundleOfApp = uploaded("bundle-of-app");
  await apps.create({
    app: {
      metadata: { id: { ...scope, name: "holder" } },
      spec: {
        appPayload: {
          case: "container",
          value: { image: "any", command: ["true", "--parameters", packed, "--tgz", `file://${bundleOfApp}`] },
        },
      },
    },
  });

  const bundleOfTask = uploaded("bundle-of-task");
  await client.tasks.deployTask({
    taskId: { ...scope, name: "test.bundled", version: "1" },
    spec: commandTask(["true", "--tgz", bundleOfTask], { name: "test.bundled" }),
  });

  const ofCacheService = await runWithFile();
  const recovered = await runWithFile(shellTask("exit 1"));
  const recovering = await client.runSpec(sleepTask(3600), {
    runSpec: fromJson(RunSpecSchema, {
      relation: { relatedTo: { ...scope, name: recovered }, relationType: RELATION_RECOVER },
    }),
  });
  await client.phase(recovering, "RUNNING");

  const free = await runWithFile();
  const orphan = uploaded("orphan");
  const fresh = uploaded("fresh");
  for (const path of [bundleOfApp, bundleOfTask, orphan, fresh]) put(path);
  for (const path of [bundleOfApp, bundleOfTask, orphan, uploadedInputs]) {
    for (const old of [path, dirname(path)]) utimesSync(old, 1_000_000_000, 1_000_000_000);
  }
  await devbox.close();
  // The run with a file of another one in its outputs stays itself; all others that have ended are old.
  age(dir, 40);
  withDatabase(dir, (db) => {
    db.prepare("UPDATE actions SET ended_at = ? WHERE run = ?").run(Date.now() * 1000, holder);
    db.prepare("INSERT INTO cache_entries VALUES ('key', ?, x'', 0)").run(
      `file://${join(dir, "runs", scope.project, scope.domain, ofCacheService, "a0", "1", "outputs.pb")}`,
    );
  });

  const { client: after, lines } = await retainedDevbox(dir, { maxAgeMs: 30 * DAY_MS });
  // `filler` has written what is in the cache, which is there without it.
  await vi.waitFor(() => expect(lines.join("\n")).toContain("removed 2 runs and 1 upload that nothing"), 15_000);
  const kept = { ofInputs, ofUploadedInputs, ofOutputs, ofCache, ofTrigger, ofApp, ofCacheService, recovered };
  for (const [name, run] of Object.entries(kept)) {
    expect([name, hasFiles(dir, run), existsSync(raw(run))]).toEqual([name, true, true]);
    await after.end(run);
  }
  for (const path of [bundleOfApp, bundleOfTask, fresh, uploadedInputs])
    expect([path, existsSync(path)]).toEqual([path, true]);
  for (const run of [free, filler]) expect([hasFiles(dir, run), existsSync(raw(run))]).toEqual([false, false]);
  expect(existsSync(orphan)).toBe(false);

  // What the cache holds is reused, and is there.
  const again = await after.runSpec(cachedTask);
  expect(await after.end(again)).toMatchObject({ phase: "SUCCEEDED" });
  const { outputs: reused } = await after.data.getActionData({
    actionId: { run: { ...scope, name: again }, name: "a0" },
  });
  expect(JSON.stringify(reused)).toContain(raw(ofCache));
});

test("what is written while references are looked for is found before anything goes", () => {
  const dir = "/data/box";
  const db = openDatabase(":memory:", MIGRATIONS);
  const references = new References(db, dir, {
    runs: ["p/development/r1", "p/development/r2"],
    uploads: ["p/development/u"],
  });
  references.begin();
  for (const _ of references.scan());
  const deploy = (version: string, text: string) => {
    const row = { project: "p", domain: "development", name: "t", version, environment: "", short_description: "" };
    tasks(db).deploy(row, create(TaskSpecSchema, commandTask([text])));
  };
  deploy("1", `${dir}/raw//p/development/r1`);
  expect(references.has("runs", "p/development/r1")).toBe(false);
  references.catchUp();
  expect(references.has("runs", "p/development/r1")).toBe(true);
  expect(references.has("runs", "p/development/r2")).toBe(false);
  // The same version again is an update.
  deploy("1", `file://${dir}/uploads/p/development/u/code.tgz`);
  references.catchUp();
  expect(references.has("uploads", "p/development/u")).toBe(true);
  references.end();
  deploy("2", "after the end");
  db.close();
});

test("an existing database is made one that gets smaller", () => {
  const file = join(temporaryDirectory(), "old.db");
  const old = new DatabaseSync(file);
  old.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (bytes BLOB)");
  old.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO t SELECT randomblob(4096) FROM n`);
  expect(isShrinkable(old)).toBe(false);
  makeShrinkable(old);
  expect(isShrinkable(old)).toBe(true);
  const before = sizeOf(file);
  old.exec("DELETE FROM t");
  let steps = 0;
  while (givePagesBack(old)) steps++;
  old.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  expect(steps).toBeGreaterThan(2);
  expect(sizeOf(file)).toBeLessThan(before / 10);
  old.close();
  const fresh = openDatabase(join(temporaryDirectory(), "new.db"), MIGRATIONS);
  expect(isShrinkable(fresh)).toBe(true);
  fresh.close();
});
