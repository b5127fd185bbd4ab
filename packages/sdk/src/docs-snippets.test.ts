import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
const GUIDE = readFileSync(join(root, "docs", "sdk.md"), "utf8");

test("every TypeScript snippet of docs/sdk.md compiles against this package", async () => {
  const snippets = [...GUIDE.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? "");
  expect(snippets.length).toBeGreaterThan(4);
  // In this package, so that its dependencies are found.
  const dir = mkdtempSync(join(import.meta.dirname, "..", ".snippets-"));
  try {
    for (const [index, code] of snippets.entries()) writeFileSync(join(dir, `snippet-${index}.ts`), code);
    writeFileSync(
      join(dir, "tsconfig.json"),
      JSON.stringify({
        extends: join(root, "tsconfig.base.json"),
        compilerOptions: {
          noEmit: true,
          allowImportingTsExtensions: true,
          customConditions: ["source"],
          noUnusedLocals: false,
        },
        include: [join(dir, "*.ts")],
      }),
    );
    const tsc = join(root, "node_modules", ".bin", "tsc");
    const output = await new Promise<string>((resolve) => {
      execFile(tsc, ["-p", dir], (_, stdout) => resolve(stdout));
    });
    expect(output.split("\n").filter((line) => line.includes(".snippets-"))).toEqual([]);
    expect(output).not.toMatch(/error TS(5|6)\d{3}/);
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 60_000);
