import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ActionsService } from "@flyte-webhook/idl/flyteidl2/actions/actions_service";
import { Spec_DesiredState as DesiredState, type SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { expect, onTestFinished, test, vi } from "vitest";
import { processIdentity } from "./apps/process-identity.ts";
import { type DevboxClient, devboxClient } from "./testing/devbox-client.ts";
import { DEVBOX_PROGRAM, killableDevbox } from "./testing/killable-devbox.ts";
import { appProcesses } from "./testing/process-tree.ts";
import { shellTask, sleepTask } from "./testing/shell-task.ts";
import { temporaryDirectory } from "./testing/temporary-devbox.ts";
import { webhookAppSpec } from "./testing/webhook-app.ts";

/** Rounds of each test that kills the devbox at a moment that differs from round to round. */
const ROUNDS = Number(process.env.DEVBOX_DURABILITY_ROUNDS ?? 10);
const RUNS = 20;

interface Killable {
  readonly client: DevboxClient;
  readonly apps: Client<typeof AppService>;
  readonly actions: Client<typeof ActionsService>;
  kill(): Promise<void>;
}

async function startProcess(dir: string): Promise<Killable> {
  const devbox = await killableDevbox(dir);
  const transport = createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" });
  return {
    kill: devbox.kill,
    client: devboxClient(devbox),
    apps: createClient(AppService, transport),
    actions: createClient(ActionsService, transport),
  };
}

/** One of each kind of task in turn, with how it must end; each tells in a file of its own that it ran. */
const KINDS = [
  {
    spec: (mark: string) => shellTask('echo "ran $PPID" >> "$MARK"; sleep 0.2', { env: { MARK: mark } }),
    end: { phase: "SUCCEEDED", attempts: 1 },
  },
  {
    spec: (mark: string) => shellTask('echo "ran $PPID" >> "$MARK"; sleep 0.3; exit 3', { env: { MARK: mark } }),
    end: { phase: "FAILED", attempts: 1, error: expect.stringContaining("exit code 3") },
  },
  { spec: () => sleepTask(0.5), end: { phase: "SUCCEEDED", attempts: 1 } },
  {
    spec: (mark: string) => shellTask('echo "ran $PPID" >> "$MARK"; sleep 2', { env: { MARK: mark } }),
    end: { phase: "SUCCEEDED", attempts: 1 },
  },
];

/** An app of two processes that tells which one it is. */
const PAIR: MessageInitShape<typeof SpecSchema> = {
  desiredState: DesiredState.ACTIVE,
  appPayload: {
    case: "container",
    value: {
      image: "any",
      command: [
        "node",
        "-e",
        `require("node:child_process").spawn("sleep", ["600"]);
        const http = require("node:http");
        http.createServer((request, response) => response.end(String(process.pid))).listen(process.env.PORT, "127.0.0.1");`,
      ],
    },
  },
};

/** Deploys an app; resolves with its public URL, which the devbox has acknowledged. */
async function deploy({ apps, client }: Killable, name: string, spec: MessageInitShape<typeof SpecSchema>) {
  const { app } = await apps.create({ app: { metadata: { id: { ...client.scope, name } }, spec } });
  return app?.status?.ingress?.publicUrl ?? "";
}

/** What an app answers. The first callers may come before the devbox listens for it again, never to another app. */
function answerOf(url: string, headers: Record<string, string> = {}): Promise<string> {
  return vi.waitFor(
    async () => {
      const answer = await fetch(url, { headers });
      expect([answer.status, await answer.clone().text()]).toEqual([200, expect.anything()]);
      return answer.text();
    },
    { timeout: 20_000, interval: 50 },
  );
}

test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
  "kill -9 among 20 runs and two apps, round %i",
  async (round) => {
    const dir = temporaryDirectory();
    const marks = (name: string) => join(dir, `mark-${name}`);
    // The last devbox of a round is killed as well.
    onTestFinished(() => appProcesses(dir).forEach((pid) => void process.kill(pid, "SIGKILL")));
    const first = await startProcess(dir);
    // Names of their own, so that no app of another test is drawn to their ports meanwhile.
    const own = basename(dir).toLowerCase();
    const webhook = await deploy(first, `${own}-webhook`, webhookAppSpec());
    const pair = await deploy(first, `${own}-pair`, PAIR);
    // In every other round the apps serve already, else they are about to start.
    const before = round % 2 === 0 ? await answerOf(pair) : undefined;
    if (before !== undefined) await answerOf(`${webhook}/health`);
    const acknowledged: { name: string; kind: number }[] = [];
    const creating = Array.from({ length: RUNS }, async (_, i) => {
      const name = `run${i}`;
      const kind = i % KINDS.length;
      await sleep(i * 20);
      await first.client.runSpec(KINDS[kind]?.spec(marks(name)) as never, { name });
      acknowledged.push({ name, kind });
    });
    const created = Promise.allSettled(creating);
    // Sooner in one round, later in another: while runs are created, begin, and end.
    await sleep(100 + ((round * 137) % 600));
    // A busy machine may have acknowledged nothing yet, and then there would be nothing to lose.
    while (acknowledged.length === 0) await sleep(5);
    await first.kill();
    await created;
    expect(acknowledged.length).toBeGreaterThan(0);

    const second = await startProcess(dir);
    const after = await answerOf(pair);
    expect(after).not.toBe(before);
    const key = /apiKey: (.*)/.exec(readFileSync(join(dir, "config.yaml"), "utf8"))?.[1];
    // The webhook that serves knows where the control plane is now.
    expect(await answerOf(`${webhook}/me`, { authorization: `Bearer ${key}` })).toContain("admin");
    // One webhook, and the two processes of the other app.
    await vi.waitFor(() => expect(appProcesses(dir)).toHaveLength(3));
    expect(appProcesses(dir)).toContain(Number(after));
    await Promise.all(
      acknowledged.map(async ({ name, kind }) => {
        expect(await second.client.end(name), name).toEqual(KINDS[kind]?.end);
        // Run, and never run twice.
        if (existsSync(marks(name))) expect(readFileSync(marks(name), "utf8").match(/ran/g), name).toHaveLength(1);
        else expect(KINDS[kind]?.end.phase === "SUCCEEDED" && kind === 2, `${name} has run`).toBe(true);
      }),
    );
  },
  60_000,
);

test("kill -9 among what a task has called: each of it runs once, and the task goes on", async () => {
  const dir = temporaryDirectory();
  const first = await startProcess(dir);
  const end = join(dir, "end");
  const run = await first.client.runSpec(shellTask(`until [ -e ${end} ]; do sleep 0.05; done`));
  const { scope } = first.client;
  const acknowledged: string[] = [];
  const calling = Array.from({ length: RUNS }, async (_, i) => {
    await sleep(i * 20);
    const name = `child${i}`;
    const spec = shellTask('echo ran >> "$MARK"; sleep 0.3', { env: { MARK: join(dir, name) } });
    await first.actions.enqueue({
      action: {
        actionId: { run: { ...scope, name: run }, name },
        parentActionName: "a0",
        inputUri: "file:///none",
        spec: { case: "task", value: { spec } },
      },
    });
    acknowledged.push(name);
  });
  const called = Promise.allSettled(calling);
  while (acknowledged.length < RUNS / 2) await sleep(5);
  await first.kill();
  await called;

  const { client } = await startProcess(dir);
  const listed = async () =>
    (await client.runs.listActions({ runId: { ...scope, name: run } })).actions.map(
      ({ id, status }) => `${id?.name} ${ActionPhase[status?.phase ?? 0]}`,
    );
  const ended = acknowledged.map((name) => `${name} SUCCEEDED`);
  await vi.waitFor(async () => expect(await listed()).toEqual(expect.arrayContaining(["a0 RUNNING", ...ended])), {
    timeout: 20_000,
  });
  for (const name of acknowledged) expect(readFileSync(join(dir, name), "utf8")).toBe("ran\n");
  writeFileSync(end, "");
  expect(await client.end(run)).toEqual({ phase: "SUCCEEDED", attempts: 1 });
}, 60_000);

test("a process that vanished with its devbox is a failure that says so, or another attempt", async () => {
  const dir = temporaryDirectory();
  const mark = join(dir, "mark");
  const first = await startProcess(dir);
  const script = 'echo "$PPID" >> "$MARK"; [ "$FLYTE_ATTEMPT_NUMBER" = 0 ] || exit 0; echo working; sleep 30';
  const once = await first.client.runSpec(shellTask(script, { env: { MARK: mark } }));
  const retried = await first.client.runSpec(
    shellTask(script, { env: { MARK: mark }, metadata: { retries: { retries: 1 } } }),
  );
  while (!existsSync(mark) || readFileSync(mark, "utf8").trim().split("\n").length < 2) await sleep(20);
  await first.kill();
  for (const wrapper of readFileSync(mark, "utf8").trim().split("\n")) process.kill(-Number(wrapper), "SIGKILL");

  const { client } = await startProcess(dir);
  expect(await client.end(once)).toEqual({
    phase: "FAILED",
    attempts: 1,
    error: "the task's process was killed before it wrote outputs or an error; the end of its output:\nworking",
  });
  expect(await client.end(retried)).toEqual({ phase: "SUCCEEDED", attempts: 2 });
});

test("a run that was aborted just before the devbox was killed stays so, and its process is ended", async () => {
  const dir = temporaryDirectory();
  const mark = join(dir, "mark");
  const first = await startProcess(dir);
  // It ignores SIGTERM, so that it is still there when the devbox is killed.
  const script = 'trap "" TERM; echo $$ > "$MARK"; while :; do sleep 1; done';
  const run = await first.client.runSpec(shellTask(script, { env: { MARK: mark } }));
  while (!existsSync(mark)) await sleep(20);
  await first.client.runs.abortRun({ runId: { ...first.client.scope, name: run }, reason: "enough" });
  await first.kill();

  const { client } = await startProcess(dir);
  expect(await client.end(run)).toEqual({ phase: "ABORTED", attempts: 1, reason: "enough" });
  // Killed together with the shell around it, whose end is what counts; the system may take a moment for the other.
  await vi.waitFor(() => expect(processIdentity(Number(readFileSync(mark, "utf8")))).toBeUndefined());
});

test("a second devbox is refused the directory of the first", async () => {
  const dir = temporaryDirectory();
  await startProcess(dir);
  const other = spawn(process.execPath, ["--conditions=source", DEVBOX_PROGRAM, dir], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  for await (const chunk of other.stderr) said += chunk;
  expect(said).toContain(`another devbox uses the directory ${dir}`);
  expect(readdirSync(dir)).toContain("devbox.db");
});
