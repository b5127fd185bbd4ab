import {
  ENDPOINT_IDS,
  type EndpointDefinition,
  endpointDefinition,
  FlyteWebhookError,
  isEndpointId,
  nearest,
} from "@flyte-webhook/core";
import { argument, defineCommand, flag, manyArguments, seconds, text, texts } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";

export const call = defineCommand({
  name: "call",
  summary: "call a webhook's endpoint by its id",
  details: `Endpoints: ${ENDPOINT_IDS.join(", ")}.
Without parameters that an endpoint needs, it says which there are. Your API key or login goes with the call.`,
  plane: true,
  json: 'print one line: {"status": …, "body": …}',
  arguments: {
    id: argument("<endpoint>", "id of the endpoint"),
    parameters: manyArguments("[parameters...]", "name=value; lists by repeating a name, JSON as text, @file or -"),
  },
  options: {
    url: text("--url <url>", "the webhook's address", "FLYTE_WEBHOOK_ENDPOINT"),
    app: text("--app <name>", "the webhook by the name of its app, instead of --url"),
    body: text("--body <json>", "JSON body: as text, @file, or - for standard input"),
    headers: texts("--header <header>", "a header, for example 'Prefer: wait=30'; may be repeated"),
    timeoutMs: seconds("--timeout <seconds>", "how long the answer may take", 330_000),
    anonymous: flag("--anonymous", "send no credentials"),
  },
  examples: [
    "call health --app my-webhook",
    'call run_task domain=development project=flytesnacks name=example.my_task --body \'{"x": 42, "y": "hi"}\' --app my-webhook',
    "call deactivate_app name=backend wait=true --url https://my-webhook.apps.acme.com",
  ],
  async run({ id, parameters, url, app, body, headers, timeoutMs, anonymous }, context) {
    const endpoint = endpointOf(id);
    const [{ parseParameters }, { call: send }] = await Promise.all([
      import("../calls/parse-parameters.ts"),
      import("../calls/call.ts"),
    ]);
    const parsed = await parseParameters(endpoint, parameters);
    const payload = await bodyOf(endpoint, body, parsed.body);
    const own = headersOf(headers);
    const base = await addressOf(url, app, context);
    const target = new URL(base.replace(/\/+$/, "") + parsed.path);
    target.search = parsed.query.toString();
    const { ca, credentials } = anonymous ? { ca: undefined, credentials: {} } : await credentialsOf(context);
    const answer = await send({
      url: target,
      method: endpoint.method,
      headers: { ...credentials, ...(payload !== undefined && { "content-type": "application/json" }), ...own },
      body: payload,
      timeoutMs,
      ca,
    });
    // As it came: reading and writing it again would round integers.
    const printed = context.json ? `{"status":${answer.status},"body":${oneLine(answer.text)}}` : answer.text;
    process.stdout.write(`${printed}\n`);
    if (answer.status < 400) return;
    context.tell(`${id} was answered with ${[answer.status, answer.reason].join(" ").trim()}`);
    if (answer.status === 401) context.tell("  Log in with `flyte-webhook login`, or set FLYTE_API_KEY.");
    context.exitWith(EXIT.failed);
  },
});

function endpointOf(id: string): EndpointDefinition {
  if (isEndpointId(id)) return endpointDefinition(id);
  const meant = nearest(id, ENDPOINT_IDS);
  throw new FlyteWebhookError("invalid_request", `there is no endpoint ${id}`, {
    hint: meant ? `Did you mean ${meant}?` : `There are ${ENDPOINT_IDS.join(", ")}.`,
  });
}

/** The body that is given, the parameters that travel in one, or both in one object. Throws `invalid_request`. */
async function bodyOf(
  endpoint: EndpointDefinition,
  given: string | undefined,
  parameters: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const own = Object.keys(parameters).length > 0;
  const refuse = (message: string, hint?: string) =>
    new FlyteWebhookError("invalid_request", message, hint === undefined ? {} : { hint });
  if (given === undefined) {
    if (endpoint.body === "inputs")
      throw refuse(`${endpoint.id} needs the task's inputs`, "Give --body '{…}', or '{}'.");
    return own ? JSON.stringify(parameters) : undefined;
  }
  if (endpoint.body === "none") throw refuse(`${endpoint.id} takes no body`);
  const { readText } = await import("../calls/read-text.ts");
  const text = await readText(given);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(`--body is no JSON: ${(error as Error).message}`, "A file is given as @file.");
  }
  if (!own) return text;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse(`--body should be an object, because ${Object.keys(parameters).join(", ")} are part of it, too`);
  }
  return JSON.stringify({ ...value, ...parameters });
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([\t\x20-\x7e]*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) return [name.toLowerCase(), value];
      throw new FlyteWebhookError("invalid_request", `${JSON.stringify(line)} is no header; write 'Name: value'`);
    }),
  );
}

async function addressOf(url: string | undefined, app: string | undefined, context: CommandContext): Promise<string> {
  if (app !== undefined) {
    const { getApp } = await import("@flyte-webhook/sdk");
    const { endpoint } = await getApp(app, { controlPlane: await context.plane() });
    if (endpoint) return endpoint;
    throw new FlyteWebhookError("failed_precondition", `the app ${app} has no address`, {
      hint: `Start it with: flyte-webhook apps activate ${app}`,
    });
  }
  if (url !== undefined && /^https?:$/.test(URL.parse(url)?.protocol ?? "")) return url;
  throw new FlyteWebhookError(
    "invalid_request",
    url === undefined ? "it is not said which webhook is meant" : `--url ${JSON.stringify(url)} is no http address`,
    { hint: "Give --app NAME or --url URL, or set FLYTE_WEBHOOK_ENDPOINT." },
  );
}

/** Those of the configuration, if there is any: a webhook can also be called without one. */
async function credentialsOf({ choice, env, cwd }: CommandContext) {
  const { findConfigFile, ownHeaders, readConfig } = await import("@flyte-webhook/client");
  const configured =
    choice.config !== undefined || choice.endpoint !== undefined || env.FLYTE_ADMIN_ENDPOINT !== undefined;
  if (!configured && findConfigFile(cwd, env) === undefined) {
    return { ca: undefined, credentials: env.FLYTE_API_KEY ? { authorization: `Bearer ${env.FLYTE_API_KEY}` } : {} };
  }
  const config = readConfig(choice);
  return { ca: config.ca, credentials: await ownHeaders(config) };
}

/** JSON on one line, untouched; anything else as a JSON text. */
function oneLine(text: string): string {
  try {
    JSON.parse(text);
    // Outside of texts, line breaks of JSON are space; in them there are none.
    return text.replaceAll(/\s*[\r\n]\s*/g, " ").trim();
  } catch {
    return JSON.stringify(text);
  }
}
