import type { SQLInputValue, StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";

const MAX_STATEMENTS = 200;

/** Statements whose text depends on a request's filters: prepared once for each text, the oldest dropped when many. */
export class Statements {
  readonly #db: Database;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: Database) {
    this.#db = db;
  }

  all<Row>(sql: string, params: readonly SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...params) as Row[];
  }

  get<Row>(sql: string, params: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...params) as Row | undefined;
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    if (this.#prepared.size >= MAX_STATEMENTS) this.#prepared.delete(this.#prepared.keys().next().value as string);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
