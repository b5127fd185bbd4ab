/**
 * Success bodies of the endpoints, as schemas: the OpenAPI document is made from them and the routes are typed by them.
 * Keys that Python answers with come first; the others are additions.
 */
import { z } from "@hono/zod-openapi";

const url = z.string().describe("Page of the console");
const phase = z.string().describe("Phase of the run, lower case: queued, running, succeeded, failed, …");
const moment = z.string().optional().describe("RFC 3339");
/** As a number of JSON, exact; the generator would make a text of it. */
const revision = z.bigint().openapi({ type: "integer", format: "int64", minimum: 0 });
const json = z.record(z.string(), z.unknown());

const runError = z
  .object({
    message: z.string(),
    kind: z.enum(["user", "system", "unspecified"]).describe("Whose fault it was"),
  })
  .openapi("RunError");

const run = z
  .object({
    name: z.string(),
    phase,
    url,
    done: z.boolean().describe("Whether the run has ended"),
    task: z.string().optional().describe("`domain/project/name` of the task"),
    version: z.string().optional(),
    attempts: z.number().optional(),
    start_time: moment,
    end_time: moment,
    duration_ms: z.number().optional(),
    error: runError.optional(),
    abort: z.object({ reason: z.string() }).optional(),
  })
  .openapi("Run");

const runIo = z
  .object({
    name: z.string(),
    inputs: json,
    outputs: json.nullable().describe("Null unless the run has succeeded"),
    phase,
    error: runError.optional(),
  })
  .openapi("RunData");

const abort = z
  .object({
    name: z.string(),
    status: z.literal("abort_requested"),
    reason: z.string(),
    already_terminal: z.boolean().optional().describe("The run had ended before; nothing was asked for"),
  })
  .openapi("Abort");

const app = z
  .object({
    name: z.string(),
    revision,
    endpoint: z.string().describe("Public address, empty while there is none"),
    is_active: z.boolean(),
    is_deactivated: z.boolean(),
    url,
    status: z.string().describe("Deployment status, lower case"),
    message: z.string().optional(),
  })
  .openapi("App");

const trigger = z
  .object({
    task_name: z.string(),
    trigger_name: z.string(),
    active: z.boolean().describe("As read back from the control plane"),
    revision,
    task_version: z.string().optional(),
    schedule: z
      .union([
        z.object({ cron: z.string(), timezone: z.string().optional() }),
        z.object({ every: z.number(), unit: z.enum(["minute", "hour", "day", "unspecified"]) }),
      ])
      .optional()
      .describe("When it fires, for a trigger by time"),
  })
  .openapi("Trigger");

export const ANSWERS = {
  health: z.object({ status: z.literal("healthy") }),
  me: z.object({
    subject: z.string(),
    name: z.string(),
    email: z.string().optional(),
    preferred_username: z.string().optional(),
  }),
  run_task: z.object({
    url,
    name: z.string().describe("Name of the run"),
    project: z.string(),
    domain: z.string(),
    version: z.string().describe("Version of the task"),
    phase,
  }),
  get_task: z.object({
    name: z.string(),
    version: z.string(),
    task_type: z.string(),
    required_args: z.array(z.string()),
    default_input_args: z.array(z.string()),
    cache: z.object({
      behavior: z.enum(["disable", "override", "auto"]),
      version_override: z.string().nullable(),
      serialize: z.boolean(),
    }),
    secrets: z.array(z.string()).describe("Keys of the secrets the task reads"),
    short_name: z.string().optional(),
    environment: z.string().optional(),
    description: z.string().optional(),
    inputs: json.describe("JSON Schema (2020-12) of what `run-task` takes"),
    outputs: json.describe("JSON Schema (2020-12) of the outputs that `/io` shows"),
  }),
  get_run: run,
  get_run_io: runIo,
  abort_run: abort,
  get_app: app,
  activate_app: app,
  deactivate_app: app,
  call_app: z.unknown().openapi({ description: "The app's JSON, or `{response: text}` when it is none" }),
  prefetch_hf_model: z.object({ name: z.string().describe("Name of the run"), url, phase, done: z.boolean() }),
  get_prefetch_hf_model: run,
  get_prefetch_hf_model_io: runIo,
  abort_prefetch_hf_model: abort,
  activate_trigger: trigger,
  build_image: z.object({
    image_build_run_url: z
      .string()
      .nullable()
      .describe("The run that builds the image; null when there is nothing to build"),
    image_name: z.string().nullable(),
    base_image: z.string(),
    pip_packages: z.array(z.string()).nullable(),
    apt_packages: z.array(z.string()).nullable(),
    platform: z.array(z.string()).nullable(),
    image_build_run_name: z.string().nullable(),
    image_uri: z.string().nullable().describe("Full name of the image; null while it is being built"),
    image_tag: z.string().nullable().describe("Tag that stands for the content; null for an image as it is"),
    already_exists: z.boolean(),
  }),
  deactivate_trigger: trigger,
};

export type Answers = { [Id in keyof typeof ANSWERS]: z.infer<(typeof ANSWERS)[Id]> };
