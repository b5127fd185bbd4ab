import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const GUIDE = readFileSync(join(import.meta.dirname, "..", "..", "docs", "testing.md"), "utf8");
const snippets = [...GUIDE.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? "");

// In this package, so that its dependencies are found. Their tests are this file's.
const dir = mkdtempSync(join(import.meta.dirname, ".snippets-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("docs/testing.md has snippets", () => expect(snippets.length).toBeGreaterThan(1));

describe.each(snippets.map((code, index) => ({ code, index })))(
  "snippet $index of docs/testing.md",
  async (snippet) => {
    const file = join(dir, `snippet-${snippet.index}.ts`);
    writeFileSync(file, snippet.code);
    await import(/* @vite-ignore */ file);
  },
);
