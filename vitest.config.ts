import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Workspace packages resolve to their TypeScript sources (the "source" condition), so tests need no build but that of idl.
const conditions = ["source", "module", "node", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "packages/*/console/**/*.test.ts",
      "golden/**/*.test.ts",
      "conformance/**/*.test.ts",
      "examples/**/*.test.ts",
    ],
    // The programs that tests start are compiled once, not each time.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), "flyte-webhook-compile-cache") },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One more than the cores of the smallest machine it is for: many tests wait for processes.
    maxWorkers: 3,
  },
});
