import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { withFileLock } from "./file-lock.ts";

const dir = mkdtempSync(join(tmpdir(), "flyte-lock-"));
afterAll(() => rmSync(dir, { recursive: true }));

describe("withFileLock", () => {
  it("does one piece of work at a time, and leaves no file", async () => {
    const file = join(dir, "below", "one.lock");
    let [running, most] = [0, 0];
    const work = async (result: number) => {
      most = Math.max(most, ++running);
      await sleep(5);
      running--;
      return result;
    };
    const all = Array.from({ length: 8 }, (_, one) => withFileLock(file, () => work(one)));
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([most, existsSync(file)]).toEqual([1, false]);
  });

  it("is free again when the work fails", async () => {
    const file = join(dir, "two.lock");
    await expect(withFileLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(existsSync(file)).toBe(false);
  });

  it("takes over from a process that ended, and waits for one that runs", async () => {
    const file = join(dir, "three.lock");
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(file, `${pid} ${hostname()}`);
    await expect(withFileLock(file, async () => "taken over")).resolves.toBe("taken over");
    writeFileSync(file, `${process.pid} ${hostname()}`);
    setTimeout(() => rmSync(file), 200);
    const asked = performance.now();
    await withFileLock(file, async () => {});
    expect(performance.now() - asked).toBeGreaterThan(190);
  });

  it("takes over from a process of another container that shows no sign of life", async () => {
    const file = join(dir, "four.lock");
    writeFileSync(file, "1 another-host");
    const old = new Date(Date.now() - 60_000);
    utimesSync(file, old, old);
    await expect(withFileLock(file, async () => "taken over")).resolves.toBe("taken over");
  });

  it("does not keep from work where no file can be made", async () => {
    await expect(withFileLock("/dev/null/none.lock", async () => "done")).resolves.toBe("done");
  });
});
