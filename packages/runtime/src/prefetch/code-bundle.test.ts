import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { codeBundle } from "./code-bundle.ts";

const directory = mkdtempSync(join(tmpdir(), "code-bundle-"));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it("is an archive that tar unpacks, the same bytes for the same text", () => {
  const text = `# ü\n${"x".repeat(1000)}\n`;
  const bundle = codeBundle("a_module.py", text);
  expect(codeBundle("a_module.py", text)).toEqual(bundle);
  writeFileSync(join(directory, "bundle.tar.gz"), bundle);
  execFileSync("tar", ["-xzf", "bundle.tar.gz"], { cwd: directory });
  expect(readFileSync(join(directory, "a_module.py"), "utf8")).toBe(text);
});
