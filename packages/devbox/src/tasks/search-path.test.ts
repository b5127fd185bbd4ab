import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../testing/temporary-devbox.ts";
import { searchPath } from "./search-path.ts";

const NODE = dirname(process.execPath);

test("the chosen Python comes first, then this Node, then what was inherited", () => {
  const venv = temporaryDirectory();
  mkdirSync(join(venv, "bin"));
  writeFileSync(join(venv, "bin/python"), "");
  const bin = join(venv, "bin");
  expect(searchPath(venv, { PATH: "/x" })).toBe(`${bin}:${NODE}:/x`);
  expect(searchPath(join(bin, "python"), { PATH: "/x" })).toBe(`${bin}:${NODE}:/x`);
  expect(searchPath(undefined, { PATH: "/x", VIRTUAL_ENV: venv })).toBe(`${bin}:${NODE}:/x`);
  expect(searchPath(undefined, { PATH: "/x", VIRTUAL_ENV: "/gone" })).toBe(`${NODE}:/x`);
  expect(() => searchPath("/gone", { PATH: "/x", VIRTUAL_ENV: venv })).toThrow("there is no Python at /gone");
});
