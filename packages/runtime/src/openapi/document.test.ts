import { ENDPOINTS, type EndpointDefinition, ERROR_STATUS, type WebhookSpec } from "@flyte-webhook/core";
import { parseJson, stringifyJson } from "@flyte-webhook/literals";
import { describe, expect, it } from "vitest";
import { readParameters } from "../request/parameters.ts";
import { ANSWER_EXAMPLES, REQUEST_EXAMPLES } from "./answer-examples.ts";
import { ANSWERS } from "./answers.ts";
import { openApiDocument } from "./document.ts";

const ALL: readonly EndpointDefinition[] = ENDPOINTS;
const SPEC = { title: "Hook", description: "A webhook" } as WebhookSpec;

interface Operation {
  operationId: string;
  tags: string[];
  security: object[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { examples: Record<string, { value?: unknown }> }> };
  responses: Record<string, { content: Record<string, { schema?: object; examples?: Record<string, object> }> }>;
}

const document = JSON.parse(openApiDocument(SPEC, ALL)) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: object; examples: Record<string, { value: { code: string } }>; securitySchemes: object };
};
const operationOf = ({ path, method }: EndpointDefinition) => document.paths[path]?.[method.toLowerCase()] as Operation;

/** Recorded from the Python webhook's own document. */
const PYTHON_OPERATIONS: Readonly<Record<string, string>> = {
  health: "health_check_health_get",
  me: "get_current_user_me_get",
  run_task: "run_task_run_task__domain___project___name__post",
  get_task: "get_task_metadata_task__domain___project___name__get",
  get_run: "get_run_run__name__get",
  get_run_io: "get_run_io_run__name__io_get",
  abort_run: "abort_run_run__name__abort_post",
  get_app: "get_app_status_app__name__get",
  activate_app: "activate_app_app__name__activate_post",
  deactivate_app: "deactivate_app_app__name__deactivate_post",
  call_app: "call_app_endpoint_app__name__call_post",
  activate_trigger: "activate_trigger_trigger__task_name___trigger_name__activate_post",
  deactivate_trigger: "deactivate_trigger_trigger__task_name___trigger_name__deactivate_post",
  build_image: "build_image_build_image_post",
  prefetch_hf_model: "prefetch_hf_model_prefetch_hf_model_post",
  get_prefetch_hf_model: "get_prefetch_hf_model_status_prefetch_hf_model__run_name__get",
  get_prefetch_hf_model_io: "get_prefetch_hf_model_io_prefetch_hf_model__run_name__io_get",
  abort_prefetch_hf_model: "abort_prefetch_hf_model_prefetch_hf_model__run_name__abort_post",
};

describe("the OpenAPI document", () => {
  it("is the same text each time, and of a part of the endpoints the same part", () => {
    expect(openApiDocument(SPEC, ALL)).toBe(openApiDocument(SPEC, ALL));
    const runs = ALL.filter(({ group }) => group === "run");
    const part = JSON.parse(openApiDocument(SPEC, runs)) as typeof document;
    for (const { path } of runs) expect(part.paths[path]).toEqual(document.paths[path]);
    expect(Object.keys(part.paths)).toEqual(runs.map(({ path }) => path));
    expect(Object.keys(document.components.examples)).toContain("target_error");
    expect(Object.keys(part.components.examples)).not.toContain("target_error");
  });

  it.each(ALL)("$id: Python's operationId, a schema and an example of every answer", (endpoint) => {
    const operation = operationOf(endpoint);
    expect(operation.operationId).toBe(PYTHON_OPERATIONS[endpoint.id]);
    expect(operation.security.length > 0).toBe(endpoint.auth === "caller");
    for (const [status, { content }] of Object.entries(operation.responses)) {
      const { schema, examples = {} } = content["application/json"] ?? {};
      expect(schema, status).toBeDefined();
      if (endpoint.id !== "call_app" || status !== "200") expect(Object.keys(schema ?? {}), status).not.toEqual([]);
      expect(Object.keys(examples), status).not.toEqual([]);
      if (status === "200" || status === "default") continue;
      for (const code of Object.keys(examples) as (keyof typeof ERROR_STATUS)[]) {
        expect(ERROR_STATUS[code]).toBe(Number(status));
        expect(document.components.examples[code]?.value.code).toBe(code);
      }
    }
    for (const status of endpoint.auth === "caller"
      ? [400, 401, 403, 404, 409, 429, 499, 500, 501, 502, 503, 504]
      : []) {
      expect(Object.keys(operation.responses)).toContain(String(status));
    }
  });

  it.each(ALL)("$id: the example answer fits its schema, the example body is accepted", (endpoint) => {
    const id = endpoint.id as keyof typeof ANSWERS;
    expect(ANSWERS[id].safeParse(ANSWER_EXAMPLES[id]).error).toBeUndefined();
    const body = operationOf(endpoint).requestBody?.content["application/json"]?.examples.example?.value;
    expect(body).toEqual(REQUEST_EXAMPLES[id]);
    if (endpoint.body !== "options") return;
    const sent = parseJson(stringifyJson(body as never)) as never;
    expect(() =>
      readParameters(endpoint, {}, new URLSearchParams({ path: "/x", repo: "acme/tiny" }), sent),
    ).not.toThrow();
  });

  it("takes each parameter where Python's does", () => {
    for (const endpoint of ALL) {
      const shown = (operationOf(endpoint).parameters ?? [])
        .filter((parameter) => parameter.in !== "header")
        .map((parameter) => `${parameter.in} ${parameter.name}`);
      const known = endpoint.parameters.filter((one) => one.in !== "body").map((one) => `${one.in} ${one.name}`);
      expect(shown).toEqual(known);
    }
  });
});
