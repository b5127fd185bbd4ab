import { fromBinary } from "@bufbuild/protobuf";
import {
  type TriggerAutomationSpec,
  TriggerAutomationSpecSchema,
  TriggerAutomationSpecType,
} from "@flyte-webhook/idl/flyteidl2/task/common";
import {
  type TriggerRevisionAction,
  type TriggerSpec,
  TriggerSpecSchema,
} from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import type { Migration } from "./database.ts";
import type { Columns, Condition } from "./list-query.ts";
import { microsFromText } from "./tasks.ts";

/**
 * A trigger that is deleted keeps its row, so that its revisions go on when it comes back. Times are microseconds since
 * 1970; `next_at` is the time of the schedule that fires next, null for what fires by hand alone or is switched off.
 */
export const triggersMigration: Migration = (db) =>
  db.exec(`CREATE TABLE triggers (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    task_name TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    task_version TEXT NOT NULL,
    active INTEGER NOT NULL,
    automation_type INTEGER NOT NULL,
    spec BLOB NOT NULL,
    automation BLOB NOT NULL,
    deployed_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    triggered_at INTEGER,
    deleted_at INTEGER,
    next_at INTEGER,
    UNIQUE (project, domain, task_name, name)
  );
  CREATE INDEX triggers_next ON triggers (next_at) WHERE next_at IS NOT NULL;
  CREATE TABLE trigger_revisions (
    trigger_id INTEGER NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    action INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    spec BLOB NOT NULL,
    automation BLOB NOT NULL,
    deployed_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    triggered_at INTEGER,
    deleted_at INTEGER,
    PRIMARY KEY (trigger_id, revision)
  ) WITHOUT ROWID`);

export interface TriggerKey {
  readonly project: string;
  readonly domain: string;
  readonly taskName: string;
  readonly name: string;
}

export interface TriggerTimes {
  readonly deployed_at: number;
  readonly updated_at: number;
  readonly triggered_at: number | null;
  readonly deleted_at: number | null;
}

export interface TriggerRow extends TriggerTimes {
  readonly id: number;
  readonly key: TriggerKey;
  readonly revision: number;
  readonly active: boolean;
  readonly spec: TriggerSpec;
  readonly automation: TriggerAutomationSpec;
  readonly next_at: number | null;
}

export interface TriggerRevisionRow extends TriggerTimes {
  readonly revision: number;
  readonly action: TriggerRevisionAction;
  readonly created_at: number;
  readonly spec: TriggerSpec;
  readonly automation: TriggerAutomationSpec;
}

const BOOLEANS: Readonly<Record<string, number>> = { true: 1, false: 0, "1": 1, "0": 0 };

export const TRIGGER_COLUMNS: Columns = {
  project: { sql: "project" },
  domain: { sql: "domain" },
  task_name: { sql: "task_name" },
  name: { sql: "name" },
  active: { sql: "active", parse: (text) => BOOLEANS[text.toLowerCase()] },
  deployed_at: { sql: "deployed_at", parse: microsFromText },
  updated_at: { sql: "updated_at", parse: microsFromText },
  task_version: { sql: "task_version" },
  automation_type: {
    sql: "automation_type",
    parse: (text) => {
      const value = (TriggerAutomationSpecType as Record<string, number | string>)[text];
      return typeof value === "number" ? value : /^\d$/.test(text) ? Number(text) : undefined;
    },
  },
};

export const REVISION_COLUMNS: Columns = {
  revision: { sql: "revision", parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined) },
  deployed_at: { sql: "deployed_at", parse: microsFromText },
  updated_at: { sql: "updated_at", parse: microsFromText },
  action: { sql: "action", parse: (text) => (/^\d$/.test(text) ? Number(text) : undefined) },
};

/** What is not deleted. */
export const LIVE: Condition = { sql: "deleted_at IS NULL", params: [] };

export interface TriggerSqlRow extends TriggerTimes {
  readonly id: number;
  readonly project: string;
  readonly domain: string;
  readonly task_name: string;
  readonly name: string;
  readonly revision: number;
  readonly active: number;
  readonly spec: Uint8Array;
  readonly automation: Uint8Array;
  readonly next_at: number | null;
}

export type RevisionSqlRow = Omit<TriggerRevisionRow, "spec" | "automation"> &
  Pick<TriggerSqlRow, "spec" | "automation">;

export function readTrigger({
  project,
  domain,
  task_name,
  name,
  active,
  spec,
  automation,
  ...rest
}: TriggerSqlRow): TriggerRow {
  const { id, revision, deployed_at, updated_at, triggered_at, deleted_at, next_at } = rest;
  return {
    ...{ id, revision, deployed_at, updated_at, triggered_at, deleted_at, next_at },
    key: { project, domain, taskName: task_name, name },
    active: active === 1,
    spec: fromBinary(TriggerSpecSchema, spec),
    automation: fromBinary(TriggerAutomationSpecSchema, automation),
  };
}

export function readRevision({ spec, automation, ...row }: RevisionSqlRow): TriggerRevisionRow {
  return {
    ...row,
    spec: fromBinary(TriggerSpecSchema, spec),
    automation: fromBinary(TriggerAutomationSpecSchema, automation),
  };
}
