import type { SQLInputValue } from "node:sqlite";
import {
  type Filter,
  Filter_Function,
  type ListRequest,
  Sort_Direction,
} from "@flyte-webhook/idl/flyteidl2/common/list";
import { rpcError } from "../rpc-error.ts";

/** A field that lists may be filtered and sorted by: its SQL, and how a filter's text becomes its value. */
export interface Column {
  readonly sql: string;
  /** Undefined for a text that is no value of the column. Text columns take everything. */
  readonly parse?: (text: string) => SQLInputValue | undefined;
}

export type Columns = Readonly<Record<string, Column>>;

export interface Condition {
  readonly sql: string;
  readonly params: readonly SQLInputValue[];
}

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const MAX_VALUES = 200;

/** Limit 0 is 50, at most 200; the token is the decimal offset. Throws `invalid_argument`. */
export function pageOf(request: ListRequest | undefined): Page {
  const { limit, token } = request ?? { limit: 0, token: "" };
  if (limit > MAX_LIMIT) throw rpcError.invalidArgument(`invalid limit: ${limit} (exceeds maximum of ${MAX_LIMIT})`);
  if (!/^\d{0,15}$/.test(token)) throw rpcError.invalidArgument(`invalid token: ${JSON.stringify(token)}`);
  return { limit: limit || DEFAULT_LIMIT, offset: Number(token) };
}

/** `ORDER BY` of a request, or the given one when it asks for none. Throws `invalid_argument` for an unknown field. */
export function orderOf(request: ListRequest | undefined, columns: Columns, fallback: string): string {
  const fields = request?.sortByFields.length ? request.sortByFields : request?.sortBy ? [request.sortBy] : [];
  const terms = fields.map(({ key, direction }) => {
    const column = Object.hasOwn(columns, key) ? columns[key] : undefined;
    if (!column) throw rpcError.invalidArgument(`invalid sort field: ${key}`);
    return `${column.sql} ${direction === Sort_Direction.ASCENDING ? "ASC" : "DESC"}`;
  });
  return terms.length > 0 ? terms.join(", ") : fallback;
}

/** All of the filters joined by *and*. Throws `invalid_argument` for what is no filter of these columns. */
export function conditionsOf(filters: readonly Filter[], columns: Columns): Condition[] {
  return filters.map((filter) => conditionOf(filter, columns));
}

export function joined(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.length > 0 ? conditions.map(({ sql }) => `(${sql})`).join(" AND ") : "TRUE",
    params: conditions.flatMap(({ params }) => params),
  };
}

/** SQL of the filter functions that compare with one value; `@` stands for the column. */
const COMPARISONS: Partial<Record<Filter_Function, string>> = {
  [Filter_Function.EQUAL]: "@ = ?",
  [Filter_Function.NOT_EQUAL]: "@ <> ?",
  [Filter_Function.GREATER_THAN]: "@ > ?",
  [Filter_Function.GREATER_THAN_OR_EQUAL]: "@ >= ?",
  [Filter_Function.LESS_THAN]: "@ < ?",
  [Filter_Function.LESS_THAN_OR_EQUAL]: "@ <= ?",
  [Filter_Function.CONTAINS]: "instr(@, ?) > 0",
  [Filter_Function.CONTAINS_CASE_INSENSITIVE]: "instr(lower(@), lower(?)) > 0",
  [Filter_Function.ENDS_WITH]: "substr(@, -length(?)) = ?",
  [Filter_Function.NOT_ENDS_WITH]: "substr(@, -length(?)) <> ?",
};

function conditionOf({ function: name, field, values }: Filter, columns: Columns): Condition {
  const column = Object.hasOwn(columns, field) ? columns[field] : undefined;
  if (!column) throw refuse(`invalid filter field: ${field}`);
  if (values.length === 0) throw refuse(`filter ${field} has no values`);
  if (values.length > MAX_VALUES) throw refuse(`filter ${field} has more than ${MAX_VALUES} values`);
  const params = values.map((text) => {
    const value = column.parse ? column.parse(text) : text;
    if (value === undefined) throw refuse(`filter ${field}: ${JSON.stringify(text.slice(0, 100))} is no value of it`);
    return value;
  });
  if (name === Filter_Function.VALUE_IN) {
    return { sql: `${column.sql} IN (${params.map(() => "?").join(", ")})`, params };
  }
  const comparison = COMPARISONS[name];
  if (comparison === undefined) throw refuse(`unsupported filter function: ${Filter_Function[name] ?? name}`);
  if (values.length > 1) throw refuse(`filter ${field} takes one value, not ${values.length}`);
  const uses = comparison.split("?").length - 1;
  return { sql: comparison.replaceAll("@", column.sql), params: uses === 2 ? [...params, ...params] : params };
}

function refuse(problem: string) {
  return rpcError.invalidArgument(`failed to convert filters: ${problem}`);
}
