import { gunzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { type NewerRunSpec, newer, RELATION_RECOVER } from "../newer-fields.ts";
import { RECOVERED } from "../store/actions.ts";
import type { Database } from "../store/database.ts";
import { ATTEMPT_FILES, attemptDirectory, pathBelow, readIfThere } from "../tasks/run-files.ts";

/** What may be removed: runs as `PROJECT/DOMAIN/RUN`, uploads as paths below `uploads/`. */
export interface Candidates {
  readonly runs: Iterable<string>;
  readonly uploads: Iterable<string>;
}

type Row = Readonly<Record<string, string | number | Uint8Array | null>> & { readonly id: number };

/** Tables with addresses of files, and what makes a row one that may have others. */
const SOURCES = [
  {
    table: "actions",
    columns: "project, domain, run, name, parent, phase, attempts, spec, run_spec, value, input_uri, output_uri",
    changed: "ended_at, output_uri, value",
  },
  { table: "tasks", columns: "spec", changed: "spec" },
  { table: "triggers", columns: "spec, automation", changed: "spec, automation" },
  { table: "apps", columns: "spec", changed: "spec" },
  { table: "output_cache", columns: "outputs", changed: "outputs" },
  { table: "cache_entries", columns: "output_uri", changed: "output_uri" },
] as const;

type Source = (typeof SOURCES)[number];

const PAGE = 50;
/** Most that a piece of compressed text may become. */
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;

/**
 * Which candidates something still refers to. Addresses are looked for in the bytes of all that the database holds, and
 * in the inputs and outputs of actions: whatever the form of a message, a path in it is a path. In doubt it is a
 * reference. What is written after {@link begin} is looked at as well, by {@link catchUp}.
 */
export class References {
  readonly #db: Database;
  readonly #dir: string;
  readonly #areas: ReadonlyMap<string, Area>;

  constructor(db: Database, dir: string, { runs, uploads }: Candidates) {
    this.#db = db;
    this.#dir = dir;
    const root = db.prepare("SELECT 1 FROM actions WHERE project = ? AND domain = ? AND run = ? AND parent = ''");
    const ofRuns = new Area(runs, (name) => {
      const [project = "", domain = "", run = ""] = name.split("/");
      return root.get(project, domain, run) !== undefined;
    });
    this.#areas = new Map([
      ["runs", ofRuns],
      ["raw", ofRuns],
      ["uploads", new Area(uploads, () => false)],
    ]);
  }

  /** From now on, until {@link end}, the database notes which rows are written. */
  begin(): void {
    this.end();
    this.#db.exec("CREATE TEMP TABLE retention_written (source INTEGER NOT NULL, id INTEGER NOT NULL)");
    for (const [index, { table, changed }] of SOURCES.entries()) {
      for (const event of ["INSERT", `UPDATE OF ${changed}`]) {
        this.#db.exec(`CREATE TEMP TRIGGER retention_${table}_${event.slice(0, 6)} AFTER ${event} ON main.${table}
          BEGIN INSERT INTO retention_written VALUES (${index}, NEW.rowid); END`);
      }
    }
  }

  end(): void {
    for (const { table } of SOURCES)
      for (const event of ["INSERT", "UPDATE"])
        this.#db.exec(`DROP TRIGGER IF EXISTS temp.retention_${table}_${event}`);
    this.#db.exec("DROP TABLE IF EXISTS temp.retention_written");
  }

  /** Looks at everything, a page at a time; the caller may pause after each. */
  *scan(): Generator<void> {
    for (const source of SOURCES) {
      const page = this.#db.prepare(
        `SELECT rowid AS id, ${source.columns} FROM ${source.table} WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE}`,
      );
      for (let last = -1; ; ) {
        const rows = page.all(last) as Row[];
        for (const row of rows) this.#holdRow(source, row);
        yield;
        const next = rows.at(-1);
        if (!next) break;
        last = next.id;
      }
    }
  }

  /** Looks at what was written since {@link begin} or the last call. */
  catchUp(): void {
    const written = this.#db.prepare("SELECT DISTINCT source, id FROM temp.retention_written").all();
    if (written.length === 0) return;
    this.#db.exec("DELETE FROM temp.retention_written");
    for (const { source: index, id } of written as { source: number; id: number }[]) {
      const source = SOURCES[index] as Source;
      const row = this.#db
        .prepare(`SELECT rowid AS id, ${source.columns} FROM ${source.table} WHERE rowid = ?`)
        .get(id);
      if (row) this.#holdRow(source, row as Row);
    }
  }

  /** Whether something was found to refer to it. */
  has(kind: "runs" | "uploads", name: string): boolean {
    return this.#areas.get(kind)?.held.has(name) ?? false;
  }

  /** All that the file, with inputs or outputs, refers to. */
  holdFile(path: string, owner?: string): void {
    try {
      this.hold(readIfThere(path), owner);
    } catch {
      // Larger than what is read anywhere, or not readable: nobody can follow what is in it.
    }
  }

  /** All that the bytes refer to; not what they say of the run `owner` that they are part of. */
  hold(bytes: Uint8Array | string | null | undefined, owner?: string): void {
    if (!bytes || bytes.length === 0) return;
    const text =
      typeof bytes === "string" ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    for (const found of text.matchAll(/\/(runs|raw|uploads)\/+/g)) {
      const begin = found.index + found[0].length;
      this.#areas.get(found[1] as string)?.hold(text.slice(begin, begin + 2048).replace(/\/{2,}/g, "/"), owner);
    }
    if (typeof bytes === "string" || !text.includes("H4sI")) return;
    // Flyte's Python packs parameters of apps: gzip in base64, in the arguments of the container.
    for (const [packed] of text.matchAll(/H4sI[\w+/=-]{16,}/g)) this.hold(unpack(packed), owner);
  }

  #holdRow({ table }: Source, row: Row): void {
    const { id: _, project, domain, run, name, parent, phase, attempts, ...rest } = row;
    if (table !== "actions") {
      for (const value of Object.values(rest)) this.hold(value as Uint8Array | string | null);
      return;
    }
    const owner = `${project}/${domain}/${run}`;
    for (const value of Object.values(rest)) this.hold(value as Uint8Array | string | null, owner);
    if (parent === "") this.#holdRelated(row.run_spec as Uint8Array);
    const inputs = pathBelow(this.#dir, row.input_uri as string);
    if (inputs) this.holdFile(inputs, owner);
    if (phase !== ActionPhase.SUCCEEDED && phase !== RECOVERED) return;
    const key = { project, domain, run, action: name } as {
      project: string;
      domain: string;
      run: string;
      action: string;
    };
    const own = `${attemptDirectory(this.#dir, key, attempts as number)}/${ATTEMPT_FILES.outputs}`;
    const outputs = row.output_uri ? pathBelow(this.#dir, row.output_uri as string) : own;
    if (outputs) this.holdFile(outputs, owner);
  }

  /** The run that another one recovers: what succeeded there is not done again here. */
  #holdRelated(runSpec: Uint8Array): void {
    const { relation } = newer<NewerRunSpec>(fromBinary(RunSpecSchema, runSpec));
    if (relation?.relationType !== RELATION_RECOVER || !relation.relatedTo) return;
    const { project, domain, name } = relation.relatedTo;
    this.#areas.get("runs")?.hold(`${project}/${domain}/${name}`);
  }
}

/** Candidates of one kind, and which of them are referred to. */
class Area {
  readonly held = new Set<string>();
  readonly #names: ReadonlySet<string>;
  readonly #lengths: readonly number[];
  readonly #exists: (name: string) => boolean;

  /** `exists` tells of what is no candidate whether it is there all the same. */
  constructor(names: Iterable<string>, exists: (name: string) => boolean) {
    this.#names = new Set(names);
    this.#lengths = [...new Set([...this.#names].map(({ length }) => length))];
    this.#exists = exists;
  }

  /**
   * Every candidate that the text begins with. What follows an address in a message may be any byte, a letter too, so a
   * longer name holds a candidate as well, unless that name is there itself.
   */
  hold(text: string, owner?: string): void {
    const [whole] = /^[^/]+\/[^/]+\/[\w.=-]+(?=\/)/.exec(text) ?? [];
    if (whole !== undefined && whole === owner) return;
    if (whole !== undefined && this.#names.has(whole)) {
      this.held.add(whole);
      return;
    }
    const found = this.#lengths.map((length) => text.slice(0, length)).filter((name) => this.#names.has(name));
    if (found.length === 0 || (whole !== undefined && this.#exists(whole))) return;
    for (const name of found) this.held.add(name);
  }
}

function unpack(base64: string): string | undefined {
  try {
    return gunzipSync(Buffer.from(base64, "base64"), { maxOutputLength: MAX_UNPACKED_BYTES }).toString("latin1");
  } catch {
    return undefined;
  }
}
