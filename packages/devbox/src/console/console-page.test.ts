import { readFileSync } from "node:fs";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Spec_DesiredState as DesiredState } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { expect, test } from "vitest";
import { eventStream } from "../testing/event-stream.ts";
import { answering } from "../testing/served-code.ts";
import { shellTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";
import type { ConsoleState } from "./console-state.ts";

test("the page and all it needs come from the devbox, with a policy that allows nothing else", async () => {
  const { devbox } = await temporaryDevbox();
  const page = await fetch(devbox.console);
  const html = await page.text();
  expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|style=|https?:/);
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? "");
  const script = await (await fetch(`${devbox.console}console/page.js`)).text();
  const imported = [...script.matchAll(/from "\.\/([^"]+)"/g)].map(([, file]) => `console/${file}`);
  expect([...files, ...imported]).toEqual([
    ...["console/icon.svg", "console/page.css", "console/page.js"],
    "console/live-table.js",
  ]);
  for (const file of ["", ...files, ...imported]) {
    const answer = await fetch(devbox.console + file);
    expect(answer.status, file).toBe(200);
    const policy = answer.headers.get("content-security-policy");
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"]) {
      expect(policy).toContain(rule);
    }
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await answer.text()).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
  }
  expect((await fetch(`${devbox.console}console/../package.json`)).status).not.toBe(200);
  expect((await fetch(`${devbox.console}console/none.js`)).status).toBe(404);
});

test("the addresses that clients give for runs, apps and tasks lead to the page", async () => {
  const { devbox } = await temporaryDevbox();
  for (const what of ["runs/r1", "apps/a-1", "tasks/env.task", "runs/r1?tab=io"]) {
    const address = `${devbox.endpoint}/v2/domain/development/project/flytesnacks/${what}`;
    const answer = await fetch(address, { redirect: "manual" });
    const name = what.split(/[/?]/)[1];
    expect([answer.status, answer.headers.get("location")], what).toEqual([302, `/#${name}`]);
  }
});

test("every file of the page is published with the package", () => {
  const { files } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(files).toContain("console");
});

test("runs and apps are told as they change", async () => {
  const { devbox, client } = await temporaryDevbox();
  const stream = await eventStream<ConsoleState>(`${devbox.console}console/events`);
  expect(await stream.until(() => true)).toEqual({ apps: [], runs: [] });

  await client.runSpec(shellTask("echo '<b>oh no</b>'; exit 3", { name: "test.fails" }), { name: "one" });
  const { runs } = await stream.until((state) => state.runs[0]?.phase === "failed");
  expect(runs).toEqual([
    {
      name: "one",
      ...client.scope,
      task: "test.fails",
      phase: "failed",
      createdMs: expect.any(Number),
      endedMs: expect.any(Number),
      message: expect.stringContaining("exit code 3; the end of its output:\n<b>oh no</b>"),
    },
  ]);
  expect(Math.abs(Date.now() - (runs[0]?.createdMs ?? 0))).toBeLessThan(60_000);

  const aborted = await client.runSpec(shellTask("sleep 60"), { name: "two" });
  await stream.until((state) => state.runs[0]?.phase === "running");
  await client.runs.abortRun({ runId: { ...client.scope, name: aborted }, reason: "enough" });
  const after = await stream.until((state) => state.runs[0]?.phase === "aborted");
  expect(after.runs.map(({ name, message }) => [name, message.split("\n")[0]])).toEqual([
    ["two", "enough"],
    ["one", expect.stringContaining("exit code 3")],
  ]);

  const apps = createClient(AppService, createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" }));
  const id = { ...client.scope, name: "shop" };
  const spec = {
    desiredState: DesiredState.ACTIVE,
    appPayload: { case: "container" as const, value: { image: "any", command: ["node", "-e", answering("here")] } },
  };
  await apps.create({ app: { metadata: { id }, spec } });
  const { apps: active } = await stream.until((state) => state.apps[0]?.status === "active");
  expect(active).toMatchObject([
    { ...id, revision: 1, url: expect.stringMatching(/^http:\/\/127.0.0.1:\d+$/), docs: "" },
  ]);
  await apps.update({ app: { metadata: { id }, spec: { desiredState: DesiredState.STOPPED } } });
  await stream.until((state) => state.apps[0]?.status === "stopped" && state.apps[0].url === "");
  await apps.delete({ appId: id });
  await stream.until((state) => state === stream.events.at(-1) && state.apps.length === 0);

  await devbox.close();
  await stream.ended;
});
