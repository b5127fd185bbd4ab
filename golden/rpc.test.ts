import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { runRpc } from "./rpc.ts";

const file = fileURLToPath(new URL("../conformance/data/more-rpc.json", import.meta.url));

it("scenarios of RPCs that were derived from a real plane's sources pass, all of them", {
  timeout: 180_000,
}, async () => {
  const { rows } = JSON.parse(readFileSync(file, "utf8")) as { rows: unknown[] };
  expect(rows.length).toBeGreaterThan(240);
  const failed: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void failed.push(line));
  const tally = await runRpc([file]).finally(() => log.mockRestore());
  expect(failed.filter((line) => !line.startsWith("rpc: "))).toEqual([]);
  expect(tally).toEqual({ passed: rows.length, failed: 0 });
});
