import { create } from "@bufbuild/protobuf";
import { BackoffSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { expect, test } from "vitest";
import { backoffMillis } from "./retry-backoff.ts";

test("a pause grows by its factor up to its cap", () => {
  const backoff = create(BackoffSchema, { base: { seconds: 2n }, factor: 3, cap: { seconds: 10n } });
  expect([1, 2, 3].map((attempt) => backoffMillis(backoff, attempt))).toEqual([2_000, 6_000, 10_000]);
});

test("without a factor it stays, without a base there is none, without a cap it is bounded", () => {
  expect(backoffMillis(create(BackoffSchema, { base: { nanos: 5e8 } }), 4)).toBe(500);
  expect(backoffMillis(undefined, 1)).toBe(0);
  expect(backoffMillis(create(BackoffSchema, { factor: 2 }), 1)).toBe(0);
  expect(backoffMillis(create(BackoffSchema, { base: { seconds: 9n }, factor: 10 }), 9)).toBe(24 * 3600 * 1000);
});
