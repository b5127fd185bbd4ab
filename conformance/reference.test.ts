import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

test("the API reference is generated without a warning", async () => {
  const cwd = join(root, "docs", "reference");
  const typedoc = join(cwd, "node_modules", "typedoc", "bin", "typedoc");
  const { stderr } = await promisify(execFile)(process.execPath, [typedoc, "--emit", "none"], { cwd });
  expect(stderr).toBe("");
}, 60_000);
