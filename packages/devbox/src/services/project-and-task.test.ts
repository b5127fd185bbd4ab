import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Sort_Direction } from "@flyte-webhook/idl/flyteidl2/common/list";
import { ProjectService, ProjectState } from "@flyte-webhook/idl/flyteidl2/project/project_service";
import { describe, expect, test } from "vitest";
import { sleepTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

async function start() {
  const { client, devbox } = await temporaryDevbox();
  const transport = createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" });
  const projects = createClient(ProjectService, transport);
  const ids = async (request: object = {}) => {
    const { projects: found } = await projects.listProjects(request);
    return [found?.projects.map(({ id }) => id), found?.token];
  };
  return { client, projects, ids };
}

describe("projects", () => {
  test("flytesnacks is there from the first start; archived ones are listed only when asked for", async () => {
    const { projects, ids } = await start();
    expect(await ids()).toEqual([["flytesnacks"], ""]);
    await projects.createProject({ project: { id: "old", name: "Old" } });
    await projects.updateProject({ project: { id: "old", name: "Old", state: ProjectState.ARCHIVED } });
    expect(await ids()).toEqual([["flytesnacks"], ""]);
    expect(await ids({ filters: "eq(state,1)" })).toEqual([["old"], ""]);
    expect(await ids({ filters: "value_in(identifier,old;none)+contains(name,Ol)" })).toEqual([["old"], ""]);
    // As Python's client writes it.
    expect((await ids({ filters: "eq(state, 0)" }))[0]).not.toContain("old");
  });

  test("pages", async () => {
    const { projects, ids } = await start();
    await projects.createProject({ project: { id: "b" } });
    const sortBy = { key: "identifier", direction: Sort_Direction.ASCENDING };
    expect(await ids({ limit: 1, sortBy })).toEqual([["b"], "1"]);
    expect(await ids({ limit: 1, sortBy, token: "1" })).toEqual([["flytesnacks"], ""]);
  });

  test.each([
    [{ id: "" }, "project.id is required"],
    [{ id: ".." }, "invalid project"],
    [{ id: "a/b" }, "invalid project"],
    [{ id: "x".repeat(64) }, "invalid project"],
    [{ id: "x", name: "x".repeat(256) }, "project.name has more than 255 characters"],
    [{ id: "x", state: 77 as ProjectState }, "unknown project.state 77"],
  ])("refuses %j", async (project, message) => {
    const { projects } = await start();
    await expect(projects.createProject({ project })).rejects.toThrow(`[invalid_argument] ${message}`);
  });
});

describe("tasks", () => {
  const id = (name: string, version: string) => ({ project: "flytesnacks", domain: "development", name, version });
  const scopeBy = { case: "projectId", value: { name: "flytesnacks", domain: "development" } } as const;

  test("the newest version of each, newest first; a version deployed again keeps its time", async () => {
    const { client } = await start();
    const deploy = (name: string, version: string) =>
      client.tasks.deployTask({ taskId: id(name, version), spec: sleepTask(1) });
    for (const [name, version] of [
      ["e.a", "1"],
      ["e.b", "1"],
      ["e.a", "2"],
      ["e.b", "1"],
    ] as const)
      await deploy(name, version);
    const { tasks, metadata, token } = await client.tasks.listTasks({ scopeBy, request: { limit: 1 } });
    expect([tasks.map(({ taskId }) => `${taskId?.name} ${taskId?.version}`), metadata?.total, token]).toEqual([
      ["e.a 2"],
      2,
      "1",
    ]);
    const { versions } = await client.tasks.listVersions({ taskName: id("e.a", "") });
    expect(versions.map(({ version }) => version)).toEqual(["2", "1"]);
  });

  test.each([
    [{ taskId: id("", "1"), spec: {} }, "the task name is missing"],
    [{ taskId: id("e.t", ""), spec: {} }, "the task version is missing"],
    [{ taskId: id("e.\n", "1"), spec: {} }, "invalid task name"],
    [{ taskId: id("x".repeat(256), "1"), spec: {} }, "invalid task name"],
    [{ taskId: { ...id("e.t", "1"), domain: "x" }, spec: {} }, 'unknown domain "x"'],
    [{ taskId: id("e.t", "1") }, "spec is required"],
    [{ spec: {} }, "task_id is required"],
  ])("refuses %j", async (request, message) => {
    const { client } = await start();
    await expect(client.tasks.deployTask(request)).rejects.toThrow(`[invalid_argument] ${message}`);
  });
});
