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
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One more than the cores of the smallest machine it is for: many tests wait for processes.
    maxWorkers: 3,
  },
});
