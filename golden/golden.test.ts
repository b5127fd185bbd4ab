import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { runHttp } from "./http.ts";
import { parityTable, type RowResult } from "./parity/table.ts";

const at = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const file = at("conformance/data/http-exchanges.json");

describe("recorded HTTP exchanges", () => {
  it("pass, all of them, and docs/parity.md tells it", { timeout: 120_000 }, async () => {
    const failed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void failed.push(line));
    const results: RowResult[] = [];
    const shapes: string[] = [];
    let compared = 0;
    const { passed } = await runHttp([file], (row, problems, json) => {
      results.push({ row, passed: problems.length === 0 });
      // Rows that may be refused are left out, and answers that are the called app's own.
      if (row.differs || row.python?.status !== 200 || row.ours.status !== 200 || row.endpoint === "call_app") return;
      compared++;
      shapes.push(...unlike(row.python.json, json).map((problem) => `${row.id}${problem}`));
    }).finally(() => log.mockRestore());
    expect(failed).toEqual([]);
    expect(passed).toBe(395);
    expect(compared).toBeGreaterThan(60);
    expect(shapes, "keys and types that Python's clients know").toEqual([]);
    expect((JSON.parse(readFileSync(file, "utf8")) as { rows: unknown[] }).rows).toHaveLength(395);
    expect(readFileSync(at("docs/parity.md"), "utf8"), "npm run parity writes it").toBe(parityTable(results));
  });

  it("and more of them", { timeout: 120_000 }, async () => {
    const failed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void failed.push(line));
    const tally = await runHttp([at("conformance/data/more-http.json")]).finally(() => log.mockRestore());
    expect(failed).toEqual([]);
    expect(tally).toEqual({ passed: 1243, failed: 0 });
  });
});

/** Keys of Python's answer that ours lacks, or has with another type. */
function unlike(python: unknown, ours: unknown, path = ""): string[] {
  const [wanted, given] = [typeOf(python), typeOf(ours)];
  if (wanted !== given) return [`${path}: ${given}, not ${wanted}`];
  if (wanted !== "object") return [];
  return Object.entries(python as object).flatMap(([key, value]) =>
    unlike(value, (ours as Record<string, unknown>)[key], `${path}.${key}`),
  );
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "bigint" ? "number" : typeof value;
}
