import { styleText } from "node:util";

/** One line of JSON; integers beyond what JavaScript counts exactly become texts. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "bigint" ? (Number.isSafeInteger(Number(one)) ? Number(one) : String(one)) : one,
  );
}

/** Progress and everything else for people goes to stderr, so that stdout is data. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Whether a stream is coloured: `NO_COLOR` says no, `FORCE_COLOR` yes, else a terminal is. */
export function wantsColor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** Columns that a terminal is taken to have when it does not say how many, as one without a window does. */
const COLUMNS = 80;

/** Whether a stream is a terminal whose lines can be written anew. One of no width is given one: all would wrap at each letter. */
export function isLiveTerminal(
  stream: { readonly isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv,
): boolean {
  if (stream.isTTY !== true || env.TERM === "dumb") return false;
  stream.columns ||= COLUMNS;
  return true;
}

export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";
export type Paint = (style: Style, line: string) => string;

export function painter(color: boolean): Paint {
  return (style, line) => (color ? styleText(style, line, { validateStream: false }) : line);
}

export interface TableOptions {
  /** Names of the columns, shown to people only: programs that read lines need none. */
  readonly header?: readonly string[] | undefined;
  readonly paint: Paint;
}

/** Columns side by side; the last one is not filled up. */
export function table(rows: readonly (readonly string[])[], { header, paint }: TableOptions): string {
  const all = header ? [header, ...rows] : rows;
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...all.map((row) => (row[i] ?? "").length)));
  const lines = all.map((row) => row.map((cell, i) => (i === columns - 1 ? cell : cell.padEnd(widths[i] ?? 0))));
  return lines
    .map((cells, i) => {
      const line = cells.join("  ").trimEnd();
      return header && i === 0 ? paint("dim", line) : line;
    })
    .join("\n");
}

/** Names and values one below the other, without those that are empty. */
export function fields(entries: readonly (readonly [name: string, value: string | undefined])[], paint: Paint): string {
  const shown = entries.filter((entry): entry is readonly [string, string] => !!entry[1]);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown
    .map(
      ([name, value]) => `${paint("dim", name.padEnd(width))}  ${value.replaceAll("\n", `\n${" ".repeat(width + 2)}`)}`,
    )
    .join("\n");
}
