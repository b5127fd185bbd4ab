import {
  type EndpointDefinition,
  ERROR_STATUS,
  type ErrorCode,
  type ParameterDefinition,
  type WebhookSpec,
} from "@flyte-webhook/core";
import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { BuiltEndpointId } from "../routes/index.ts";
import { ANSWERS } from "./answers.ts";

/** The OpenAPI 3.1 document of a webhook, as JSON text: catalogue, answer schemas and error table, in catalogue order. */
export function openApiDocument(spec: WebhookSpec, endpoints: readonly EndpointDefinition[]): string {
  const { openAPIRegistry: registry, ...app } = documentApp();
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "A token of the control plane; it is passed on as it stands.",
  });
  registry.registerComponent("securitySchemes", "cookie", {
    type: "apiKey",
    in: "cookie",
    name: "session",
    description: "The session cookie of the platform, passed on as it stands.",
  });
  for (const endpoint of endpoints) {
    registry.registerPath({
      method: endpoint.method.toLowerCase() as "get" | "post",
      path: endpoint.path,
      operationId: endpoint.id,
      tags: [endpoint.group],
      summary: endpoint.summary,
      security: endpoint.auth === "caller" ? [{ bearer: [] }, { cookie: [] }] : [],
      parameters: endpoint.parameters.filter((parameter) => parameter.in !== "body").map(parameterObject),
      request: requestOf(endpoint),
      responses: {
        200: { description: "Success", content: json(ANSWERS[endpoint.id as BuiltEndpointId]) },
        ...Object.fromEntries(statusesOf(endpoint).map(errorResponse)),
        ...(endpoint.id === "call_app" && {
          default: { description: "The app's own error, with its status: code `target_error`", content: json(failure) },
        }),
      },
    } as Parameters<typeof registry.registerPath>[0]);
  }
  return JSON.stringify(
    app.document({
      openapi: "3.1.0",
      info: { title: spec.title, description: spec.description, version: "1.0.0" },
      servers: [{ url: "/" }],
    }),
  );
}

function documentApp() {
  const app = new OpenAPIHono();
  return {
    openAPIRegistry: app.openAPIRegistry,
    document: (config: Parameters<typeof app.getOpenAPI31Document>[0]) => app.getOpenAPI31Document(config),
  };
}

const json = (schema: z.ZodType) => ({ "application/json": { schema } });

function schemaOf({ type, default: fallback, values, pattern, range }: ParameterDefinition) {
  const text = { ...(values && { enum: values }), ...(pattern && { pattern: `^(?:${pattern.source})$` }) };
  const shape = {
    string: { type: "string", ...text },
    boolean: { type: "boolean" },
    integer: { type: "integer" },
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

/** The body of an endpoint; every query parameter may stand there too. */
function requestOf(endpoint: EndpointDefinition) {
  if (endpoint.body === "inputs") {
    const schema = z.record(z.string(), z.unknown()).openapi({
      description: "The task's inputs by name.",
      example: { x: 42, y: "hello" },
    });
    return { body: { required: true, content: json(schema) } };
  }
  const optional = endpoint.parameters.filter((parameter) => parameter.in !== "path");
  if (endpoint.body === "none" || optional.length === 0) return {};
  const properties = Object.fromEntries(
    optional.map((parameter) => [
      parameter.name,
      z.unknown().openapi({ ...schemaOf(parameter), description: parameter.description } as never),
    ]),
  );
  const object = z.strictObject(properties).partial();
  const list = endpoint.parameters.find((parameter) => parameter.name === endpoint.listBody);
  if (list === undefined) return { body: { required: false, content: json(object) } };
  const bare = z.unknown().openapi({ ...schemaOf(list), description: list.description } as never);
  return { body: { required: false, content: json(z.union([object, bare])) } };
}

const problem = z
  .object({
    type: z.string(),
    loc: z.array(z.union([z.string(), z.number()])),
    msg: z.string(),
    input: z.unknown().optional(),
  })
  .openapi("Problem");

const failure = z
  .object({
    detail: z.union([z.string(), z.array(problem)]),
    code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
    request_id: z.string(),
  })
  .openapi("Failure");

/** Statuses an endpoint can answer beside 200; those of the control plane's own codes come with every call to it. */
function statusesOf({ auth, body, guard, selfVerb }: EndpointDefinition): number[] {
  if (auth === "none") return [];
  const own = [
    401,
    ...(selfVerb === undefined ? [] : [400]),
    ...(guard === "none" ? [] : [404]),
    ...(body === "none" ? [] : [413, 422]),
  ];
  return [...new Set([...own, 400, 403, 404, 409, 429, 499, 500, 501, 502, 503, 504])].sort((a, b) => a - b);
}

const MEANING: Readonly<Record<number, string>> = {
  400: "The control plane refuses the request, or it is about the webhook itself",
  401: "Credentials are missing or not accepted",
  403: "The caller may not do this, or it is in no allow-list",
  404: "There is no such thing",
  409: "The state of the thing does not allow this",
  413: "The body is too large",
  422: "The request is not valid; every problem is listed",
  429: "The control plane asks to slow down",
  499: "The caller went away",
  500: "A bug in the webhook",
  501: "The control plane cannot do this",
  502: "The control plane failed",
  503: "The control plane is unavailable",
  504: "The control plane did not answer in time",
};

const errorResponse = (status: number) =>
  [status, { description: MEANING[status] ?? "Error", content: json(failure) }] as const;
