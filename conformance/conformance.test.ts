import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevbox } from "@flyte-webhook/devbox";
import { expect, test } from "vitest";
import { CASES } from "./cases.ts";
import type { Result } from "./result.ts";
import { runCases } from "./run-cases.ts";
import { knownFailures, runServiceCases } from "./run-service-cases.ts";

test.each([
  ["with an API key", true],
  ["without credentials of its own", false],
])(
  "the devbox is a control plane: %s",
  async (_, withKey) => {
    const dir = mkdtempSync(join(tmpdir(), "conformance-"));
    const devbox = await startDevbox({ dir, port: 0 });
    try {
      const results: Result[] = [];
      const apiKey = withKey ? devbox.apiKey : undefined;
      for await (const result of runCases({
        controlPlane: devbox.endpoint,
        apiKey,
        project: "flytesnacks",
        domain: "development",
      })) {
        results.push(result);
      }
      expect(results.filter(({ problem }) => problem !== undefined)).toEqual([]);
      expect(results).toHaveLength(Object.keys(CASES).length);
    } finally {
      await devbox.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
  60_000,
);

test("the devbox's services answer as a real plane's, but for what is known", async () => {
  const dir = mkdtempSync(join(tmpdir(), "conformance-"));
  const devbox = await startDevbox({ dir, port: 0, appUrls: "name", imageBuilder: "none" });
  const known = knownFailures(join(import.meta.dirname, "known-failures.json"));
  const results: Result[] = [];
  try {
    for await (const result of runServiceCases(devbox.endpoint, known)) results.push(result);
  } finally {
    await devbox.close();
    rmSync(dir, { recursive: true, force: true });
  }
  expect(results.filter(({ outcome }) => outcome === "failed")).toEqual([]);
  expect(results.filter(({ outcome }) => outcome === "passed").length).toBeGreaterThan(400);
}, 180_000);
