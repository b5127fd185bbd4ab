import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");

test.each([
  ["sdk.md", 5],
  ["deploying.md", 5],
  ["authentication.md", 2],
])(
  "every TypeScript snippet of docs/%s compiles against this package",
  async (name, least) => {
    const guide = readFileSync(join(root, "docs", name), "utf8");
    const snippets = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? "");
    expect(snippets.length).toBeGreaterThanOrEqual(least);
    // In this package, so that its dependencies are found.
    const dir = mkdtempSync(join(import.meta.dirname, "..", ".snippets-"));
    try {
      for (const [index, code] of snippets.entries()) writeFileSync(join(dir, `snippet-${index}.ts`), code);
      // Which others import.
      const declaration = snippets.find((code) => code.includes("export const webhook"));
      if (declaration !== undefined) writeFileSync(join(dir, "webhook.ts"), declaration);
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
  },
  60_000,
);
