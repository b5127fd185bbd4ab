import { join } from "node:path";
import type { DevboxContext } from "../context.ts";
import { diskUsage } from "../disk-usage.ts";
import { References } from "./references.ts";
import { type EndedRun, RUN_AREAS, type RunRemoval } from "./run-removal.ts";
import type { Steps } from "./steps.ts";
import { removeOrphan, uploadedInputFiles, uploadsIn } from "./uploads.ts";

/** An ended run that may be removed; `ended_at` in microseconds since 1970. */
export type Candidate = EndedRun & { readonly ended_at: number };

export interface Wanted {
  /** In the order in which they are to go. */
  readonly runs: readonly Candidate[];
  /** Whether this run, and those after it, may stay, now that so many bytes are removed. */
  readonly enough: (run: Candidate, bytes: number) => boolean;
}

export interface Removed {
  runs: number;
  uploads: number;
  bytes: number;
}

const MEASURED_AT_ONCE = 50;

const nameOf = ({ project, domain, run }: EndedRun): string => `${project}/${domain}/${run}`;

/**
 * Looks for all that refers to runs or uploads, and removes what nothing refers to: uploads first, then runs until it is
 * enough.
 */
export async function sweep(
  context: DevboxContext,
  removal: RunRemoval,
  steps: Steps,
  { runs, enough }: Wanted,
): Promise<Removed> {
  const { db, dir } = context;
  const uploads = await uploadsIn(dir);
  const references = new References(db, dir, { runs: runs.map(nameOf), uploads });
  const removed: Removed = { runs: 0, uploads: 0, bytes: 0 };
  references.begin();
  try {
    for (const _ of references.scan()) await steps.pause();
    for (const file of await uploadedInputFiles(dir)) {
      references.holdFile(file);
      await steps.pause();
    }
    for (const upload of uploads) {
      await steps.pause();
      references.catchUp();
      if (references.has("uploads", upload)) continue;
      const bytes = removeOrphan(join(dir, "uploads", upload));
      if (bytes > 0) removed.uploads++;
      removed.bytes += bytes;
    }
    await removeRuns();
  } finally {
    references.end();
  }
  return removed;

  async function removeRuns(): Promise<void> {
    const free = runs.filter((run) => !references.has("runs", nameOf(run)));
    for (let i = 0; i < free.length; i += MEASURED_AT_ONCE) {
      const some = free.slice(i, i + MEASURED_AT_ONCE);
      if (enough(some[0] as Candidate, removed.bytes)) return;
      const paths = (run: Candidate) => RUN_AREAS.map((area) => join(dir, area, nameOf(run)));
      const sizes = await diskUsage(some.flatMap(paths), steps.signal);
      if (!sizes) throw new Error("sizes of runs cannot be measured");
      for (const run of some) {
        await steps.pause();
        if (enough(run, removed.bytes)) return;
        // What came since it was looked for is looked at now, and nothing can come before the run is gone.
        references.catchUp();
        if (references.has("runs", nameOf(run)) || !removal.begin(run)) continue;
        removed.runs++;
        removed.bytes += paths(run).reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0);
        await removal.finish(run);
      }
    }
  }
}
