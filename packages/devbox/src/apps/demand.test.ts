import { describe, expect, test } from "vitest";
import { Demand } from "./demand.ts";
import type { Scaling } from "./scaling.ts";

function demand(scaling: Partial<Scaling> = {}) {
  let now = 1000;
  const one = new Demand({ min: 0, max: 5, metric: "concurrency", target: 2, windowMs: 60_000, ...scaling }, () => now);
  return {
    one,
    enter: (count: number) => Array.from({ length: count }, () => one.enter()),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("by concurrency", () => {
  test("as many processes as the requests at a time need, at once, up to the most", () => {
    const { one, enter } = demand();
    expect(one.wanted).toBe(0);
    enter(1);
    expect(one.wanted).toBe(1);
    enter(2);
    expect(one.wanted).toBe(2);
    enter(30);
    expect(one.wanted).toBe(5);
  });

  test("fewer only once the window has passed in which more were needed", () => {
    const { one, enter, pass } = demand();
    const six = enter(6);
    for (const leave of six.slice(2)) leave();
    expect(one.wanted).toBe(3);
    expect(one.changesInMs).toBe(60_000);
    pass(59_999);
    expect(one.wanted).toBe(3);
    pass(1);
    expect(one.wanted).toBe(1);
    expect(one.changesInMs).toBeUndefined();
    for (const leave of six) leave();
    pass(60_000);
    expect(one.wanted).toBe(0);
  });

  test("a lesser peak within the window counts after the greater one", () => {
    const { one, enter, pass } = demand();
    for (const leave of enter(6)) leave();
    pass(30_000);
    for (const leave of enter(4)) leave();
    pass(30_000);
    expect(one.wanted).toBe(2);
    pass(30_000);
    expect(one.wanted).toBe(0);
  });

  test("never fewer than the least, and leaving twice is leaving once", () => {
    const { one, enter, pass } = demand({ min: 1 });
    const [leave] = enter(1);
    leave?.();
    leave?.();
    enter(4);
    pass(100_000);
    expect(one.wanted).toBe(2);
  });

  test("a revision that is ready is kept for a window, though nobody asks", () => {
    const { one, pass } = demand();
    one.keepOne();
    expect([one.wanted, one.changesInMs]).toEqual([1, 60_000]);
    pass(60_000);
    expect([one.wanted, one.changesInMs]).toEqual([0, undefined]);
  });
});

test("by requests per second: those that came within the last second, and one while any is open", () => {
  const { one, enter, pass } = demand({ metric: "requestRate", target: 10, windowMs: 6000 });
  const leaves = enter(25);
  expect(one.wanted).toBe(3);
  for (const leave of leaves.slice(1)) leave();
  expect(one.changesInMs).toBe(1000);
  pass(1000);
  expect([one.wanted, one.changesInMs]).toEqual([3, 6000]);
  pass(6000);
  expect(one.wanted).toBe(1);
  leaves[0]?.();
  pass(6000);
  expect(one.wanted).toBe(0);
});
