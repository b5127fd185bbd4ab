export interface Tally {
  passed: number;
  failed: number;
}

/** One failing row: its group and id, then what is wrong, a line each. */
export function printFailures(group: string, id: string, problems: readonly string[]): void {
  console.log(`FAIL [${group}] ${id}`);
  for (const problem of problems.slice(0, 5)) console.log(`     ${problem}`);
}
