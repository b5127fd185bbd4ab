import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { runApps } from "./apps.ts";

const data = (name: string) => fileURLToPath(new URL(`../conformance/data/${name}`, import.meta.url));

describe("declarations and the apps that Python's SDK makes of them", () => {
  it.each([
    ["app-specs.json", 357],
    ["more-app-specs.json", 725],
    ["combined-app-specs.json", 136],
  ])("%s: every row", { timeout: 120_000 }, async (name, count) => {
    const failed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void failed.push(line));
    const tally = await runApps([data(name)]).finally(() => log.mockRestore());
    expect(failed).toEqual([]);
    expect(tally).toEqual({ passed: count, failed: 0 });
  });
});
