import { fromBinary } from "@bufbuild/protobuf";
import type { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { ErrorInfoSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { Database } from "../store/database.ts";
import type { RunState, RunsState, Scope } from "./live-state.ts";
import { msOf, msOrNull, phaseName, phaseNamed } from "./phase-name.ts";

export const RUNS_PAGE = 50;
/** Runs that one page looks at for those that meet its filters. A devbox may hold a million. */
export const MAX_SEARCHED = 20_000;
/** Characters of an error that lists show. */
export const MESSAGE_LENGTH = 4000;

export interface RunsQuery extends Scope {
  /** Names of phases; none: all. */
  readonly phases: readonly string[];
  /** Full name of a task; empty: all. */
  readonly task: string;
  /** Part of the name of the run, its task or its trigger, in whatever case. */
  readonly search: string;
  /** `before` of the page of newer runs; empty: the newest. */
  readonly before: string;
}

export interface RunColumns {
  readonly id: number;
  readonly run: string;
  readonly phase: ActionPhase;
  readonly task_name: string;
  readonly trigger_name: string | null;
  readonly created_at: number;
  readonly project: string;
  readonly domain: string;
  readonly ended_at: number | null;
  readonly error: Uint8Array | null;
  readonly abort_reason: string | null;
}

export const RUN_COLUMNS =
  "id, run, project, domain, phase, task_name, trigger_name, created_at, ended_at, error, abort_reason";

/** Reads pages of runs. In the order of the index, so that a page costs what it looks at, not what there is. */
export function runsReader(db: Database): (query: RunsQuery) => RunsState {
  const window = `FROM actions WHERE project = :project AND domain = :domain AND name = 'a0'
    AND created_at <= :at AND NOT (created_at = :at AND id <= :id) ORDER BY created_at DESC, id LIMIT`;
  const meets = `(:phases = '[]' OR phase IN (SELECT value FROM json_each(:phases))) AND (:task = '' OR task_name = :task)
    AND (:search = '' OR instr(lower(run || char(10) || task_name || char(10) || ifnull(trigger_name, '')), lower(:search)) > 0)`;
  const page = db.prepare(
    `SELECT id, created_at FROM (SELECT id, run, phase, task_name, trigger_name, created_at ${window} ${MAX_SEARCHED})
     WHERE ${meets} LIMIT ${RUNS_PAGE + 1}`,
  );
  /** The last run that was looked at, and the one after it. */
  const edge = db.prepare(`SELECT id, created_at ${window} 2 OFFSET ${MAX_SEARCHED - 1}`);
  const byId = db.prepare(`SELECT ${RUN_COLUMNS} FROM actions WHERE id = ?`);
  const byName = db.prepare(
    `SELECT ${RUN_COLUMNS} FROM actions
     WHERE project = :project AND domain = :domain AND run = :search AND name = 'a0' AND ${meets}`,
  );
  return ({ project, domain, phases, task, search, before }) => {
    const place = { project, domain, ...cursorOf(before) };
    const filter = { phases: JSON.stringify(phases.flatMap(phaseNamed)), task, search };
    const found = page.all({ ...place, ...filter }) as unknown as Cursor[];
    const shown = found.slice(0, RUNS_PAGE);
    const runs = shown.map(({ id }) => runStateOf(byId.get(id) as unknown as RunColumns));
    if (before === "" && search !== "" && !runs.some(({ name }) => name === search)) {
      const named = byName.get({ project, domain, ...filter });
      if (named) runs.push(runStateOf(named as unknown as RunColumns));
    }
    const last = shown.at(-1);
    if (found.length > RUNS_PAGE && last) return { runs, before: textOf(last) };
    const [end, next] = edge.all(place) as unknown as Cursor[];
    return end && next ? { runs, before: textOf(end), searched: MAX_SEARCHED } : { runs };
  };
}

/** A run's place in the list. */
interface Cursor {
  readonly id: number;
  readonly created_at: number;
}

const textOf = ({ id, created_at }: Cursor): string => `${created_at}.${id}`;

/** What is no cursor is the beginning. */
function cursorOf(text: string): { at: number; id: number } {
  const [, at, id] = /^(\d{1,16})\.(\d{1,16})$/.exec(text) ?? [];
  return at === undefined ? { at: Number.MAX_SAFE_INTEGER, id: 0 } : { at: Number(at), id: Number(id) };
}

export function runStateOf(row: RunColumns): RunState {
  const { run, project, domain, task_name, trigger_name, phase, created_at, ended_at } = row;
  return {
    name: run,
    project,
    domain,
    task: task_name,
    phase: phaseName(phase),
    createdMs: msOf(created_at),
    endedMs: msOrNull(ended_at),
    message: messageOf(row).slice(0, MESSAGE_LENGTH),
    trigger: trigger_name ?? "",
  };
}

export function messageOf({ error, abort_reason }: Pick<RunColumns, "error" | "abort_reason">): string {
  return error ? fromBinary(ErrorInfoSchema, error).message : (abort_reason ?? "");
}
