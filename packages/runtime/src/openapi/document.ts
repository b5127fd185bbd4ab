import { SPEC_HASH_FIELD, webhookSpecHash } from "@flyte-webhook/client/webhook-spec-hash";
import type { EndpointDefinition, ErrorCode, ParameterDefinition, WebhookSpec } from "@flyte-webhook/core";
import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { BuiltEndpointId } from "../routes/index.ts";
import { KEY_PATTERN } from "../routes/launch-once.ts";
import { ANSWER_EXAMPLES, REQUEST_EXAMPLES } from "./answer-examples.ts";
import { ANSWERS } from "./answers.ts";
import { failure, failureExamples, failuresOf, MEANING } from "./failures.ts";
import { operationId } from "./operation-id.ts";

/**
 * The OpenAPI 3.1 document of a webhook, as JSON text: catalogue, answer schemas and error table, in catalogue order. The
 * same spec gives the same text.
 */
export function openApiDocument(spec: WebhookSpec, endpoints: readonly EndpointDefinition[]): string {
  const { openAPIRegistry: registry, ...app } = documentApp();
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "A Flyte API key, or a token of the control plane; it is passed on as it stands.",
  });
  registry.registerComponent("securitySchemes", "cookie", {
    type: "apiKey",
    in: "cookie",
    name: "session",
    description: "The session cookie of the platform, passed on as it stands.",
  });
  const shown = new Set(endpoints.flatMap((endpoint) => [...failuresOf(endpoint).values()].flat()));
  if (endpoints.some(({ id }) => id === "call_app")) shown.add("target_error");
  for (const [code, example] of failureExamples()) {
    if (shown.has(code)) registry.registerComponent("examples", code, example);
  }
  for (const endpoint of endpoints) {
    const id = endpoint.id as BuiltEndpointId;
    registry.registerPath({
      method: endpoint.method.toLowerCase() as "get" | "post",
      path: endpoint.path,
      operationId: operationId(endpoint),
      tags: [endpoint.group],
      summary: endpoint.summary,
      security: endpoint.auth === "caller" ? [{ bearer: [] }, { cookie: [] }] : [],
      parameters: [
        ...endpoint.parameters.filter((parameter) => parameter.in !== "body").map(parameterObject),
        ...(id === "run_task" ? [IDEMPOTENCY] : []),
      ],
      request: requestOf(endpoint),
      responses: {
        200: {
          description: "Success",
          headers: {
            "x-request-id": REQUEST_ID,
            ...(STARTS_RUN.has(id) && { location: LOCATION }),
            ...(id === "run_task" && { "idempotent-replayed": REPLAYED }),
          },
          content: {
            "application/json": { schema: ANSWERS[id], examples: { success: { value: plain(ANSWER_EXAMPLES[id]) } } },
            ...(id === "call_app" && { "*/*": { schema: STREAMED } }),
          },
        },
        ...Object.fromEntries([...failuresOf(endpoint)].map(failureResponse)),
        ...(id === "call_app" && { default: TARGET_ERROR }),
      },
    } as Parameters<typeof registry.registerPath>[0]);
  }
  const groups = [...new Set(endpoints.map((endpoint) => endpoint.group))];
  return JSON.stringify(
    app.document({
      openapi: "3.1.0",
      info: {
        title: spec.title,
        description: spec.description,
        version: "1.0.0",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" } as { name: string },
        [SPEC_HASH_FIELD]: webhookSpecHash(spec),
      },
      servers: [{ url: "/" }],
      tags: groups.map((name) => ({ name, description: GROUPS[name] })),
    }),
  );
}

const GROUPS: Readonly<Record<EndpointDefinition["group"], string>> = {
  core: "The webhook and its caller",
  task: "Tasks: what they take, and running them",
  run: "Runs: how they stand, what went in and came out, and their end",
  app: "Apps: how they stand, switching and calling them",
  trigger: "Triggers of tasks, on and off",
  build: "Container images",
  prefetch: "Models of HuggingFace in the project's store",
};

const header = (description: string) => ({ description, schema: { type: "string" } });
const REQUEST_ID = header("The request's id, that of the caller when it sent one");
const LOCATION = header("Where the run is followed");
const REPLAYED = header("`true` when the run is that of an earlier request with this `Idempotency-Key`");
const IDEMPOTENCY = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "A text of the caller's for this one request, such as a UUID. The same request with it again is answered with the run " +
    "of the first; another one with it is refused with 422.",
  schema: { type: "string", pattern: KEY_PATTERN },
};
const STARTS_RUN: ReadonlySet<string> = new Set(["run_task", "prefetch_hf_model"]);
const STREAMED = z.unknown().openapi({ description: "With `stream`, the app's body as it comes" });

/** Headers of an answer by its status. */
const HEADERS: Readonly<Record<number, object>> = {
  401: { "www-authenticate": header("The scheme: `Bearer`") },
  429: { "retry-after": header("Seconds") },
  503: { "retry-after": header("Seconds") },
};

const failureContent = (codes: readonly ErrorCode[]) => ({
  "application/json": {
    schema: failure,
    examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
  },
});

const failureResponse = ([status, codes]: readonly [number, readonly ErrorCode[]]) =>
  [
    status,
    {
      description: MEANING[status] ?? "Error",
      headers: { "x-request-id": REQUEST_ID, ...HEADERS[status] },
      content: failureContent(codes),
    },
  ] as const;

const TARGET_ERROR = {
  description: "The app's own error, with its status",
  headers: { "x-request-id": REQUEST_ID, "x-flyte-upstream-status": header("Status of the app's answer") },
  content: failureContent(["target_error"]),
};

function documentApp() {
  const app = new OpenAPIHono();
  return {
    openAPIRegistry: app.openAPIRegistry,
    document: (config: Parameters<typeof app.getOpenAPI31Document>[0]) => app.getOpenAPI31Document(config),
  };
}

/** An example as JSON has it. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, item) => (typeof item === "bigint" ? Number(item) : item)));
}

function schemaOf({ type, default: fallback, values, pattern, range }: ParameterDefinition) {
  const text = { ...(values && { enum: values }), ...(pattern && { pattern: `^(?:${pattern.source})$` }) };
  const shape = {
    string: { type: "string", ...text },
    boolean: { type: "boolean" },
    integer: { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    number: { type: "number", ...(range && { minimum: range[0], maximum: range[1] }) },
    strings: { type: "array", items: { type: "string", ...text } },
    object: { type: "object" },
    json: {},
  }[type];
  return { ...shape, ...(fallback !== undefined && { default: fallback }) };
}

function parameterObject(parameter: ParameterDefinition) {
  const { name, in: place, description, required = false } = parameter;
  return { name, in: place, required, description, schema: schemaOf(parameter) };
}

/** The same in a body, where null is as good as nothing. */
function bodySchemaOf(parameter: ParameterDefinition) {
  const { type, ...rest } = schemaOf(parameter) as { type?: string; enum?: readonly string[] };
  const { description } = parameter;
  if (type === undefined) return { ...rest, description };
  return { ...rest, type: [type, "null"], ...(rest.enum && { enum: [...rest.enum, null] }), description };
}

/**
 * The body of an endpoint; every query parameter may stand there too. One that is required is shown as one of the query
 * alone: a document cannot say that it must be in one of the two.
 */
function requestOf(endpoint: EndpointDefinition) {
  const examples = { example: { value: REQUEST_EXAMPLES[endpoint.id as BuiltEndpointId] } };
  const bodyOf = (required: boolean, schema: z.ZodType) => ({
    body: { required, content: { "application/json": { schema, examples } } },
  });
  if (endpoint.body === "inputs") {
    const inputs = z.record(z.string(), z.unknown()).openapi({ description: "The task's inputs by name." });
    return bodyOf(true, inputs);
  }
  const optional = endpoint.parameters.filter((parameter) => parameter.in !== "path" && !parameter.required);
  if (endpoint.body === "none" || optional.length === 0) return {};
  const properties = Object.fromEntries(
    optional.map((parameter) => [parameter.name, z.unknown().openapi(bodySchemaOf(parameter) as never)]),
  );
  const object = z.strictObject(properties).partial();
  const list = endpoint.parameters.find((parameter) => parameter.name === endpoint.listBody);
  // Null is as good as no body.
  if (list === undefined) return bodyOf(false, z.union([object, z.null()]));
  const bare = z.unknown().openapi({ ...schemaOf(list), description: list.description } as never);
  return bodyOf(false, z.union([object, bare, z.null()]));
}
