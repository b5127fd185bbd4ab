import {
  type EndpointDefinition,
  FlyteWebhookError,
  type Issue,
  nearest,
  type ParameterDefinition,
} from "@flyte-webhook/core";
import type { JsonObject } from "@flyte-webhook/literals";

export type ParameterValue = string | boolean | number | undefined;
export type Parameters = Readonly<Record<string, ParameterValue>>;

/**
 * Reads the parameters of an endpoint from the path, the query (the last of several wins) and the body's keys, the query
 * winning over the body. Throws `invalid_request` with every problem, worded as FastAPI words them.
 */
export function readParameters(
  endpoint: EndpointDefinition,
  path: Readonly<Record<string, string>>,
  query: URLSearchParams | undefined,
  body: JsonObject | undefined,
): Parameters {
  const issues: Issue[] = [];
  const values: Record<string, ParameterValue> = {};
  for (const parameter of endpoint.parameters) {
    values[parameter.name] = readOne(parameter, path, query, body, issues);
  }
  for (const key of body === undefined ? [] : Object.keys(body)) {
    if (endpoint.parameters.some((parameter) => parameter.in !== "path" && parameter.name === key)) continue;
    issues.push({ type: "extra_forbidden", loc: ["body", key], msg: unknownKey(endpoint, key) });
  }
  if (issues.length > 0) throw new FlyteWebhookError("invalid_request", "the request is not valid", { issues });
  return values;
}

function readOne(
  parameter: ParameterDefinition,
  path: Readonly<Record<string, string>>,
  query: URLSearchParams | undefined,
  body: JsonObject | undefined,
  issues: Issue[],
): ParameterValue {
  const { name } = parameter;
  if (parameter.in === "path") return path[name];
  const text = query?.getAll(name).at(-1);
  if (text !== undefined) return coerce(parameter, text, ["query", name], issues);
  const value = body !== undefined && Object.hasOwn(body, name) ? body[name] : undefined;
  if (value !== undefined && value !== null) return coerce(parameter, value, ["body", name], issues);
  if (parameter.required) issues.push({ type: "missing", loc: ["query", name], msg: "Field required", input: null });
  return parameter.default;
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  on: true,
  t: true,
  y: true,
  false: false,
  "0": false,
  no: false,
  off: false,
  f: false,
  n: false,
};

/** One value as FastAPI coerces it; what is none of the type becomes an issue. */
function coerce(parameter: ParameterDefinition, value: unknown, loc: Issue["loc"], issues: Issue[]): ParameterValue {
  switch (parameter.type) {
    case "boolean": {
      const word = typeof value === "boolean" ? value : BOOLEANS[String(value).toLowerCase()];
      if (word !== undefined) return word;
      issues.push({
        type: "bool_parsing",
        loc,
        msg: "Input should be a valid boolean, unable to interpret input",
        input: value,
      });
      return undefined;
    }
    case "integer": {
      const text = String(value).trim();
      if (/^[+-]?\d+(\.0*)?$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
      issues.push({
        type: "int_parsing",
        loc,
        msg: "Input should be a valid integer, unable to parse string as an integer",
        input: value,
      });
      return undefined;
    }
    default: {
      if (typeof value === "string") return value;
      issues.push({ type: "string_type", loc, msg: "Input should be a valid string", input: value });
      return undefined;
    }
  }
}

function unknownKey(endpoint: EndpointDefinition, key: string): string {
  const names = endpoint.parameters.filter((parameter) => parameter.in !== "path").map((parameter) => parameter.name);
  const meant = nearest(key, names);
  const offer = meant === undefined ? `it takes ${names.join(", ") || "none"}` : `did you mean ${meant}?`;
  return `This endpoint has no parameter ${key}; ${offer}`;
}
