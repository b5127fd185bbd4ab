import { type EndpointDefinition, FlyteWebhookError, type Issue, nearest } from "@flyte-webhook/core";
import type { JsonObject, JsonValue } from "@flyte-webhook/literals/json-text";
import { coerce } from "./coerce.ts";

export type ParameterValue = JsonValue | undefined;
export type Parameters = Readonly<Record<string, ParameterValue>>;

/**
 * Reads the parameters of an endpoint from the path, the query (the last of several wins) and the body's keys, the query
 * winning over the body, which must be right all the same. Throws `invalid_request` with every problem, worded as FastAPI words them.
 */
export function readParameters(
  endpoint: EndpointDefinition,
  path: Readonly<Record<string, string>>,
  query: URLSearchParams | undefined,
  body: JsonObject | JsonValue[] | undefined,
): Parameters {
  const issues: Issue[] = [];
  const values: Record<string, ParameterValue> = {};
  const options = Array.isArray(body) ? undefined : body;
  for (const parameter of endpoint.parameters) {
    const { name } = parameter;
    if (parameter.in === "path") {
      values[name] = path[name];
      continue;
    }
    const structured = parameter.type === "json" || parameter.type === "object";
    const given = (structured ? undefined : query?.getAll(name)) ?? [];
    const sent = Array.isArray(body) && endpoint.listBody === name ? body : own(options, name);
    const fromBody =
      sent === undefined || sent === null
        ? undefined
        : coerce(parameter, sent, sent === body ? ["body"] : ["body", name], issues);
    if (given.length > 0) {
      const text = parameter.type === "strings" ? given : (given.at(-1) as string);
      values[name] = coerce(parameter, text, ["query", name], issues);
    } else if (sent !== undefined && sent !== null) {
      values[name] = fromBody;
    } else {
      if (parameter.required)
        issues.push({ type: "missing", loc: ["query", name], msg: "Field required", input: null });
      values[name] = parameter.default;
    }
  }
  for (const key of options === undefined ? [] : Object.keys(options)) {
    if (endpoint.parameters.some((parameter) => parameter.in !== "path" && parameter.name === key)) continue;
    issues.push({ type: "extra_forbidden", loc: ["body", key], msg: unknownKey(endpoint, key) });
  }
  if (issues.length > 0) throw new FlyteWebhookError("invalid_request", "the request is not valid", { issues });
  return values;
}

function own(body: JsonObject | undefined, name: string): JsonValue | undefined {
  return body !== undefined && Object.hasOwn(body, name) ? body[name] : undefined;
}

function unknownKey(endpoint: EndpointDefinition, key: string): string {
  const names = endpoint.parameters.filter((parameter) => parameter.in !== "path").map((parameter) => parameter.name);
  const meant = nearest(key, names);
  const offer = meant === undefined ? `it takes ${names.join(", ") || "none"}` : `did you mean ${meant}?`;
  return `This endpoint has no parameter ${key}; ${offer}`;
}
