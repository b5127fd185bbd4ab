import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { sleepTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

const PHASES = ["", "QUEUED", "", "", "RUNNING", "SUCCEEDED"];

test("a watch of an action ends with its last state, and that is the run's", async () => {
  const { client } = await temporaryDevbox();
  const run = await client.runSpec(sleepTask(0.3));
  const seen: [phase: string, attempt: string][] = [];
  for await (const { details } of client.runs.watchActionDetails({
    actionId: { run: { ...client.scope, name: run }, name: "a0" },
  })) {
    seen.push([PHASES[details?.status?.phase ?? 0] ?? "", PHASES[details?.attempts[0]?.phase ?? 0] ?? ""]);
  }
  expect(seen.at(-2)).toEqual(["RUNNING", "RUNNING"]);
  expect(seen.at(-1)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
});

test("a watch of run details holds the details and ends", async () => {
  const { client } = await temporaryDevbox();
  const run = await client.runSpec(sleepTask(0));
  await client.end(run);
  const seen = [];
  for await (const { details } of client.runs.watchRunDetails({ runId: { ...client.scope, name: run } }))
    seen.push(details);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ action: { status: { phase: 5 }, id: { run: { name: run } } } });
});

test("a watch of runs tells the runs of its target only, and its headers come before any run", async () => {
  const { client, devbox } = await temporaryDevbox();
  const abort = new AbortController();
  const message = Buffer.from('{"projectId":{"name":"flytesnacks","domain":"production"}}');
  const answer = await fetch(`${devbox.endpoint}/flyteidl2.workflow.RunService/WatchRuns`, {
    method: "POST",
    headers: { "content-type": "application/connect+json" },
    body: Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]),
    signal: abort.signal,
  });
  expect(answer.status).toBe(200);
  abort.abort();

  const seen: string[] = [];
  const watch = async () => {
    const target = { case: "projectId", value: { name: "flytesnacks", domain: "development" } } as const;
    for await (const { runs } of client.runs.watchRuns({ target })) {
      seen.push(...runs.map(({ action }) => `${action?.id?.run?.name} ${PHASES[action?.status?.phase ?? 0]}`));
      if (seen.includes("later SUCCEEDED")) return;
    }
  };
  const watching = watch();
  await sleep(200);
  await client.runSpec(sleepTask(0.2), { name: "later" });
  await watching;
  expect(seen).toContain("later RUNNING");
});

test("a watcher that reads slowly skips states and never misses the last one", async () => {
  const { client } = await temporaryDevbox();
  const run = await client.runSpec(sleepTask(0.1));
  let last: number | undefined;
  for await (const { details } of client.runs.watchActionDetails({
    actionId: { run: { ...client.scope, name: run }, name: "a0" },
  })) {
    await sleep(300);
    last = details?.status?.phase;
  }
  expect(last).toBe(5);
});

test("closing the devbox ends open watches", async () => {
  const { client, devbox } = await temporaryDevbox();
  const target = { case: "org", value: "x" } as const;
  const watching = (async () => {
    for await (const _ of client.runs.watchRuns({ target }));
  })().then(
    () => "ended",
    (error: Error) => error.message,
  );
  await sleep(200);
  await devbox.close();
  expect(await watching).toMatch(/ended|unavailable|aborted/);
});
