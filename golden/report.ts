import { readFileSync } from "node:fs";

export interface Tally {
  passed: number;
  failed: number;
}

/** A row of golden data that we hold to be wrong. It counts as failing until it is settled. */
interface DisputedRow {
  readonly file: string;
  readonly row: string;
  readonly reason: string;
}

export const DISPUTED: readonly DisputedRow[] = JSON.parse(
  readFileSync(new URL("../conformance/disputed.json", import.meta.url), "utf8"),
);

/** One failing row: its group and id, why we dispute it if we do, then what is wrong, a line each. */
export function printFailures(group: string, id: string, problems: readonly string[]): void {
  console.log(`FAIL [${group}] ${id}`);
  const disputed = DISPUTED.find(({ row }) => row === id);
  if (disputed) console.log(`     disputed: ${disputed.reason}`);
  for (const problem of problems.slice(0, 5)) console.log(`     ${problem}`);
}
