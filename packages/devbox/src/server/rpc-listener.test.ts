import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { sleepTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

function envelope(flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

// The Python client sends its stream requests compressed, and accepts gzip. The head is sent before it is known whether
// a message will be compressed, so none is.
test("a stream whose request is compressed is answered without compression", async () => {
  const { client, devbox } = await temporaryDevbox();
  const run = await client.runSpec(sleepTask(0));
  const request = JSON.stringify({ actionId: { run: { ...client.scope, name: run }, name: "a0" } });
  const answer = await fetch(`${devbox.endpoint}/flyteidl2.workflow.RunService/WatchActionDetails`, {
    method: "POST",
    headers: {
      "content-type": "application/connect+json",
      "connect-content-encoding": "gzip",
      "connect-accept-encoding": "gzip",
    },
    body: envelope(1, gzipSync(request)),
  });
  const body = Buffer.from(await answer.arrayBuffer());
  expect(answer.headers.get("connect-content-encoding")).toBeNull();
  expect(body[0]).toBe(0);
  expect(body.toString()).toContain('"ACTION_PHASE_SUCCEEDED"');
});

test("a message larger than the limit is refused", async () => {
  const { devbox } = await temporaryDevbox();
  const call = (body: Buffer | string, headers = {}) =>
    fetch(`${devbox.endpoint}/flyteidl2.project.ProjectService/GetProject`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
  const large = `{"id":"x"${" ".repeat(64 * 1024 * 1024)}}`;
  expect((await call(large)).status).toBe(429);
  expect((await call(gzipSync(large), { "content-encoding": "gzip" })).status).toBe(429);
});

test("what is not built is not mounted", async () => {
  const { devbox } = await temporaryDevbox({ imageBuilder: "none" });
  const answer = await fetch(`${devbox.endpoint}/flyteidl2.imagebuilder.ImageService/GetImage`, { method: "POST" });
  expect([answer.status, await answer.text()]).toEqual([404, "404 page not found\n"]);
});
