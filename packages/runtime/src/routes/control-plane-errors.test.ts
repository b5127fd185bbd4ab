import { type Code, ConnectError } from "@connectrpc/connect";
import { CONNECT_CODES, ERROR_STATUS } from "@flyte-webhook/core";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { ImageService } from "@flyte-webhook/idl/flyteidl2/imagebuilder/service";
import { TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { describe, expect, it } from "vitest";
import { recordedWebhook } from "../testing/recorded-webhook.ts";

const REQUESTS = [
  ["call_app", "POST", "/app/a/call?path=/x"],
  ["activate_trigger", "POST", "/trigger/env.t/n/activate"],
  ["deactivate_trigger", "POST", "/trigger/env.t/n/deactivate"],
  ["build_image", "POST", "/build-image?name=x"],
  ["prefetch_hf_model", "POST", "/prefetch/hf-model?repo=a/b"],
  ["get_prefetch_hf_model", "GET", "/prefetch/hf-model/r"],
  ["get_prefetch_hf_model_io", "GET", "/prefetch/hf-model/r/io"],
  ["abort_prefetch_hf_model", "POST", "/prefetch/hf-model/r/abort"],
] as const;

/** Where an endpoint reads a code as something else than its meaning in general. */
const OTHERWISE: Readonly<Record<string, number>> = {
  // The image is not there, so it is to be built; this platform has no builder.
  "build_image not_found": 501,
};

/** Writes, of which none may follow an error of what comes before them. */
const WRITE = /\/(CreateRun|AbortRun|UpdateTriggers|Update)$/;

describe.each(CONNECT_CODES)("when the control plane answers %s", (code) => {
  const fail = () => {
    throw new ConnectError("10.0.0.1: token=secret", (CONNECT_CODES.indexOf(code) + 1) satisfies Code);
  };

  it.each(REQUESTS)("%s", async (id, method, path) => {
    const { request, calls } = recordedWebhook(({ service }) => {
      service(AppService, { get: fail });
      service(TriggerService, { getTriggerDetails: fail });
      service(ImageService, { getImage: fail });
      service(DataProxyService, { createUploadLocation: fail });
      service(RunService, { getRunDetails: fail });
    });
    const response = await request(method, path);
    const status = OTHERWISE[`${id} ${code}`] ?? ERROR_STATUS[code];
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    const body = (await response.json()) as { detail: string; code: string; request_id: string };
    expect(body).toMatchObject({ detail: expect.stringMatching(/./), request_id: expect.stringMatching(/./) });
    if (status >= 500 || status === 401) expect(body.detail).not.toMatch(/10\.0\.0\.1|secret/);
    expect(calls.filter((call) => WRITE.test(call.rpc))).toEqual([]);
  });
});
