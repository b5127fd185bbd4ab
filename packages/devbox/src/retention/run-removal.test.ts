import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { RunSource } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { expect, onTestFinished, test } from "vitest";
import type { DevboxContext } from "../context.ts";
import { DevboxEvents, type RunChange } from "../events.ts";
import { actions } from "../store/actions.ts";
import { attempts } from "../store/attempts.ts";
import { openDatabase } from "../store/database.ts";
import { MIGRATIONS } from "../store/migrations.ts";
import { temporaryDirectory } from "../testing/temporary-devbox.ts";
import { RunRemoval } from "./run-removal.ts";

const key = { project: "p", domain: "development", run: "r1" };
const NONE = new Uint8Array();

/** A store with one ended run of some actions and a file, and what removes it. */
function removalOf(children: number) {
  const dir = temporaryDirectory();
  const db = openDatabase(":memory:", MIGRATIONS);
  onTestFinished(() => db.close());
  const told: RunChange[] = [];
  const events = new DevboxEvents();
  events.on("run", (change) => told.push(change));
  const store = actions(db);
  const ended = { phase: ActionPhase.SUCCEEDED, ended_at: 2 };
  const add = (action: string, of: { phase?: ActionPhase; ended_at?: number } = ended) =>
    store.create({
      ...{ ...key, ...of, action, parent: action === "a0" ? "" : "a0" },
      ...{ created_at: 1, expires_at: null, source: RunSource.WEB, task_name: "t", task_version: "1" },
      ...{ metadata: NONE, spec: NONE, run_spec: NONE, input_uri: "", inputs_hash: "", request_digest: NONE },
    });
  const id = add("a0");
  for (let i = 0; i < children; i++) add(`c${i}`);
  const place = join(dir, "runs", "p", "development");
  const writeFiles = () => {
    mkdirSync(join(place, "r1"), { recursive: true });
    writeFileSync(join(place, "r1", "file"), "x");
  };
  writeFiles();
  const context = { db, dir, events, log: () => {} } as unknown as DevboxContext;
  const left = () => (db.prepare("SELECT count(*) AS n FROM actions").get() as { n: number }).n;
  return {
    ...{ db, place, told, store, add, writeFiles, left, run: { ...key, id } },
    removal: new RunRemoval(context, () => Promise.resolve()),
  };
}

test.each(["an action", "an attempt"])("a run of which %s has not ended is left alone", (what) => {
  const { removal, run, add, db, place, left, told } = removalOf(2);
  if (what === "an action") add("open", { phase: ActionPhase.RUNNING });
  else attempts(db).create({ action_id: run.id + 1, attempt: 1, phase: ActionPhase.RUNNING });
  const before = left();
  expect(removal.begin(run)).toBe(false);
  expect([left(), existsSync(join(place, "r1")), told.length]).toEqual([before, true, 0]);
});

test("a large run is gone at once for who looks for it, and its name is free when the rest has followed", async () => {
  const { removal, run, store, add, place, left, told, writeFiles } = removalOf(1200);
  expect(removal.begin(run)).toBe(true);
  expect(store.get({ ...key, action: "a0" })).toBeUndefined();
  expect(existsSync(join(place, "r1"))).toBe(false);
  expect(told).toEqual([{ ...key, action: "a0" }]);
  expect(left()).toBeGreaterThan(500);
  expect(() => add("a0")).toThrow("is being removed");
  await removal.finish(run);
  expect(left()).toBe(0);
  expect(readdirSync(place)).toEqual([]);
  writeFiles();
  add("a0");
  expect(readdirSync(place)).toEqual(["r1"]);
});

test("what was interrupted leaves its place at the next start", async () => {
  const { removal, run, db, place, left } = removalOf(0);
  // As a crash leaves it between the transaction and the renaming.
  db.prepare("INSERT INTO run_removals VALUES (?, 'p', 'development', 'r1')").run(run.id);
  db.exec("DELETE FROM actions");
  expect(removal.interrupted()).toEqual([run]);
  expect(existsSync(join(place, "r1"))).toBe(false);
  await removal.finish(run);
  expect(readdirSync(place)).toEqual([]);
  expect(removal.interrupted()).toEqual([]);
  expect(left()).toBe(0);
});
