/** One measurement: ours (`value`) beside its baseline, with the median of the ratios of the single rounds. */
export interface Row {
  readonly id: string;
  readonly baseline: string;
  readonly ratio: number;
  readonly value: number;
  readonly baselineValue: number;
  readonly unit: string;
}

/** What the project promises; a row without an entry is told for information. */
export const BUDGETS: Readonly<Record<string, (row: Row) => boolean>> = {
  "health cpu / hono": ({ ratio }) => ratio <= 1.5,
  "get_run cpu / node:http proxy": ({ ratio }) => ratio <= 1,
  "health p99 beside 64 call_app / alone": ({ value, baselineValue }) => value <= baselineValue + 20,
  "run_task cpu / node:http proxy": ({ ratio }) => ratio <= 1.25,
  "first 200 / node:http": ({ ratio }) => ratio <= 4.5,
  "health cpu / python": ({ ratio }) => ratio <= 1 / 15,
  "get_run cpu / python": ({ ratio }) => ratio <= 1 / 15,
  "run_task cpu / python": ({ ratio }) => ratio <= 1 / 10,
  "rss / python": ({ value }) => value <= 100,
  "first 200 / python": ({ ratio }) => ratio <= 1 / 6,
  "get_run_details p99 / 1,000 runs": ({ ratio }) => ratio <= 3,
  "list_runs page p99 / 1,000 runs": ({ ratio }) => ratio <= 3,
  "list_runs second page p99 / 1,000 runs": ({ ratio }) => ratio <= 3,
  "list_runs by phase p99 / 1,000 runs": ({ ratio }) => ratio <= 3,
  "list_runs by task p99 / 1,000 runs": ({ ratio }) => ratio <= 3,
  "list_runs by label p99 / 1,000 runs": ({ ratio }) => ratio <= 3,
  "get_run_details / 1,000 runs": ({ value }) => value >= 2_000,
  "create_run / 1,000 runs": ({ value }) => value >= 300,
  "start / 1,000 runs": ({ value }) => value <= 1_500,
  "rss / 1,000 runs": ({ value }) => value <= 250,
  "idle cpu / 1,000 runs": ({ value }) => value <= 0.5,
  "cpu of 50 watchers / one": ({ ratio }) => ratio <= 2,
  "import sdk / bare node": ({ value, baselineValue }) => value - baselineValue <= 60,
  "command --help / bare node": ({ value, baselineValue }) => value - baselineValue <= 60,
  "toApp / toBinary": ({ value }) => value <= 1,
  "deploy without change / raw Get": ({ ratio }) => ratio <= 3,
  "rss / node:http": ({ value }) => value <= 90,
};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** A row from what the rounds measured: `ours[i]` and `theirs[i]` are of the same round. */
export function row(
  id: string,
  unit: string,
  ours: readonly number[],
  baseline: string,
  theirs: readonly number[],
): Row {
  const ratio = median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
  const short = (value: number) => Number(value.toPrecision(4));
  return {
    id: `${id} / ${baseline}`,
    baseline,
    ratio: Number(ratio.toFixed(3)),
    value: short(median(ours)),
    baselineValue: short(median(theirs)),
    unit,
  };
}

export function printRows(rows: readonly Row[]): void {
  const lines = rows.map((one) => [
    one.id,
    `${one.value} ${one.unit}`,
    `${one.baselineValue} ${one.unit}`,
    `${one.ratio < 0.1 ? one.ratio.toFixed(3) : one.ratio.toFixed(2)}x`,
    { true: "within budget", false: "OVER BUDGET", undefined: "" }[String(BUDGETS[one.id]?.(one))] ?? "",
  ]);
  const table = [["measurement", "ours", "baseline", "ratio", ""], ...lines];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  for (const line of table)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}
