import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Spec_DesiredState as DesiredState } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { ProjectService } from "@flyte-webhook/idl/flyteidl2/project/project_service";
import { describe, expect, test, vi } from "vitest";
import { SUBSTATE } from "../apps/substate.ts";
import { devboxClient } from "../testing/devbox-client.ts";
import { appProcesses } from "../testing/process-tree.ts";
import { answering } from "../testing/served-code.ts";
import { shellTask } from "../testing/shell-task.ts";
import { createDevbox, type TestDevbox } from "./create-devbox.ts";

const transport = ({ endpoint }: TestDevbox, headers: Record<string, string> = {}) =>
  createConnectTransport({
    baseUrl: endpoint,
    httpVersion: "1.1",
    interceptors: [
      (next) => (request) => {
        for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
        return next(request);
      },
    ],
  });
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => Code[ConnectError.from(error).code],
  );

function appsOf(devbox: TestDevbox) {
  const client = createClient(AppService, transport(devbox));
  const id = { org: "", project: "flytesnacks", domain: "development", name: "shop" };
  const status = async () => (await client.get({ identifier: { case: "appId", value: id } })).app?.status;
  return {
    client,
    deploy: () => {
      const container = { image: "ours:1", command: ["node", "-e", answering("here")] };
      const appPayload = { case: "container", value: container } as const;
      return client.create({ app: { metadata: { id }, spec: { desiredState: DesiredState.ACTIVE, appPayload } } });
    },
    url: async () => (await status())?.ingress?.publicUrl ?? "",
    /** The first condition: status, substate, message. */
    standing: async () => {
      const [condition] = (await status())?.conditions ?? [];
      const number = condition?.$unknown?.[0]?.data[0];
      const substate = Object.entries(SUBSTATE).find(([, value]) => value === number)?.[0];
      return [condition?.deploymentStatus, substate, condition?.message];
    },
  };
}
/** What keeps this process alive: servers, processes, timers. */
const held = () => process.getActiveResourcesInfo().filter((one) => /Server|Process|Timeout/.test(one));
const [FAILED, ACTIVE] = [6, 7];

describe("a devbox in memory", () => {
  test("starts in no time, several side by side, and leaves nothing", async () => {
    await createDevbox({ memory: true }).then((warm) => warm.close());
    const before = held();
    const started = performance.now();
    const first = await createDevbox({ memory: true });
    const startMs = performance.now() - started;
    const dir = first.dir;
    {
      await using one = first;
      await using two = await createDevbox({ memory: true });
      const [client, other] = [one, two].map((devbox) => createClient(ProjectService, transport(devbox)));
      await client?.createProject({ project: { id: "mine", name: "mine" } });
      expect(await codeOf(client?.getProject({ id: "mine" }) ?? Promise.reject())).toBe("ok");
      expect(await codeOf(other?.getProject({ id: "mine" }) ?? Promise.reject())).toBe("NotFound");
      const { deploy, standing } = appsOf(one);
      await deploy();
      await vi.waitFor(async () => expect((await standing())[0]).toBe(ACTIVE), { timeout: 10_000 });
      expect(appProcesses(dir)).toHaveLength(1);
      expect(readdirSync(dir)).not.toContain("devbox.db");
    }
    expect(startMs).toBeLessThan(300);
    expect([existsSync(dir), appProcesses(dir)]).toEqual([false, []]);
    for (const end = Date.now() + 5000; held().length > before.length && Date.now() < end; ) await setImmediate();
    expect(held().length).toBeLessThanOrEqual(before.length);
  });

  test("that cannot start leaves no directory", async () => {
    const made = () => readdirSync(tmpdir()).filter((name) => name.startsWith("flyte-devbox-")).length;
    const before = made();
    await expect(createDevbox({ memory: true, python: "/no/such/python" })).rejects.toThrow("python");
    expect(made()).toBe(before);
  });
});

describe("calls", () => {
  test("are recorded with request, caller and outcome, and no credential", async () => {
    await using devbox = await createDevbox({ memory: true });
    const headers = { authorization: `Bearer ${devbox.apiKey}` };
    const projects = createClient(ProjectService, transport(devbox, headers));
    await projects.createProject({ project: { id: "mine", name: "Mine" } });
    await codeOf(createClient(ProjectService, transport(devbox)).getProject({ id: "none" }));
    expect([...devbox.calls]).toMatchObject([
      { rpc: "ProjectService/CreateProject", caller: "admin", outcome: "ok", request: { project: { name: "Mine" } } },
      { service: "ProjectService", method: "GetProject", caller: undefined, outcome: "not_found" },
    ]);
    expect(devbox.calls.of("ProjectService/GetProject").map(({ request }) => request.id)).toEqual(["none"]);
    expect(JSON.stringify([...devbox.calls])).not.toContain(devbox.apiKey);
    devbox.calls.clear();
    expect(devbox.calls).toHaveLength(0);
    // @ts-expect-error There is no such RPC.
    expect(() => devbox.calls.of("ProjectService/GetProjekt")).toThrow('no RPC "ProjectService/GetProjekt"');
  });

  test("of a stream are open until it ends", async () => {
    await using devbox = await createDevbox({ memory: true });
    const { client } = appsOf(devbox);
    const leave = new AbortController();
    const id = { project: "flytesnacks", domain: "development", name: "none" };
    const watch = client.watch({ target: { case: "appId", value: id } }, { signal: leave.signal });
    const watching = codeOf(watch[Symbol.asyncIterator]().next());
    await vi.waitFor(() =>
      expect([...devbox.calls]).toMatchObject([
        { rpc: "AppService/Watch", outcome: undefined, request: { target: { value: id } } },
      ]),
    );
    leave.abort();
    expect(await watching).toBe("Canceled");
    await vi.waitFor(() => expect([...devbox.calls][0]?.outcome).toBe("canceled"));
  });
});

describe("faults of RPCs", () => {
  test("fail as often as they are told, and are counted", async () => {
    await using devbox = await createDevbox({ memory: true });
    const { getProject, listProjects } = createClient(ProjectService, transport(devbox));
    const fault = devbox.faults.rpc("ProjectService/GetProject").fails("unavailable", { times: 2, message: "away" });
    const one = () => codeOf(getProject({ id: "flytesnacks" }));
    expect(await codeOf(listProjects({}))).toBe("ok");
    expect([await one(), await one(), await one(), fault.hits]).toEqual(["Unavailable", "Unavailable", "ok", 2]);
    {
      using _all = devbox.faults.rpc("ProjectService/*").fails("permission_denied");
      expect([await one(), await codeOf(listProjects({}))]).toEqual(["PermissionDenied", "PermissionDenied"]);
    }
    devbox.faults.rpc("*").fails("internal");
    devbox.faults.clear();
    expect(await one()).toBe("ok");
    expect([...devbox.calls].filter(({ outcome }) => outcome === "unavailable")).toHaveLength(2);
    expect(() => devbox.faults.rpc("*").fails("internal", { times: 0 })).toThrow("times: 0");
    // @ts-expect-error There is no such code.
    expect(() => devbox.faults.rpc("*").fails("gone")).toThrow('"gone" is no code of Connect');
    // @ts-expect-error There is no such RPC.
    expect(() => devbox.faults.rpc("RunService/CreateRuns")).toThrow('no RPC "RunService/CreateRuns"');
  });

  test("delay a call, or never answer it", async () => {
    await using devbox = await createDevbox({ memory: true });
    const { listProjects } = createClient(ProjectService, transport(devbox));
    devbox.faults.rpc("ProjectService/ListProjects").delays(150, { times: 1 });
    const began = performance.now();
    expect(await codeOf(listProjects({}))).toBe("ok");
    expect(performance.now() - began).toBeGreaterThan(140);
    devbox.faults.rpc("ProjectService/ListProjects").hangs();
    expect(await codeOf(listProjects({}, { timeoutMs: 100 }))).toBe("DeadlineExceeded");
  });

  test("cut a stream after so many messages", async () => {
    await using devbox = await createDevbox({ memory: true });
    const { client, deploy } = appsOf(devbox);
    await deploy();
    devbox.faults.rpc("AppService/Watch").cutsStream(1, { times: 1 });
    const seen: unknown[] = [];
    const id = { project: "flytesnacks", domain: "development", name: "shop" };
    const watching = async () => {
      for await (const { event } of client.watch({ target: { case: "appId", value: id } })) seen.push(event.case);
    };
    await expect(watching()).rejects.toThrow();
    expect(seen).toEqual(["createEvent"]);
    expect(() => devbox.faults.rpc("AppService/Get").cutsStream(1)).toThrow("AppService/Get does not stream");
  });

  test("let credentials expire, and calls without any be", async () => {
    await using devbox = await createDevbox({ memory: true });
    const [known, unknown] = [{ authorization: `Bearer ${devbox.apiKey}` }, {}].map((headers) =>
      createClient(ProjectService, transport(devbox, headers)),
    );
    devbox.faults.expiredToken({ times: 1 });
    const codes = [unknown, known, known].map((client) => () => codeOf(client?.listProjects({}) ?? Promise.reject()));
    expect(
      await codes.reduce(async (all, next) => [...(await all), await next()], Promise.resolve<unknown[]>([])),
    ).toEqual(["ok", "Unauthenticated", "ok"]);
  });
});

describe("faults of apps", () => {
  test.each([
    ["imagePullError", "imagePullError", /^Unable to fetch image "ours:1"/],
    ["crashLoop", "crashLoop", /^The app's process exited with code 1 /],
    ["oom", "oomKilled", /exceeding its memory limit/],
  ] as const)("%s fails a start, until it is lifted", async (name, substate, message) => {
    await using devbox = await createDevbox({ memory: true });
    const { deploy, standing } = appsOf(devbox);
    const fault = devbox.faults.app("shop")[name]();
    await deploy();
    await vi.waitFor(async () => expect(await standing()).toEqual([FAILED, substate, expect.stringMatching(message)]));
    expect(appProcesses(devbox.dir)).toEqual([]);
    expect(fault.hits).toBeGreaterThan(0);
    fault.lift();
    await vi.waitFor(async () => expect((await standing())[0]).toBe(ACTIVE), { timeout: 10_000 });
  });

  test("a process that serves dies of a crash loop and of its memory, not of an image", async () => {
    await using devbox = await createDevbox({ memory: true });
    const { deploy, standing, url } = appsOf(devbox);
    await deploy();
    await vi.waitFor(async () => expect((await standing())[0]).toBe(ACTIVE), { timeout: 10_000 });
    const image = devbox.faults.app("shop").imagePullError();
    expect(await (await fetch(await url())).text()).toBe("here");
    image.lift();
    devbox.faults.app("shop").oom({ times: 1 });
    await vi.waitFor(async () => expect((await standing()).slice(0, 2)).toEqual([FAILED, "oomKilled"]));
    expect((await fetch(await url())).status).toBe(503);
    await vi.waitFor(async () => expect((await standing())[0]).toBe(ACTIVE), { timeout: 10_000 });
  });

  test("a slow start holds its callers", async () => {
    await using devbox = await createDevbox({ memory: true });
    const { deploy, url } = appsOf(devbox);
    devbox.faults.app("shop").startsAfter(400);
    const began = performance.now();
    await deploy();
    expect(await (await fetch(await url())).text()).toBe("here");
    expect(performance.now() - began).toBeGreaterThan(390);
  });
});

describe("faults of tasks", () => {
  test("an attempt that is out of memory is tried again while it has retries", async () => {
    await using devbox = await createDevbox({ memory: true });
    const { runSpec, end } = devboxClient(devbox);
    const fault = devbox.faults.task("test.shell").oom({ times: 2 });
    const retries = (count: number) => shellTask("exit 0", { metadata: { retries: { retries: count } } });
    expect(await end(await runSpec(retries(2)))).toMatchObject({ phase: "SUCCEEDED", attempts: 3 });
    expect(fault.hits).toBe(2);
    devbox.faults.task("test.shell").fails("no luck", { times: 1, recoverable: false });
    expect(await end(await runSpec(retries(2)))).toMatchObject({ phase: "FAILED", attempts: 1, error: "no luck" });
  });
});
