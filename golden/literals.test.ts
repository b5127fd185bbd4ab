import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { runLiterals } from "./literals.ts";
import { DISPUTED } from "./report.ts";

const data = (name: string) => fileURLToPath(new URL(`../conformance/data/${name}`, import.meta.url));

describe("recorded conversions between JSON and literals", () => {
  it.each([
    ["literal-vectors.json", 180],
    ["more-literals.json", 1142],
  ])("%s: pass, all but those that are disputed, which fail and say why", async (name, count) => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    const { passed, failed } = await runLiterals([data(name)]).finally(() => log.mockRestore());
    const disputed = DISPUTED.filter((row) => row.file === name);
    expect(lines.flatMap((line) => /^FAIL \[\w+\] (.*)$/.exec(line)?.[1] ?? [])).toEqual(
      disputed.map(({ row }) => row),
    );
    expect(lines.filter((line) => line.includes("disputed: "))).toHaveLength(disputed.length);
    expect({ passed, failed }).toEqual({ passed: count - disputed.length, failed: disputed.length });
  });
});
