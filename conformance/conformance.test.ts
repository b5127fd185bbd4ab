import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevbox } from "@flyte-webhook/devbox";
import { expect, test } from "vitest";
import { CASES } from "./cases.ts";
import { runCases } from "./run-cases.ts";

test.each([
  ["with an API key", true],
  ["without credentials of its own", false],
])(
  "the devbox is a control plane: %s",
  async (_, withKey) => {
    const dir = mkdtempSync(join(tmpdir(), "conformance-"));
    const devbox = await startDevbox({ dir, port: 0 });
    try {
      const results = [];
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
