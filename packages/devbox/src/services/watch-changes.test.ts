import { expect, test } from "vitest";
import { DevboxEvents } from "../events.ts";
import type { ChangeBatch } from "./change-batch.ts";
import { topics, watchChanges } from "./watch-changes.ts";

const RUN = { project: "p", domain: "d", run: "r" };

function watching() {
  const events = new DevboxEvents();
  const abort = new AbortController();
  const watch = () => watchChanges(events, abort.signal, topics.run("p", "d", "r"))[Symbol.asyncIterator]();
  const change = (action: string) => events.emit("run", { ...RUN, action });
  return { events, abort, watch, change };
}

const next = async (watch: AsyncIterator<ChangeBatch>) => (await watch.next()).value as ChangeBatch;
const names = (batch: ChangeBatch) => [...batch].map(({ action }) => action);

test("those who watch the same are told by the same batch, of which each thing is made once", async () => {
  const { watch, change, abort } = watching();
  const [one, two] = [watch(), watch()];
  change("a");
  change("b");
  change("a");
  const [first, second] = await Promise.all([next(one), next(two)]);
  expect(second).toBe(first);
  expect(names(first)).toEqual(["a", "b"]);
  let made = 0;
  for (const batch of [first, second]) expect(batch.once("what", () => ++made)).toBe(1);
  expect(first.once("another", () => ++made)).toBe(2);
  abort.abort();
});

test("who is slow is told once of all that it missed, each action once, and holds up nobody", async () => {
  const { watch, change, abort } = watching();
  const [quick, slow] = [watch(), watch()];
  for (let round = 0; round < 5; round++) {
    change("a");
    change(`b${round % 2}`);
    await next(quick);
  }
  expect(names(await next(slow)).sort()).toEqual(["a", "b0", "b1"]);
  abort.abort();
  expect((await slow.next()).done).toBe(true);
});

test("a quiet run is told of at once, a busy one at a measured pace", async () => {
  const { watch, change, abort } = watching();
  const one = watch();
  let batches = 0;
  const begin = performance.now();
  const busy = setInterval(() => change("a"), 1);
  while (performance.now() - begin < 300) {
    await next(one);
    batches++;
  }
  clearInterval(busy);
  expect(batches).toBeGreaterThan(2);
  expect(batches).toBeLessThan(12);
  abort.abort();
});

test("nothing listens once nobody watches, however a watch ended", async () => {
  const { events, watch, change, abort } = watching();
  const [left, aborted] = [watch(), watch()];
  change("a");
  await next(left);
  expect(events.listenerCount("run")).toBe(1);
  await left.return?.();
  expect(events.listenerCount("run")).toBe(1);
  abort.abort();
  expect(events.listenerCount("run")).toBe(0);
  expect((await aborted.next()).done).toBe(true);
});
