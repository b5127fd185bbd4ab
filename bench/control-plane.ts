/** A control plane that costs next to nothing: it gives every call the same recorded answer of GetRunDetails. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { create, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import {
  GetRunDetailsRequestSchema,
  GetRunDetailsResponseSchema,
  RunService,
} from "@flyte-webhook/idl/flyteidl2/workflow/run_service";

const scope = { project: "flytesnacks", domain: "development" };
const task = { ...scope, name: "env.sleep", version: "v1" };
const [start, end] = ["2026-11-23T23:06:02.206336677Z", "2026-11-23T23:06:03.317200658Z"];

export const RUN = { ...scope, name: "rzws6nwdc6mjv77578jc" };

/** A run that has succeeded, as the open-source control plane describes one (recorded). */
const DETAILS: JsonValue = {
  details: {
    runSpec: {
      rawDataStorage: { rawDataPrefix: "s3://flyte-data/raw" },
    },
    action: {
      id: { run: RUN, name: "a0" },
      metadata: {
        task: { id: task, taskType: "core-sleep", shortName: "sleep" },
        actionType: "ACTION_TYPE_TASK",
        environmentName: "env",
        funtionName: "env.sleep",
        source: "RUN_SOURCE_WEB",
      },
      status: { phase: "ACTION_PHASE_SUCCEEDED", startTime: start, endTime: end, attempts: 1, durationMs: "2464" },
      task: {
        taskTemplate: {
          id: { resourceType: "TASK", ...task },
          type: "core-sleep",
          metadata: { runtime: { type: "FLYTE_SDK", version: "2.4.0" } },
          interface: { inputs: { variables: [{ key: "duration", value: { type: { simple: "DURATION" } } }] } },
        },
        shortName: "sleep",
        environment: { name: "env" },
      },
      attempts: [
        {
          phase: "ACTION_PHASE_SUCCEEDED",
          startTime: start,
          endTime: end,
          attempt: 1,
          outputs: {
            outputUri: "s3://flyte-data/metadata/flytesnacks/development/rzws6nwdc6mjv77578jc/a0/1/outputs.pb",
            reportUri: "s3://flyte-data/metadata/flytesnacks/development/rzws6nwdc6mjv77578jc/a0/1/report.html",
          },
          phaseTransitions: [
            { phase: "ACTION_PHASE_RUNNING", startTime: start, endTime: end },
            { phase: "ACTION_PHASE_SUCCEEDED", startTime: end, endTime: end },
          ],
        },
      ],
    },
  },
};

/** The request of the one call, as bytes. */
export const REQUEST = toBinary(GetRunDetailsRequestSchema, create(GetRunDetailsRequestSchema, { runId: RUN }));
export const PATH = `/${RunService.typeName}/${RunService.method.getRunDetails.name}`;

export async function startControlPlane(): Promise<{ readonly origin: string; close(): void }> {
  const answer = toBinary(GetRunDetailsResponseSchema, fromJson(GetRunDetailsResponseSchema, DETAILS));
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      response.writeHead(200, { "content-type": "application/proto", "content-length": answer.length });
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
