import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { DevboxEvents } from "../events.ts";
import { eventStream } from "../testing/event-stream.ts";
import { COALESCE_MS, HEARTBEAT_MS, StateStream } from "./state-stream.ts";

const RUN = { project: "p", domain: "d", run: "r", action: "a0" };

async function streaming(read?: () => unknown) {
  const events = new DevboxEvents();
  const closing = new AbortController();
  const state = { reads: 0, value: 0 };
  const stream = new StateStream(
    read ??
      (() => {
        state.reads++;
        return { value: state.value };
      }),
    events,
    closing.signal,
  );
  const server = createServer((_, response) => stream.open(response)).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const change = (value: number) => {
    state.value = value;
    events.emit("run", RUN);
  };
  const listeners = () => events.listenerCount("run") + events.listenerCount("app");
  return { events, closing, state, change, listeners, port, url: `http://127.0.0.1:${port}` };
}

test("a viewer gets the state at once, then each change", async () => {
  const { url, change, events, state } = await streaming();
  const viewer = await eventStream<{ value: number }>(url);
  expect(viewer.answer.headers).toMatchObject({ "content-type": "text/event-stream; charset=utf-8" });
  await viewer.until(({ value }) => value === 0);
  change(1);
  await viewer.until(({ value }) => value === 1);
  state.value = 2;
  events.emit("app", { kind: "updated", project: "p", domain: "d", name: "n" });
  await viewer.until(({ value }) => value === 2);
  expect(viewer.events).toEqual([{ value: 0 }, { value: 1 }, { value: 2 }]);
});

test("many changes are one event, and a change that changes nothing is none", async () => {
  const { url, change, state } = await streaming();
  const viewer = await eventStream<{ value: number }>(url);
  await viewer.until(({ value }) => value === 0);
  for (let value = 1; value <= 1000; value++) change(value);
  await viewer.until(({ value }) => value === 1000);
  change(1000);
  await sleep(3 * COALESCE_MS);
  expect(viewer.events).toEqual([{ value: 0 }, { value: 1000 }]);
  expect(state.reads).toBe(3);
});

test("nothing is listened to, read or timed while nobody looks", async () => {
  const { url, change, listeners, state } = await streaming();
  const timers = vi.spyOn(globalThis, "setInterval");
  const cleared = vi.spyOn(globalThis, "clearInterval");
  onTestFinished(() => void vi.restoreAllMocks());
  expect(listeners()).toBe(0);
  const viewers = [await eventStream(url), await eventStream(url)];
  const beats = () => timers.mock.calls.filter(([, delay]) => delay === HEARTBEAT_MS).length;
  expect([listeners(), beats()]).toEqual([2, 1]);
  viewers[0]?.leave();
  change(1);
  await viewers[1]?.until(() => viewers[1]?.events.length === 2);
  expect(listeners()).toBe(2);
  change(2);
  viewers[1]?.leave();
  await vi.waitFor(() => expect(listeners()).toBe(0));
  expect(cleared.mock.calls.length).toBeGreaterThan(0);
  const { reads } = state;
  change(3);
  await sleep(2 * COALESCE_MS);
  expect(state.reads).toBe(reads);
  const again = await eventStream<{ value: number }>(url);
  await again.until(({ value }) => value === 3);
  expect([listeners(), beats()]).toEqual([2, 2]);
});

test("a comment now and then keeps the connection honest", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const { url } = await streaming();
  const viewer = await eventStream(url);
  vi.advanceTimersByTime(HEARTBEAT_MS);
  vi.useRealTimers();
  await vi.waitFor(() => expect(viewer.comments).toEqual([": still here"]));
});

test("a viewer that does not read skips states and gets the newest one", async () => {
  const big = "x".repeat(4 << 20);
  let [value, reads] = [0, 0];
  const { port, events } = await streaming(() => {
    reads++;
    return { value, big };
  });
  const slow = connect(port, "127.0.0.1");
  onTestFinished(() => void slow.destroy());
  slow.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await once(slow, "readable");
  for (value = 1; value <= 10; value++) {
    const before = reads;
    events.emit("run", RUN);
    await vi.waitFor(() => expect(reads).toBe(before + 1), { timeout: 5000, interval: 10 });
  }
  let received = "";
  slow.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk.replaceAll("x", "");
  });
  await vi.waitFor(() => expect(received).toContain('{"value":10,'), { timeout: 8000 });
  expect(received.match(/"value":/g)?.length).toBeLessThan(7);
});

test("when the devbox closes the stream ends", async () => {
  const { url, closing, listeners } = await streaming();
  const viewer = await eventStream(url);
  closing.abort();
  await viewer.ended;
  await vi.waitFor(() => expect(listeners()).toBe(0));
  expect((await fetch(url)).status).toBe(503);
});
