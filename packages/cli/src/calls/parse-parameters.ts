import {
  type EndpointDefinition,
  FlyteWebhookError,
  type Issue,
  nearest,
  type ParameterDefinition,
} from "@flyte-webhook/core";
import { readText } from "./read-text.ts";

export interface CallParameters {
  /** Path with its parameters filled in. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** What goes into a JSON object as body. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * `name=value` pairs as an endpoint takes them, each checked by its type. Lists are given by repeating their name, objects
 * and JSON as JSON text, as `@file` or as `-` for standard input. Throws `invalid_request` with every problem at once.
 */
export async function parseParameters(endpoint: EndpointDefinition, pairs: readonly string[]): Promise<CallParameters> {
  const issues: Issue[] = [];
  const given = new Map<string, string[]>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const name = at < 0 ? pair : pair.slice(0, at);
    if (at < 1) issues.push(issue(pair || '""', "should be written name=value"));
    else if (!endpoint.parameters.some((known) => known.name === name))
      issues.push(issue(name, unknown(name, endpoint)));
    else given.set(name, [...(given.get(name) ?? []), pair.slice(at + 1)]);
  }
  let { path } = endpoint;
  const query = new URLSearchParams();
  const body: Record<string, unknown> = {};
  for (const parameter of endpoint.parameters) {
    const { name, type } = parameter;
    const texts = given.get(name);
    if (texts === undefined) {
      if (parameter.required) issues.push(issue(name, `is needed: ${parameter.description}`));
      continue;
    }
    if (texts.length > 1 && type !== "strings") {
      issues.push(issue(name, "is given more than once"));
      continue;
    }
    const [first = ""] = texts;
    if (type === "object" || type === "json") {
      await readJson(first, parameter).then(
        (value) => {
          body[name] = value;
        },
        (error: Error) => issues.push(issue(name, error.message)),
      );
      continue;
    }
    const problems = texts.map((one) => problemOf(one, parameter)).filter((one) => one !== undefined);
    issues.push(...problems.map((one) => issue(name, one)));
    if (parameter.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(first));
    else if (type === "strings") body[name] = texts;
    else query.set(name, first);
  }
  if (issues.length > 0) {
    throw new FlyteWebhookError("invalid_request", `${endpoint.id} cannot be called like that`, { issues });
  }
  return { path, query, body };
}

/** What is wrong with a text, by the type, values, pattern and range of its parameter. */
function problemOf(text: string, { type, in: place, values, pattern, range }: ParameterDefinition): string | undefined {
  const shown = JSON.stringify(text);
  if (place === "path" && text === "") return "should not be empty";
  if (type === "boolean" && !/^(true|false)$/.test(text)) return `should be true or false, not ${shown}`;
  if (type === "integer" && !/^-?\d+$/.test(text)) return `should be a whole number, not ${shown}`;
  if (type === "number" && (text.trim() === "" || !Number.isFinite(Number(text)))) {
    return `should be a number, not ${shown}`;
  }
  if (range && (Number(text) < range[0] || Number(text) > range[1])) {
    return `should be from ${range[0]} to ${range[1]}, not ${text}`;
  }
  if (values && !values.some((value) => value.toLowerCase() === text.toLowerCase())) {
    return `should be one of ${values.join(", ")}, not ${shown}`;
  }
  if (pattern && !new RegExp(`^(?:${pattern.source})$`, "u").test(text))
    return `should be ${pattern.meaning}, not ${shown}`;
  return undefined;
}

async function readJson(text: string, { type }: ParameterDefinition): Promise<unknown> {
  let value: unknown;
  try {
    value = JSON.parse(await readText(text));
  } catch (error) {
    if (error instanceof FlyteWebhookError) throw error;
    throw new Error(`should be JSON: ${(error as Error).message}`);
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "object" && !isObject) throw new Error("should be a JSON object");
  return value;
}

function unknown(name: string, { id, parameters }: EndpointDefinition): string {
  const names = parameters.map((parameter) => parameter.name);
  const meant = nearest(name, names);
  const all = names.length === 0 ? "none" : names.join(", ");
  return `is no parameter of ${id}${meant ? `, did you mean ${meant}?` : ""} (there ${names.length === 1 ? "is" : "are"} ${all})`;
}

function issue(name: string, msg: string): Issue {
  return { type: "parameter", loc: [name], msg };
}
