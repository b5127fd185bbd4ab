import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { runHttp } from "./http.ts";

const file = fileURLToPath(new URL("../conformance/data/http-exchanges.json", import.meta.url));

describe("recorded HTTP exchanges", () => {
  it("pass, all of them", { timeout: 120_000 }, async () => {
    const failed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void failed.push(line));
    const { passed } = await runHttp([file]).finally(() => log.mockRestore());
    expect(failed).toEqual([]);
    expect(passed).toBe(395);
    expect((JSON.parse(readFileSync(file, "utf8")) as { rows: unknown[] }).rows).toHaveLength(395);
  });
});
