import { runUrl } from "@flyte-webhook/client/console-url";
import { isTerminal, phaseName } from "@flyte-webhook/client/phase";
import { Runs } from "@flyte-webhook/client/runs";
import { Uploads } from "@flyte-webhook/client/uploads";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { CacheLookupScope } from "@flyte-webhook/idl/flyteidl2/task/run";
import { buildInputs } from "@flyte-webhook/literals";
import { codeBundle } from "../prefetch/code-bundle.ts";
import { PREFETCH_SOURCE } from "../prefetch/module.ts";
import { PREFETCH_MODULE } from "../prefetch/task-name.ts";
import { PREFETCH_INPUTS, prefetchTaskSpec } from "../prefetch/task-spec.ts";
import type { Parameters } from "../request/parameters.ts";
import { outbound } from "./outbound.ts";
import type { Route } from "./route.ts";

/** Keys of secrets that a declaration without a list of its own lets callers mount. */
const DEFAULT_TOKEN_KEYS: readonly string[] = ["HF_TOKEN"];

/**
 * Starts a run that stores a model of HuggingFace: uploads the code bundle under the caller's credentials and runs it in the
 * webhook's project. Nothing is built and nothing waited for.
 */
export const prefetchHfModel: Route<"prefetch_hf_model"> = async (webhook, { call, parameters }) => {
  const { connection, spec } = webhook;
  const tokenKey = String(parameters.hf_token_key);
  if (tokenKey !== "" && !(spec.hfTokenKeys ?? DEFAULT_TOKEN_KEYS).includes(tokenKey)) {
    throw new FlyteWebhookError("not_allowed", `Secret ${tokenKey} is not in the allowlist`);
  }
  const inputs = buildInputs(
    { info: infoOf(parameters), raw_data_path: parameters.raw_data_path ?? null },
    PREFETCH_INPUTS,
    [],
  );
  if (!inputs.ok) throw new FlyteWebhookError("invalid_request", "the inputs do not fit", { issues: inputs.issues });
  const runs = new Runs(connection);
  const cluster = runs.inputsCluster(call());
  cluster.catch(() => {}); // Read below; an error of the upload comes first.
  const bundle = await new Uploads(connection, outbound(webhook)).put(
    "code_bundle.tar.gz",
    codeBundle(`${PREFETCH_MODULE}.py`, PREFETCH_SOURCE),
    call(),
  );
  const task = prefetchTaskSpec({
    ...connection.scope,
    bundle,
    cpu: String(parameters.cpu),
    memory: String(parameters.memory),
    disk: String(parameters.disk),
    tokenKey,
    force: Number(parameters.force),
  });
  const run = await runs.create(
    {
      task,
      literals: inputs.literals,
      cluster,
      runSpec: {
        labels: { values: { model: labelOf(parameters) } },
        cacheConfig: { cacheLookupScope: CacheLookupScope.GLOBAL },
      },
    },
    call(),
  );
  const id = run.action?.id?.run;
  if (!id) throw new FlyteWebhookError("internal", "the control plane created a run without a name");
  const phase = phaseName(run.action?.status?.phase ?? 0);
  return {
    body: { name: id.name, url: runUrl(connection.consoleUrl, id), phase, done: isTerminal(phase) },
    headers: { location: `/prefetch/hf-model/${encodeURIComponent(id.name)}` },
  };
};

/** The task's first input: a JSON document with the keys of Python's own. */
function infoOf(parameters: Parameters): string {
  const optional = (name: string) => parameters[name] ?? null;
  const modality = (parameters.modality ?? []) as string[];
  return JSON.stringify({
    repo: parameters.repo,
    artifact_name: optional("artifact_name"),
    architecture: optional("architecture"),
    task: parameters.task,
    modality: modality.length > 0 ? modality : ["text"],
    serial_format: optional("serial_format"),
    model_type: optional("model_type"),
    short_description: optional("short_description"),
    shard_config: null,
  });
}

/** Longest value of a Kubernetes label. */
const MAX_LABEL = 63;

/** The label by which runs of a model are found: the artifact's name, or the last part of the repository's. */
function labelOf({ artifact_name, repo }: Parameters): string {
  const name = String(artifact_name ?? String(repo).split("/").at(-1)?.replaceAll(".", "-"));
  return name.slice(0, MAX_LABEL).replace(/^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$/g, "");
}
