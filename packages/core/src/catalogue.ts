/**
 * The 18 endpoints of a Flyte webhook, as data. Routing, OpenAPI, filtering, `plan` and the typed client read this one
 * table; ids, groups, paths and parameter names are those of Python's `FlyteWebhookAppEnvironment`.
 */

export const ENDPOINT_GROUPS = ["all", "core", "task", "run", "app", "trigger", "build", "prefetch"] as const;
export type EndpointGroup = (typeof ENDPOINT_GROUPS)[number];

export interface ParameterDefinition {
  readonly name: string;
  /** Where the Python webhook reads it; a `query` parameter is also accepted in an `options` body, the query wins. */
  readonly in: "path" | "query" | "body";
  /** `json` is any JSON value; `strings` is repeated in a query and a list in a body. */
  readonly type: "string" | "boolean" | "integer" | "number" | "strings" | "object" | "json";
  readonly required?: boolean;
  readonly default?: string | boolean | number;
  /** All that a text (each of a list) may be; read whatever its case, handed on as it is spelt here. */
  readonly values?: readonly string[];
  /**
   * Regular expression that a whole text (each of a list) matches, and what that means in words. Texts come from outside
   * and may be long: at each character only one way to go on may be open.
   */
  readonly pattern?: { readonly source: string; readonly meaning: string };
  /** Bounds of a number, both allowed. */
  readonly range?: readonly [minimum: number, maximum: number];
  readonly description: string;
}

export interface EndpointDefinition {
  readonly id: string;
  readonly group: Exclude<EndpointGroup, "all">;
  readonly method: "GET" | "POST";
  /** Path template, parameters as `{name}`. */
  readonly path: string;
  /** `none`: open to all. `caller`: needs credentials, which travel to the control plane. */
  readonly auth: "none" | "caller";
  /** The allow-list that guards it; `run` is guarded by the task allow-list through the run's own task. */
  readonly guard: "none" | "task" | "app" | "trigger" | "run" | "prefetch_run";
  /** App endpoints never act on the webhook itself; this is the verb in the 400 (`Cannot activate self`). */
  readonly selfVerb?: string;
  /** `inputs`: the whole JSON object is the task's inputs, required. `options`: an optional object of parameters. */
  readonly body: "none" | "inputs" | "options";
  /** The parameter that a body stands for when it is a bare list, as Python reads a lone body parameter. */
  readonly listBody?: string;
  /** The boolean query parameter that, when true, has the body passed on unread. */
  readonly rawBody?: string;
  readonly parameters: readonly ParameterDefinition[];
  readonly summary: string;
}

const path = (name: string, description: string): ParameterDefinition => ({
  name,
  in: "path",
  type: "string",
  required: true,
  description,
});
const query = (name: string, description: string, more: Partial<ParameterDefinition> = {}): ParameterDefinition => ({
  name,
  in: "query",
  type: "string",
  description,
  ...more,
});
const body = (
  name: string,
  type: "strings" | "object" | "json",
  description: string,
  more: Partial<ParameterDefinition> = {},
): ParameterDefinition => ({ name, in: "body", type, description, ...more });

const TASK_PATH = [
  path("domain", "Domain of the task, for example `development`."),
  path("project", "Project of the task."),
  path("name", "Full name of the task, for example `my_env.my_task`."),
];
const VERSION = query("version", "Version of the task; the latest one when absent or empty.");
const RUN_NAME = path("name", "Name of the run.");
const PREFETCH_RUN_NAME = path("run_name", "Name of the prefetch run.");
const REASON = query("reason", "Why the run is aborted.", { default: "Aborted via webhook API" });
const APP = [
  path("name", "Name of the app."),
  query("domain", "Domain of the app; the webhook's own when absent."),
  query("project", "Project of the app; the webhook's own when absent."),
];
const WAIT = query("wait", "Answer only when the app has reached the state.", { type: "boolean", default: false });
const TRIGGER = [
  path("task_name", "Full name of the task."),
  path("trigger_name", "Name of the trigger."),
  query("domain", "Domain of the trigger; the webhook's own when absent."),
  query("project", "Project of the trigger; the webhook's own when absent."),
];

const VERSION_CLAUSE = "(===|[<>=!~]=|[<>]) ?[a-zA-Z0-9.*+!_-]+";
const CLAUSES = `${VERSION_CLAUSE}( ?, ?${VERSION_CLAUSE})*`;
/**
 * A requirement as PEP 508 has it: a name with extras, then versions or an address, then a marker; or an address alone.
 * What pip reads as an option, and what a shell reads as more than a word, is none.
 */
const REQUIREMENT = [
  "([a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?( ?\\[[a-zA-Z0-9._, -]*\\])?",
  `( ?(${CLAUSES}|\\(${CLAUSES}\\)|@ ?[a-z][a-z0-9+]*://[^\\s\\\\\`$;|<>"']+))?`,
  "( ?; ?[a-zA-Z0-9_.<>=!~(), *+-]+['\"][a-zA-Z0-9_.<>=!~'\"(), *+-]*)?",
  "|[a-z][a-z0-9+]*://[^\\s\\\\`$;|<>\"']+)",
].join("");

const QUANTITY = {
  source: "(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+|n|u|m|k|Ki|Mi|Gi|Ti|Pi|Ei|M|G|T|P|E)?",
  meaning: "a Kubernetes quantity such as `2`, `500m` or `8Gi`",
};

export const ENDPOINTS = [
  {
    id: "health",
    group: "core",
    method: "GET",
    path: "/health",
    auth: "none",
    guard: "none",
    body: "none",
    parameters: [],
    summary: "Whether the webhook is up",
  },
  {
    id: "me",
    group: "core",
    method: "GET",
    path: "/me",
    auth: "caller",
    guard: "none",
    body: "none",
    parameters: [],
    summary: "Who the caller is to the control plane",
  },
  {
    id: "run_task",
    group: "task",
    method: "POST",
    path: "/run-task/{domain}/{project}/{name}",
    auth: "caller",
    guard: "task",
    body: "inputs",
    parameters: [...TASK_PATH, VERSION],
    summary: "Run a task",
  },
  {
    id: "get_task",
    group: "task",
    method: "GET",
    path: "/task/{domain}/{project}/{name}",
    auth: "caller",
    guard: "task",
    body: "none",
    parameters: [...TASK_PATH, VERSION],
    summary: "What a task is and takes",
  },
  {
    id: "get_run",
    group: "run",
    method: "GET",
    path: "/run/{name}",
    auth: "caller",
    guard: "run",
    body: "none",
    parameters: [RUN_NAME],
    summary: "How a run stands",
  },
  {
    id: "get_run_io",
    group: "run",
    method: "GET",
    path: "/run/{name}/io",
    auth: "caller",
    guard: "run",
    body: "none",
    parameters: [RUN_NAME],
    summary: "Inputs and outputs of a run",
  },
  {
    id: "abort_run",
    group: "run",
    method: "POST",
    path: "/run/{name}/abort",
    auth: "caller",
    guard: "run",
    body: "options",
    parameters: [RUN_NAME, REASON],
    summary: "Abort a run",
  },
  {
    id: "get_app",
    group: "app",
    method: "GET",
    path: "/app/{name}",
    auth: "caller",
    guard: "app",
    selfVerb: "get status of",
    body: "none",
    parameters: APP,
    summary: "How an app stands",
  },
  {
    id: "activate_app",
    group: "app",
    method: "POST",
    path: "/app/{name}/activate",
    auth: "caller",
    guard: "app",
    selfVerb: "activate",
    body: "options",
    parameters: [...APP, WAIT],
    summary: "Start an app",
  },
  {
    id: "deactivate_app",
    group: "app",
    method: "POST",
    path: "/app/{name}/deactivate",
    auth: "caller",
    guard: "app",
    selfVerb: "deactivate",
    body: "options",
    parameters: [...APP, WAIT],
    summary: "Stop an app",
  },
  {
    id: "call_app",
    group: "app",
    method: "POST",
    path: "/app/{name}/call",
    auth: "caller",
    guard: "app",
    selfVerb: "call",
    body: "options",
    rawBody: "stream",
    parameters: [
      ...APP,
      query("path", "Path below the app's endpoint; a query in it is kept.", {
        required: true,
        pattern: { source: "[^\\u0000-\\u001f\\u007f]*", meaning: "a path without control characters" },
      }),
      query("method", "HTTP method of the call.", {
        default: "GET",
        values: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
      }),
      query("timeout", "Seconds that the app has to answer.", { type: "number", default: 30, range: [0.1, 300] }),
      query("forward_cookie", "Send the caller's cookie too, not just its `Authorization`.", {
        type: "boolean",
        default: false,
      }),
      query("stream", "Pass the body of this request on as it stands, and the app's status and body as they come.", {
        type: "boolean",
        default: false,
      }),
      body("payload", "json", "JSON body of the call, any value but null; not sent with GET, HEAD and OPTIONS."),
      body("query_params", "object", "Query parameters of the call; a list repeats its key."),
    ],
    summary: "Call an endpoint of an app",
  },
  {
    id: "activate_trigger",
    group: "trigger",
    method: "POST",
    path: "/trigger/{task_name}/{trigger_name}/activate",
    auth: "caller",
    guard: "trigger",
    body: "none",
    parameters: TRIGGER,
    summary: "Switch a trigger on",
  },
  {
    id: "deactivate_trigger",
    group: "trigger",
    method: "POST",
    path: "/trigger/{task_name}/{trigger_name}/deactivate",
    auth: "caller",
    guard: "trigger",
    body: "none",
    parameters: TRIGGER,
    summary: "Switch a trigger off",
  },
  {
    id: "build_image",
    group: "build",
    method: "POST",
    path: "/build-image",
    auth: "caller",
    guard: "none",
    body: "options",
    parameters: [
      query("base_image", "Image to build upon; Flyte's own image when absent.", {
        pattern: { source: "[a-zA-Z0-9][a-zA-Z0-9._:/@-]*", meaning: "an image reference such as `node:24-slim`" },
      }),
      query("python_version", "Python version, for example `3.12`.", {
        pattern: { source: "3\\.\\d{1,2}(\\.\\d+)?", meaning: "a version of Python 3 such as `3.12`" },
      }),
      query("flyte_version", "Version of the flyte package.", {
        pattern: { source: "\\d+\\.\\d[a-zA-Z0-9.-]*", meaning: "a version such as `2.12.1`" },
      }),
      query("name", "Name of the image.", {
        pattern: {
          source: "[a-z0-9]+([._/-]+[a-z0-9]+)*",
          meaning: "an image name: lower-case letters, digits and single separators `-`, `_`, `.`, `/`",
        },
      }),
      query("pre", "Allow pre-releases of packages.", { type: "boolean", default: false }),
      body("pip_packages", "strings", "Python packages, as pip writes requirements.", {
        pattern: {
          source: REQUIREMENT,
          meaning: "a requirement such as `httpx>=0.27`",
        },
      }),
      body("apt_packages", "strings", "Debian packages.", {
        pattern: {
          source: "[a-z0-9][a-z0-9+.-]*(:[a-z0-9]+)?([=/][a-zA-Z0-9.+~:*-]+)?",
          meaning: "a Debian package such as `git` or `curl=8.5.0-2`",
        },
      }),
      body("platform", "strings", "Platforms to build for.", { values: ["linux/amd64", "linux/arm64"] }),
    ],
    summary: "Build a container image",
  },
  {
    id: "prefetch_hf_model",
    group: "prefetch",
    method: "POST",
    path: "/prefetch/hf-model",
    auth: "caller",
    guard: "none",
    body: "options",
    listBody: "modality",
    parameters: [
      query("repo", "HuggingFace repository, `organization/name`.", {
        required: true,
        pattern: {
          source: "(?!.*(--|\\.\\.))([a-zA-Z0-9][a-zA-Z0-9_.-]*/)?[a-zA-Z0-9][a-zA-Z0-9_.-]*",
          meaning: "a repository `organization/name`",
        },
      }),
      query("raw_data_path", "Where the model is stored; a new place in the project's store when absent."),
      query("artifact_name", "Name of the artifact.", {
        pattern: { source: "[a-zA-Z0-9_-]+", meaning: "a name of letters, digits, `_` and `-`" },
      }),
      query("architecture", "Architecture of the model."),
      query("task", "Task of the model.", { default: "auto" }),
      query("serial_format", "Serialization format."),
      query("model_type", "Type of the model."),
      query("short_description", "One line about the model."),
      query("hf_token_key", "Name of the secret that holds the HuggingFace token.", { default: "HF_TOKEN" }),
      query("cpu", "CPU request.", { default: "2", pattern: QUANTITY }),
      query("memory", "Memory request.", { default: "8Gi", pattern: QUANTITY }),
      query("disk", "Disk request.", { default: "50Gi", pattern: QUANTITY }),
      query("force", "Raise it to fetch again.", { type: "integer", default: 0 }),
      body("modality", "strings", "Modalities of the model; `text` when absent."),
    ],
    summary: "Store a HuggingFace model",
  },
  {
    id: "get_prefetch_hf_model",
    group: "prefetch",
    method: "GET",
    path: "/prefetch/hf-model/{run_name}",
    auth: "caller",
    guard: "prefetch_run",
    body: "none",
    parameters: [PREFETCH_RUN_NAME],
    summary: "How a prefetch run stands",
  },
  {
    id: "get_prefetch_hf_model_io",
    group: "prefetch",
    method: "GET",
    path: "/prefetch/hf-model/{run_name}/io",
    auth: "caller",
    guard: "prefetch_run",
    body: "none",
    parameters: [PREFETCH_RUN_NAME],
    summary: "Inputs and outputs of a prefetch run",
  },
  {
    id: "abort_prefetch_hf_model",
    group: "prefetch",
    method: "POST",
    path: "/prefetch/hf-model/{run_name}/abort",
    auth: "caller",
    guard: "prefetch_run",
    body: "options",
    parameters: [PREFETCH_RUN_NAME, REASON],
    summary: "Abort a prefetch run",
  },
] as const satisfies readonly EndpointDefinition[];

export type EndpointId = (typeof ENDPOINTS)[number]["id"];

export const ENDPOINT_IDS: readonly EndpointId[] = ENDPOINTS.map((endpoint) => endpoint.id);

const BY_ID = new Map<EndpointId, EndpointDefinition>(ENDPOINTS.map((endpoint) => [endpoint.id, endpoint]));

export function endpointDefinition(id: EndpointId): EndpointDefinition {
  return BY_ID.get(id) as EndpointDefinition;
}

export function isEndpointId(value: unknown): value is EndpointId {
  return BY_ID.has(value as EndpointId);
}

/**
 * The endpoints that a declaration enables, in the order of the catalogue: the listed ones, those of the listed groups,
 * or all 18 when neither is given. Names are taken as valid and at most one filter as given (the declaration checks).
 */
export function resolveEndpoints(filter: {
  endpoints?: readonly EndpointId[] | undefined;
  endpointGroups?: readonly EndpointGroup[] | undefined;
}): EndpointId[] {
  const { endpoints, endpointGroups } = filter;
  if (endpoints !== undefined) return ENDPOINT_IDS.filter((id) => endpoints.includes(id));
  if (endpointGroups === undefined || endpointGroups.includes("all")) return [...ENDPOINT_IDS];
  return ENDPOINTS.filter((endpoint) => endpointGroups.includes(endpoint.group)).map((endpoint) => endpoint.id);
}
