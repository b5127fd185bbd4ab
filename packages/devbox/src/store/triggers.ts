import type { SQLInputValue } from "node:sqlite";
import { toBinary } from "@bufbuild/protobuf";
import { type TriggerAutomationSpec, TriggerAutomationSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import {
  TriggerRevisionAction,
  type TriggerSpec,
  TriggerSpecSchema,
} from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import type { Database } from "./database.ts";
import { type Condition, joined } from "./list-query.ts";
import { Statements } from "./statements.ts";
import {
  LIVE,
  type RevisionSqlRow,
  readRevision,
  readTrigger,
  type TriggerKey,
  type TriggerRevisionRow,
  type TriggerRow,
  type TriggerSqlRow,
} from "./trigger-rows.ts";

export interface TriggerWrite {
  readonly spec: TriggerSpec;
  readonly automation: TriggerAutomationSpec;
  readonly at: number;
  readonly nextAt: number | null;
}

export interface TriggerQuery {
  readonly where: readonly Condition[];
  readonly order: string;
  readonly limit: number;
  readonly offset: number;
}

const KEY = "project = ? AND domain = ? AND task_name = ? AND name = ?";

/** Nothing here opens a transaction: a caller joins several of these, and a run, in one. */
export class TriggerStore {
  readonly #db: Database;
  readonly #statements: Statements;

  constructor(db: Database) {
    this.#db = db;
    this.#statements = new Statements(db);
  }

  /** Also one that is deleted. */
  find({ project, domain, taskName, name }: TriggerKey): TriggerRow | undefined {
    return this.#one(`SELECT * FROM triggers WHERE ${KEY}`, [project, domain, taskName, name]);
  }

  /** Without the name of a task: the first of that name. */
  get(key: TriggerKey): TriggerRow | undefined {
    const { project, domain, taskName, name } = key;
    if (taskName !== "") return this.#one(`SELECT * FROM triggers WHERE ${KEY} AND ${LIVE.sql}`, keyValues(key));
    return this.#one(
      `SELECT * FROM triggers WHERE project = ? AND domain = ? AND name = ? AND ${LIVE.sql} ORDER BY id LIMIT 1`,
      [project, domain, name],
    );
  }

  list({ where, order, limit, offset }: TriggerQuery): TriggerRow[] {
    const { sql, params } = joined(where);
    return this.#statements
      .all<TriggerSqlRow>(`SELECT * FROM triggers WHERE ${sql} ORDER BY ${order} LIMIT ? OFFSET ?`, [
        ...params,
        limit,
        offset,
      ])
      .map(readTrigger);
  }

  ofTask(project: string, domain: string, taskName: string): TriggerRow[] {
    return this.#statements
      .all<TriggerSqlRow>(
        `SELECT * FROM triggers WHERE project = ? AND domain = ? AND task_name = ? AND ${LIVE.sql} ORDER BY id`,
        [project, domain, taskName],
      )
      .map(readTrigger);
  }

  /** Those whose time has come, the earliest first. */
  due(at: number): TriggerRow[] {
    return this.#statements
      .all<TriggerSqlRow>("SELECT * FROM triggers WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY next_at", [at])
      .map(readTrigger);
  }

  nextAt(): number | undefined {
    const sql = "SELECT min(next_at) AS at FROM triggers WHERE next_at IS NOT NULL";
    return this.#statements.get<{ at: number | null }>(sql, [])?.at ?? undefined;
  }

  /** A new revision; brings back one that was deleted. A redeployment leaves `updated_at`, as on a real plane. */
  deploy(key: TriggerKey, { spec, automation, at, nextAt }: TriggerWrite): TriggerRow {
    const sql = `INSERT INTO triggers (project, domain, task_name, name, revision, task_version, active, automation_type,
        spec, automation, deployed_at, updated_at, next_at)
      VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET revision = revision + 1, task_version = excluded.task_version,
        active = excluded.active, automation_type = excluded.automation_type, spec = excluded.spec,
        automation = excluded.automation, deployed_at = excluded.deployed_at, deleted_at = NULL,
        next_at = excluded.next_at
      RETURNING *`;
    const values = [
      ...keyValues(key),
      spec.taskVersion,
      Number(spec.active),
      automation.type,
      toBinary(TriggerSpecSchema, spec),
      toBinary(TriggerAutomationSpecSchema, automation),
      at,
      at,
      nextAt,
    ];
    return this.#revised(sql, values, TriggerRevisionAction.DEPLOY, at);
  }

  setActive(row: TriggerRow, spec: TriggerSpec, at: number, nextAt: number | null): TriggerRow {
    const sql = `UPDATE triggers SET revision = revision + 1, active = ?, spec = ?, updated_at = ?, next_at = ?
      WHERE id = ? RETURNING *`;
    const values = [Number(spec.active), toBinary(TriggerSpecSchema, spec), at, nextAt, row.id];
    const action = spec.active ? TriggerRevisionAction.ACTIVATE : TriggerRevisionAction.DEACTIVATE;
    return this.#revised(sql, values, action, at);
  }

  delete(row: TriggerRow, at: number): void {
    const sql = "UPDATE triggers SET revision = revision + 1, deleted_at = ?, next_at = NULL WHERE id = ? RETURNING *";
    this.#revised(sql, [at, row.id], TriggerRevisionAction.DELETE, at);
  }

  /** The action is a run of this trigger. */
  fired({ id, key }: TriggerRow, actionId: number, at: number): void {
    this.#db.prepare("UPDATE triggers SET triggered_at = ? WHERE id = ?").run(at, id);
    this.#db.prepare("UPDATE actions SET trigger_name = ? WHERE id = ?").run(key.name, actionId);
  }

  /** False when the schedule does not stand where the row says: then what follows from the row must not happen. */
  advance({ id, next_at }: TriggerRow, nextAt: number | null): boolean {
    const sql = "UPDATE triggers SET next_at = ? WHERE id = ? AND next_at = ?";
    return this.#db.prepare(sql).run(nextAt, id, next_at).changes === 1;
  }

  revisions({ id }: TriggerRow, { where, order, limit, offset }: TriggerQuery): TriggerRevisionRow[] {
    const { sql, params } = joined([{ sql: "trigger_id = ?", params: [id] }, ...where]);
    return this.#statements
      .all<RevisionSqlRow>(`SELECT * FROM trigger_revisions WHERE ${sql} ORDER BY ${order} LIMIT ? OFFSET ?`, [
        ...params,
        limit,
        offset,
      ])
      .map(readRevision);
  }

  #one(sql: string, params: SQLInputValue[]): TriggerRow | undefined {
    const row = this.#statements.get<TriggerSqlRow>(sql, params);
    return row && readTrigger(row);
  }

  /** Runs a statement that returns the trigger's new row, and keeps that as a revision. */
  #revised(sql: string, params: SQLInputValue[], action: TriggerRevisionAction, at: number): TriggerRow {
    const row = this.#statements.get<TriggerSqlRow>(sql, params) as TriggerSqlRow;
    this.#db
      .prepare(
        `INSERT INTO trigger_revisions (trigger_id, revision, action, created_at, spec, automation, deployed_at,
           updated_at, triggered_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        row.id,
        row.revision,
        action,
        at,
        row.spec,
        row.automation,
        row.deployed_at,
        row.updated_at,
        row.triggered_at,
        row.deleted_at,
      );
    return readTrigger(row);
  }
}

function keyValues({ project, domain, taskName, name }: TriggerKey): string[] {
  return [project, domain, taskName, name];
}
