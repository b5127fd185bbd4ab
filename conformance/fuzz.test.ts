import { expect, test } from "vitest";
import { fuzz, MAX_GROWTH_BYTES } from "../soak/fuzz.ts";

const CASES = 20_000;
/** Milliseconds after which a slow machine has made enough of them. */
const TIME_LIMIT_MS = 15_000;

test("requests that nobody should send: errors of the table, in time, and nothing changed by them", async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
  process.stderr.write(`fuzz: seed ${seed} (FUZZ_SEED makes the same cases again)\n`);
  const { problem, cases, statuses, grownBytes } = await fuzz({ cases: CASES, seed, timeLimitMs: TIME_LIMIT_MS });
  expect(problem).toBeUndefined();
  process.stderr.write(`fuzz: ${cases} cases\n`);
  expect(cases).toBeGreaterThan(1_000);
  // Requests that come far are among them, and ones that are refused at each step.
  expect(Object.keys(statuses)).toEqual(expect.arrayContaining(["200", "401", "404", "405", "413", "422"]));
  expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES);
}, 60_000);
