import { create } from "@bufbuild/protobuf";
import { createRouterTransport } from "@connectrpc/connect";
import {
  type App,
  AppSchema,
  Status_DeploymentStatus as Status,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { describe, expect, it } from "vitest";
import { Apps } from "./apps.ts";
import { createConnection } from "./connection.ts";

const id = { org: "", project: "p", domain: "d", name: "a" };
const app = (status: Status | undefined, message = "", project = "p"): App =>
  create(AppSchema, {
    metadata: { id: { ...id, project } },
    status: { conditions: status === undefined ? [] : [{ deploymentStatus: status, message }] },
  });

/** Apps of a plane whose reads answer `reads` in turn (the last one repeats) and whose watches stream `events`. */
function plane(reads: App[], events: App[] = []) {
  let read = 0;
  const transport = createRouterTransport(({ service }) => {
    service(AppService, {
      get: () => ({ app: reads[Math.min(read++, reads.length - 1)] as App }),
      async *watch() {
        for (const updatedApp of events) yield { event: { case: "updateEvent" as const, value: { updatedApp } } };
      },
    });
  });
  return new Apps(createConnection({ endpoint: "http://plane", project: "p", domain: "d", transport }));
}

describe("waitFor", () => {
  it("answers at once with an app that is there already", async () => {
    const state = await plane([app(Status.ACTIVE)]).waitFor({ name: "a" }, "active");
    expect(state.status?.conditions).toHaveLength(1);
  });

  it("takes no conditions, UNASSIGNED and PENDING for being on the way", async () => {
    const seen: number[] = [];
    await plane([app(undefined)], [app(Status.UNASSIGNED), app(Status.PENDING), app(Status.ACTIVE)]).waitFor(
      { name: "a" },
      "active",
      { onState: (state) => seen.push(state.status?.conditions[0]?.deploymentStatus ?? 0) },
    );
    expect(seen).toEqual([0, Status.UNASSIGNED, Status.PENDING, Status.ACTIVE]);
  });

  it("reads again when the watch ends without news", async () => {
    await plane([app(Status.PENDING), app(Status.PENDING), app(Status.STOPPED)]).waitFor({ name: "a" }, "deactivated");
  });

  it("ignores an app of the same name in another project", async () => {
    const apps = plane([app(Status.PENDING)], [app(Status.ACTIVE, "", "other")]);
    await expect(apps.waitFor({ name: "a" }, "active", { timeoutMs: 300 })).rejects.toMatchObject({
      code: "deadline_exceeded",
      message: expect.stringMatching(/PENDING/),
    });
  });

  it("ends with the reason when the app fails", async () => {
    const apps = plane([app(Status.PENDING)], [app(Status.FAILED, "exit code 1")]);
    await expect(apps.waitFor({ name: "a" }, "active")).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(/exit code 1/),
    });
  });

  it("holds no failure against a change that was there before it", async () => {
    const failed = app(Status.FAILED, "exit code 1");
    const apps = plane([failed, failed, app(Status.ACTIVE)]);
    const state = await apps.waitFor({ name: "a" }, "active", { before: failed });
    expect(state.status?.conditions[0]?.deploymentStatus).toBe(Status.ACTIVE);
  });
});
