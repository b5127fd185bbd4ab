import { Code, ConnectError } from "@connectrpc/connect";
import { FixedRateUnit } from "@flyte-webhook/idl/flyteidl2/task/common";
import { TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import { describe, expect, it } from "vitest";
import { recordedWebhook } from "../testing/recorded-webhook.ts";

/** A plane with one trigger, `env.task/nightly`, in `p`/`d` and in `p2`/`d`; like the real one it skips unknown names. */
function webhook(active: boolean, spec = {}) {
  let revision = 5n;
  return recordedWebhook(
    ({ service }) =>
      service(TriggerService, {
        getTriggerDetails: ({ name }) => {
          if (name?.name !== "nightly") throw new ConnectError("no such trigger", Code.NotFound);
          return {
            trigger: {
              id: { name, revision },
              spec: { active, taskVersion: "v9" },
              automationSpec: {
                automation: {
                  case: "schedule",
                  value: { expression: { case: "rate", value: { value: 5, unit: FixedRateUnit.MINUTE } } },
                },
              },
            },
          };
        },
        updateTriggers: ({ names, active: wanted }) => {
          if (names.some(({ name }) => name === "nightly")) [active, revision] = [wanted, revision + 1n];
          return {};
        },
      }),
    { spec },
  );
}

describe("activate_trigger and deactivate_trigger", () => {
  it.each([
    ["activate", true],
    ["deactivate", false],
  ])("%s: read, update, answer what is read back", async (verb, active) => {
    const { request, calls } = webhook(!active);
    const response = await request("POST", `/trigger/env.task/nightly/${verb}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      task_name: "env.task",
      trigger_name: "nightly",
      active,
      revision: 6,
      task_version: "v9",
      schedule: { every: 5, unit: "minute" },
    });
    expect(calls.map((call) => call.rpc)).toEqual([
      "TriggerService/GetTriggerDetails",
      "TriggerService/UpdateTriggers",
      "TriggerService/GetTriggerDetails",
    ]);
    expect(calls[1]?.request).toMatchObject({
      names: [{ org: "acme", project: "p", domain: "d", name: "nightly", taskName: "env.task" }],
      active,
    });
    expect(calls.every((call) => call.caller?.authorization === "Bearer t")).toBe(true);
  });

  it("writes nothing to a trigger that is so already", async () => {
    const { request, requestsOf } = webhook(true);
    expect(await (await request("POST", "/trigger/env.task/nightly/activate")).json()).toMatchObject({ active: true });
    expect(requestsOf("TriggerService/UpdateTriggers")).toEqual([]);
  });

  it("is 404 for a trigger that does not exist, and writes nothing", async () => {
    const { request, requestsOf } = webhook(false);
    expect((await request("POST", "/trigger/env.task/ghost/activate")).status).toBe(404);
    expect(requestsOf("TriggerService/UpdateTriggers")).toEqual([]);
  });

  it("takes project and domain from the query", async () => {
    const { request, calls } = webhook(false);
    await request("POST", "/trigger/env.task/nightly/activate?project=p2&domain=d2");
    for (const { request: sent } of calls) {
      const { name, names } = sent as { name?: object; names?: object[] };
      expect(name ?? names?.[0]).toMatchObject({ project: "p2", domain: "d2" });
    }
  });

  it("is 403 beside the allow-list, before any call", async () => {
    const { request, calls } = webhook(false, { triggerAllowlist: ["env.task/other", "hourly"] });
    const response = await request("POST", "/trigger/env.task/nightly/activate");
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ detail: "Trigger env.task/nightly is not in the allowlist" });
    expect(calls).toEqual([]);
  });
});
