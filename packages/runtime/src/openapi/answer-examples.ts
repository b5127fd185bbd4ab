import type { Answers } from "./answers.ts";

const SCOPE = "https://flyte.example.com/v2/domain/development/project/flytesnacks";

const RUN: Answers["get_run"] = {
  name: "rzws6nwdc6mjv7758",
  phase: "succeeded",
  url: `${SCOPE}/runs/rzws6nwdc6mjv7758`,
  done: true,
  task: "development/flytesnacks/env.train",
  version: "v9",
  attempts: 1,
  start_time: "2026-11-23T23:06:02.206Z",
  end_time: "2026-11-23T23:06:03.317Z",
  duration_ms: 1111,
};

const RUN_IO: Answers["get_run_io"] = {
  name: RUN.name,
  inputs: { x: 42, y: "hello" },
  outputs: { o0: "42 hello" },
  phase: "succeeded",
};

const ABORT: Answers["abort_run"] = {
  name: RUN.name,
  status: "abort_requested",
  reason: "Aborted via webhook API",
};

const APP: Answers["get_app"] = {
  name: "helper",
  revision: 3n,
  endpoint: "https://helper.apps.example.com/",
  is_active: true,
  is_deactivated: false,
  url: `${SCOPE}/apps/helper`,
  status: "active",
};

const STOPPED: Answers["get_app"] = { ...APP, is_active: false, is_deactivated: true, status: "stopped" };

const TRIGGER: Answers["activate_trigger"] = {
  task_name: "env.train",
  trigger_name: "nightly",
  active: true,
  revision: 2n,
  task_version: "v9",
  schedule: { cron: "0 3 * * *", timezone: "Europe/Berlin" },
};

const integer = { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 };

/** A success answer of each endpoint as the document shows it. */
export const ANSWER_EXAMPLES: Answers = {
  health: { status: "healthy" },
  me: { subject: "00u1ada", name: "Ada Lovelace", email: "ada@example.com" },
  run_task: {
    url: RUN.url,
    name: RUN.name,
    project: "flytesnacks",
    domain: "development",
    version: "v9",
    phase: "queued",
  },
  get_task: {
    name: "env.train",
    version: "v9",
    task_type: "python",
    required_args: ["x"],
    default_input_args: ["y"],
    cache: { behavior: "disable", version_override: null, serialize: false },
    secrets: [],
    short_name: "train",
    environment: "env",
    inputs: {
      type: "object",
      properties: { x: integer, y: { type: "string", default: "hello" } },
      required: ["x"],
      additionalProperties: false,
    },
    outputs: { type: "object", properties: { o0: { type: "string" } } },
  },
  get_run: RUN,
  get_run_io: RUN_IO,
  abort_run: ABORT,
  get_app: APP,
  activate_app: APP,
  deactivate_app: STOPPED,
  call_app: { prediction: 0.93 },
  activate_trigger: TRIGGER,
  deactivate_trigger: { ...TRIGGER, active: false },
  build_image: {
    image_build_run_url: `${SCOPE}/runs/rbuild`,
    image_name: "train",
    base_image: "flyte-debian-base",
    pip_packages: ["httpx>=0.27"],
    apt_packages: null,
    platform: null,
    image_build_run_name: "rbuild",
    image_uri: null,
    image_tag: "0f3c5a6f3f0b4c1d9e7a8b6c5d4e3f2a",
    already_exists: false,
  },
  prefetch_hf_model: { name: "rprefetch", url: `${SCOPE}/runs/rprefetch`, phase: "queued", done: false },
  get_prefetch_hf_model: {
    ...RUN,
    name: "rprefetch",
    url: `${SCOPE}/runs/rprefetch`,
    task: "development/flytesnacks/prefetch-hf-model.store_hf_model_task",
  },
  get_prefetch_hf_model_io: {
    name: "rprefetch",
    inputs: { info: '{"repo":"acme/tiny"}', raw_data_path: null },
    outputs: { o0: { path: "s3://models/acme/tiny", name: "tiny", format: "", hash: null } },
    phase: "succeeded",
  },
  abort_prefetch_hf_model: { ...ABORT, name: "rprefetch" },
};

/** Bodies of requests as the document shows them. */
export const REQUEST_EXAMPLES: Readonly<Partial<Record<keyof Answers, unknown>>> = {
  run_task: { x: 42, y: "hello" },
  abort_run: { reason: "no longer needed" },
  activate_app: { wait: true },
  deactivate_app: { wait: true },
  call_app: { method: "POST", payload: { text: "hello" }, query_params: { verbose: true } },
  build_image: { name: "train", python_version: "3.12", pip_packages: ["httpx>=0.27"], apt_packages: ["git"] },
  prefetch_hf_model: { memory: "8Gi", modality: ["text"] },
  abort_prefetch_hf_model: { reason: "no longer needed" },
};
