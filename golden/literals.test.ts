import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { runLiterals } from "./literals.ts";
import { DISPUTED } from "./report.ts";

const file = fileURLToPath(new URL("../conformance/data/literal-vectors.json", import.meta.url));

describe("recorded conversions between JSON and literals", () => {
  it("pass, all but those that are disputed, which fail and say why", async () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    const { passed, failed } = await runLiterals([file]).finally(() => log.mockRestore());
    const disputed = DISPUTED.filter((row) => row.file === "literal-vectors.json");
    expect(lines.flatMap((line) => /^FAIL \[\w+\] (.*)$/.exec(line)?.[1] ?? [])).toEqual(
      disputed.map(({ row }) => row),
    );
    expect(lines.filter((line) => line.includes("disputed: "))).toHaveLength(disputed.length);
    expect({ passed, failed }).toEqual({ passed: 180 - disputed.length, failed: disputed.length });
  });
});
