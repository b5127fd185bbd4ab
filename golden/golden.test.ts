import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { runHttp } from "./http.ts";

const file = fileURLToPath(new URL("../conformance/data/http-exchanges.json", import.meta.url));

/** Endpoints that are not built yet; their rows cannot pass. */
const NOT_BUILT = /call|trigger|build_image|prefetch/;
/** Rows of built endpoints that wait for the remaining literal types. */
const NOT_YET = new Set([
  "new-in-dataclass",
  "new-in-dataclass-deep",
  "new-in-pydantic-nested",
  "new-in-pydantic-nested-bad",
  "new-in-any",
]);

describe("recorded HTTP exchanges", () => {
  it("pass for every built endpoint", { timeout: 120_000 }, async () => {
    const failed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void failed.push(line));
    const { passed } = await runHttp([file]).finally(() => log.mockRestore());
    const rows = failed.flatMap((line) => /^FAIL \[(.*)\] (.*)$/.exec(line)?.slice(1, 3).join(" ") ?? []);
    const unexpected = rows.filter((row) => !NOT_BUILT.test(row) && !NOT_YET.has(row.split(" ")[1] as string));
    expect(unexpected).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(273);
    expect((JSON.parse(readFileSync(file, "utf8")) as { rows: unknown[] }).rows).toHaveLength(395);
  });
});
