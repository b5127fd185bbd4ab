import { join } from "node:path";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../store/database.ts";
import { MIGRATIONS } from "../store/migrations.ts";
import { temporaryDirectory } from "../testing/temporary-devbox.ts";
import { MAX_SEARCHED, RUNS_PAGE, type RunsQuery, runsReader } from "./runs-state.ts";

const ALL: RunsQuery = { project: "p", domain: "d", phases: [], task: "", search: "", before: "" };

/** `count` runs `r1`, `r2`, …, of which each shares its time with its neighbour. */
function stored(count: number) {
  const db = openDatabase(join(temporaryDirectory(), "devbox.db"), MIGRATIONS);
  onTestFinished(() => db.close());
  db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO actions (project, domain, run, name, phase, created_at, updated_at, source, task_name, task_version,
      metadata, spec, run_spec, input_uri, inputs_hash, request_digest)
    SELECT 'p', 'd', 'r' || i, 'a0', CASE i WHEN 1 THEN ${ActionPhase.FAILED} ELSE ${ActionPhase.SUCCEEDED} END,
      1000000 + i / 2, 0, 0, 'task' || (i % 2), '1', x'', x'', x'', '', '', x'' FROM n`);
  return runsReader(db);
}

test("pages follow one another without a gap or a repetition, to the oldest run", () => {
  const read = stored(3 * RUNS_PAGE + 7);
  const names: string[] = [];
  let before: string | undefined = "";
  let pages = 0;
  while (before !== undefined) {
    const page = read({ ...ALL, before });
    names.push(...page.runs.map(({ name }) => name));
    before = page.before;
    pages++;
  }
  expect(pages).toBe(4);
  expect(new Set(names).size).toBe(3 * RUNS_PAGE + 7);
  expect(names).toHaveLength(3 * RUNS_PAGE + 7);
});

test("a page that is exactly full has none after it", () => {
  expect(stored(RUNS_PAGE)(ALL)).not.toHaveProperty("before");
  expect(stored(RUNS_PAGE + 1)(ALL)).toHaveProperty("before");
});

test("what is no cursor is the newest page", () => {
  const read = stored(3);
  for (const before of ["x", "1", "'; DROP TABLE actions", "99999999999999999999.1"]) {
    expect(read({ ...ALL, before }).runs).toHaveLength(3);
  }
});

test("a search looks at a bounded number of runs, says so, and goes on from there; a whole name is always found", () => {
  const read = stored(MAX_SEARCHED + 100);
  const first = read({ ...ALL, phases: ["failed"] });
  expect(first).toMatchObject({ runs: [], searched: MAX_SEARCHED });
  const second = read({ ...ALL, phases: ["failed"], before: first.before ?? "" });
  expect(second.runs.map(({ name }) => name)).toEqual(["r1"]);
  expect(second).not.toHaveProperty("before");
  expect(read({ ...ALL, search: "r1", phases: ["failed"] }).runs.map(({ name }) => name)).toEqual(["r1"]);
  expect(read({ ...ALL, search: "r1", phases: ["aborted"] }).runs).toEqual([]);
});
