import { readFile } from "node:fs/promises";
import type { Scenario } from "./scenario-format.ts";

export async function readScenarios(file: string): Promise<Scenario[]> {
  return (JSON.parse(await readFile(file, "utf8")) as { rows: Scenario[] }).rows;
}
