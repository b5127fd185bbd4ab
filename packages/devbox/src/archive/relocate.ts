import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SQLOutputValue } from "node:sqlite";
import { type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { InputsSchema, OutputsSchema, TriggerAutomationSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TriggerSpecSchema } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import { ActionType } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { ActionKey } from "../store/actions.ts";
import { type Database, transaction } from "../store/database.ts";
import { attemptDirectory } from "../tasks/run-files.ts";
import { changeMessage } from "./change-message.ts";
import { DIRECTORIES } from "./state-layout.ts";

/** Where the database holds addresses of files. */
const ADDRESSES = [
  ["actions", "input_uri"],
  ["actions", "output_uri"],
  ["cache_entries", "output_uri"],
] as const;

/** Where the database holds messages with addresses of files in them. */
const MESSAGES: readonly (readonly [table: string, column: string, schema: DescMessage, where?: string])[] = [
  ["actions", "spec", TaskSpecSchema, `kind = ${ActionType.TASK}`],
  ["actions", "run_spec", RunSpecSchema],
  ["actions", "value", LiteralSchema],
  ["tasks", "spec", TaskSpecSchema],
  ["triggers", "spec", TriggerSpecSchema],
  ["triggers", "automation", TriggerAutomationSpecSchema],
  ["trigger_revisions", "spec", TriggerSpecSchema],
  ["trigger_revisions", "automation", TriggerAutomationSpecSchema],
  ["apps", "spec", SpecSchema],
  ["output_cache", "outputs", OutputsSchema],
];

const FILES: Readonly<Record<string, DescMessage>> = { "inputs.pb": InputsSchema, "outputs.pb": OutputsSchema };

/**
 * Makes the state of one data directory that of another one: its files lie in `at`, were known by their paths below
 * `from`, and are to be known by those below `to`. Nothing that ran is taken for running here: it begins anew.
 */
export function relocate(db: Database, { at, from, to }: { at: string; from: string; to: string }): void {
  const change = pathChange(from, to);
  transaction(db, () => {
    forgetProcesses(db, at);
    for (const [table, column] of ADDRESSES) {
      for (const scheme of ["", "file://"]) {
        db.prepare(`UPDATE ${table} SET ${column} = ?1 || substr(${column}, length(?2) + 1)
          WHERE substr(${column}, 1, length(?2) + 1) = ?2 || '/'`).run(scheme + to, scheme + from);
      }
    }
    for (const [table, column, schema, where = "true"] of MESSAGES) relocateColumn(table, column, schema, where);
  });
  for (const directory of DIRECTORIES) relocateFiles(join(at, directory), from, change);

  function relocateColumn(table: string, column: string, schema: DescMessage, where: string): void {
    const key = primaryKey(db, table);
    const concerned = db.prepare(
      `SELECT ${key.join(", ")} FROM ${table} WHERE ${where} AND instr(${column}, CAST(? AS BLOB)) > 0`,
    );
    const one = key.map((name) => `${name} = ?`).join(" AND ");
    const read = db.prepare(`SELECT ${column} AS bytes FROM ${table} WHERE ${one}`);
    const write = db.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${one}`);
    for (const row of concerned.all(from)) {
      const values = key.map((name) => row[name] as SQLOutputValue);
      const { bytes } = read.get(...values) as { bytes: Uint8Array };
      write.run(changed(schema, bytes, change), ...values);
    }
  }
}

function primaryKey(db: Database, table: string): string[] {
  const columns = db.prepare("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk").all(table);
  return (columns as { name: string }[]).map(({ name }) => name);
}

function changed(schema: DescMessage, bytes: Uint8Array, change: (text: string) => string): Uint8Array {
  const message = fromBinary(schema, bytes);
  changeMessage(schema, message, change);
  return toBinary(schema, message);
}

/** The directory itself and what is below it, as a path or a `file://` address, wherever in a text it begins. */
function pathChange(from: string, to: string): (text: string) => string {
  const path = new RegExp(
    `(?<=^|://|[\\s"'\`=:,;(])${from.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}(?=$|[/\\s"'\`:,;)])`,
    "g",
  );
  return (text) => (text.includes(from) ? text.replace(path, () => to) : text);
}

function forgetProcesses(db: Database, at: string): void {
  db.exec("DELETE FROM app_processes");
  db.exec(`UPDATE attempts SET ended_at = (SELECT ended_at FROM actions WHERE id = action_id)
    WHERE ended_at IS NULL AND action_id IN (SELECT id FROM actions WHERE ended_at IS NOT NULL)`);
  const open = db.prepare(`SELECT a.project, a.domain, a.run, a.name AS action, t.attempt
    FROM attempts t JOIN actions a ON a.id = t.action_id WHERE t.ended_at IS NULL AND t.pid IS NOT NULL`);
  for (const { attempt, ...key } of open.all() as unknown as (ActionKey & { attempt: number })[]) {
    rmSync(attemptDirectory(at, key, attempt), { recursive: true, force: true });
  }
  db.exec(
    "UPDATE attempts SET pid = NULL, process = NULL, running_at = NULL WHERE ended_at IS NULL AND pid IS NOT NULL",
  );
}

function relocateFiles(directory: string, from: string, change: (text: string) => string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    const schema = FILES[entry.name];
    if (!schema || !entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    if (!bytes.includes(from)) continue;
    try {
      writeFileSync(path, changed(schema, bytes, change));
    } catch {
      // A task may have written something else under that name; it stays as it is.
    }
  }
}
