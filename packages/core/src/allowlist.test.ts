import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowsApp, allowsTask, allowsTrigger } from "./allowlist.ts";

const task = (identity: string) => {
  const [domain = "", project = "", name = ""] = identity.split("|");
  return { domain, project, name };
};

describe("an allow-list", () => {
  it("that is absent allows everything, an empty one nothing", () => {
    for (const [list, allowed] of [
      [undefined, true],
      [[], false],
    ] as const) {
      expect(allowsTask(list, task("d|p|t"))).toBe(allowed);
      expect(allowsApp(list, task("d|p|a"))).toBe(allowed);
      expect(allowsTrigger(list, { taskName: "t", name: "x" })).toBe(allowed);
    }
  });

  it.each([
    ["production/acme/train", "production|acme|train", true],
    ["production/acme/train", "development|acme|train", false],
    ["acme/train", "development|acme|train", true],
    ["acme/train", "development|other|train", false],
    ["train", "development|other|train", true],
    ["train", "development|other|Train", false],
    ["train", "development|other|trainer", false],
    ["a/b/c/d", "b|c|d", false],
    // A name with slashes is not another identity.
    ["acme/train", "development|other|acme/train", false],
    ["production/acme/train", "x|production|acme/train", false],
    ["*", "d|p|anything", true],
    ["*", "d|p|", true],
    ["*", "d|p|a/b", false],
    ["env.*", "d|p|env.task", true],
    ["env.*", "d|p|env", false],
    ["env.*", "d|p|my.env.task", false],
    ["acme-*/env.*", "d|acme-x|env.y", true],
    ["acme-*/env.*", "d|acme|env.y", false],
    ["production/*/*", "production|p|t", true],
    ["production/*/*", "development|p|t", false],
    ["*/*", "d|p|t", true],
    ["*/*/*/*", "d|p|t", false],
    ["a*b*c", "d|p|a-b-b-c", true],
    ["a*b*c", "d|p|a-c-b", false],
    ["**", "d|p|t", true],
    // No other character is special.
    ["t.t", "d|p|txt", false],
    ["t?", "d|p|tx", false],
    ["[a-z]*", "d|p|t", false],
  ])("entry %s and %s: %s", (entry, identity, allowed) => {
    expect(allowsTask(["other", entry], task(identity))).toBe(allowed);
    expect(allowsApp(["other", entry], task(identity))).toBe(allowed);
  });

  it("of triggers knows a task's trigger, or a trigger of any task", () => {
    const nightly = { taskName: "env.train", name: "nightly" };
    for (const [entry, allowed] of [
      ["env.train/nightly", true],
      ["nightly", true],
      ["env.*/nightly", true],
      ["env.train/*", true],
      ["other/nightly", false],
      ["production/env.train/nightly", false],
    ] as const) {
      expect(allowsTrigger([entry], nightly), entry).toBe(allowed);
    }
  });

  it("matches wildcards as a regular expression does", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pattern, letters, (entry, name) => {
        const expected = new RegExp(`^${entry.replaceAll(".", "\\.").replace(/\*+/g, ".*")}$`).test(name);
        expect(allowsTask([entry], { domain: "d", project: "p", name })).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes no long over a long name and many wildcards", () => {
    const before = performance.now();
    expect(allowsTask([`${"a*".repeat(40)}b`], { domain: "d", project: "p", name: "a".repeat(20_000) })).toBe(false);
    expect(performance.now() - before).toBeLessThan(500);
  });
});
