import { type Filter, Filter_Function } from "@flyte-webhook/idl/flyteidl2/common/list";
import { rpcError } from "../rpc-error.ts";
import type { Database, Migration } from "./database.ts";
import type { Condition } from "./list-query.ts";

/** Labels of runs, by which lists are filtered. */
export const runLabelsMigration: Migration = (db) =>
  db.exec(`CREATE TABLE run_labels (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    action_id INTEGER NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    PRIMARY KEY (key, value, action_id)
  ) WITHOUT ROWID;
  CREATE INDEX run_labels_of ON run_labels (action_id)`);

export type RunLabels = ReturnType<typeof runLabels>;

export function runLabels(db: Database) {
  const insert = db.prepare("INSERT INTO run_labels (key, value, action_id) VALUES (?, ?, ?)");
  return {
    add(actionId: number, labels: Readonly<Record<string, string>>): void {
      for (const [key, value] of Object.entries(labels)) insert.run(key, value, actionId);
    },
  };
}

/** Functions of newer protos than the npm descriptors (2.0.16) know. */
const EXISTS = 15 as Filter_Function;
const NOT_EXISTS = 16 as Filter_Function;

const PREFIX = "labels.";

/**
 * The condition of a filter on `labels.KEY`; undefined for a filter on something else. A run without the label equals no
 * value. Throws `invalid_argument` for a function that does not apply.
 */
export function labelCondition({ field, function: name, values }: Filter): Condition | undefined {
  if (!field.startsWith(PREFIX)) return undefined;
  const key = field.slice(PREFIX.length);
  const having = (value: string, ...params: string[]): Condition => ({
    sql: `id IN (SELECT action_id FROM run_labels WHERE key = ?${value})`,
    params: [key, ...params],
  });
  const not = ({ sql, params }: Condition): Condition => ({ sql: `NOT ${sql}`, params });
  const [first = ""] = values;
  switch (name) {
    case EXISTS:
      return having("");
    case NOT_EXISTS:
      return not(having(""));
    case Filter_Function.EQUAL:
      if (values.length === 1) return having(" AND value = ?", first);
      break;
    case Filter_Function.NOT_EQUAL:
      if (values.length === 1) return not(having(" AND value = ?", first));
      break;
    case Filter_Function.VALUE_IN:
      if (values.length > 0 && values.length <= 200)
        return having(` AND value IN (${values.map(() => "?").join(", ")})`, ...values);
      break;
    case Filter_Function.CONTAINS:
      if (values.length === 1) return having(" AND instr(value, ?) > 0", first);
      break;
  }
  throw rpcError.invalidArgument(
    `failed to convert filters: ${Filter_Function[name] ?? name} with ${values.length} values does not apply to ${field.slice(0, 100)}`,
  );
}
