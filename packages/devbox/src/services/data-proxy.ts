import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import {
  ArtifactType,
  DataProxyService,
  GetActionDataResponseSchema,
  type UploadInputsRequest,
} from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { InputsSchema, OutputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import type { DevboxContext } from "../context.ts";
import { type NewerActionData, type NewerUploadInputs, newer } from "../newer-fields.ts";
import { rpcError } from "../rpc-error.ts";
import { signUrl } from "../server/signed-url.ts";
import type { Attempts } from "../store/attempts.ts";
import type { TaskKey } from "../store/tasks.ts";
import { timestampOf } from "../store/time.ts";
import { inputsHash } from "../tasks/inputs-hash.ts";
import { ATTEMPT_FILES, attemptDirectory, fileUri, pathBelow, readIfThere } from "../tasks/run-files.ts";
import { taskOfTrigger } from "../triggers/as-triggered.ts";
import type { CreateRunStores } from "./create-run.ts";
import { withLocalPaths } from "./local-paths.ts";
import { checkDomain, checkKnownProject, requireAction } from "./names.ts";
import { taskNotFound, triggerNotFound } from "./not-found.ts";
import { logContextOf } from "./run.ts";
import { hasOutputs, outputUri } from "./run-messages.ts";
import { tailLogs } from "./tail-logs.ts";
import { createUploadLocation, expiryOf } from "./upload-location.ts";

export interface DataProxyStores extends CreateRunStores {
  readonly attempts: Attempts;
}

export function registerDataProxyService(
  router: ConnectRouter,
  stores: DataProxyStores,
  secret: Uint8Array,
  context: DevboxContext,
): void {
  const { actions, attempts, projects } = stores;
  const { dir, endpoint, closing } = context;
  router.service(DataProxyService, {
    createUploadLocation: (request) => createUploadLocation(request, projects, { dir, endpoint, secret }),

    uploadInputs: (request) => {
      const { id, inputs } = request;
      if (id.case === undefined) throw rpcError.invalidArgument("run_id or project_id is required");
      if (!inputs) throw rpcError.invalidArgument("inputs is required");
      const [project, domain] =
        id.case === "runId" ? [id.value.project, id.value.domain] : [id.value.name, id.value.domain];
      checkKnownProject(projects, project);
      checkDomain(domain);
      const hash = inputsHash(inputs, ignoredInputs(request, stores));
      const base = uploadBase(newer<NewerUploadInputs>(request).baseDir, dir);
      const directory = join(base, project, domain, "offloaded-inputs", hash);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const path = join(directory, "inputs.pb");
      writeFileSync(`${path}.new`, toBinary(InputsSchema, withLocalPaths(inputs, dir)), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      return { offloadedInputData: { uri: fileUri(directory), inputsHash: hash } };
    },

    getActionData: ({ actionId }) => {
      const row = actions.get(requireAction(actionId));
      if (!row) throw rpcError.notFound(`action not found: ${actionId?.name}`);
      const inputs = readMessage(InputsSchema, row.input_uri, dir);
      const uri = hasOutputs(row) ? outputUri(row, row.attempts, dir) : "";
      const outputs = uri === "" ? undefined : readMessage(OutputsSchema, uri, dir);
      const answer = create(GetActionDataResponseSchema, {
        inputs: inputs ?? {},
        outputs: outputs ?? {},
      });
      const uris: NewerActionData = { inputsUri: row.input_uri, outputsUri: outputs ? uri : "" };
      return Object.assign(answer, uris);
    },

    createDownloadLink: ({ artifactType, expiresIn, source }) => {
      if (artifactType !== ArtifactType.REPORT) throw rpcError.invalidArgument("only reports can be downloaded");
      if (source.case !== "actionAttemptId") throw rpcError.invalidArgument("action_attempt_id is required");
      const { actionId, attempt } = source.value;
      const key = requireAction(actionId);
      const row = actions.summary(key);
      if (!row || !attempts.get(row.id, attempt))
        throw rpcError.notFound(`no attempt ${attempt} of ${key.run}/${key.action}`);
      const path = join(attemptDirectory(dir, key, attempt), ATTEMPT_FILES.report);
      if (!readIfThere(path)) throw rpcError.notFound(`attempt ${attempt} of ${key.run}/${key.action} wrote no report`);
      const expiresAt = Date.now() + expiryOf(expiresIn) * 1000;
      const access = { method: "GET", path: path.slice(dir.length + 1), expiresAt, maxBytes: 0, md5: "" } as const;
      const preSignedUrls = {
        signedUrl: [signUrl(endpoint, secret, access)],
        expiresAt: timestampOf(expiresAt * 1000),
      };
      return { preSignedUrls };
    },

    tailLogs: async function* ({ actionId, attempt }, { signal }) {
      // The code that a real plane answers a missing id with, here alone.
      if (!actionId) throw rpcError.unavailable("action_id is required");
      const key = requireAction(actionId);
      const id = actions.summary(key)?.id ?? 0;
      logContextOf(key, attempts.get(id, attempt), attempt);
      const hasEnded = () => closing.aborted || attempts.get(id, attempt)?.ended_at !== null;
      yield* tailLogs(attemptDirectory(dir, key, attempt), hasEnded, signal);
    },
  });
}

/** Inputs that the task wants left out of the cache key. Throws `not_found` for an unknown task or trigger. */
function ignoredInputs({ task }: UploadInputsRequest, { tasks, triggers }: CreateRunStores): readonly string[] {
  const ofTask = (id: TaskKey) => {
    const found = tasks.get(id);
    if (!found) throw taskNotFound(id);
    return found.spec.taskTemplate?.metadata?.cacheIgnoreInputVars ?? [];
  };
  switch (task.case) {
    case "taskId":
      return ofTask(task.value);
    case "taskSpec":
      return task.value.taskTemplate?.metadata?.cacheIgnoreInputVars ?? [];
    case "triggerName": {
      const trigger = triggers.get(task.value);
      if (!trigger) throw triggerNotFound(task.value);
      return ofTask(taskOfTrigger(trigger));
    }
    default:
      throw rpcError.invalidArgument("a task is required: task_id, task_spec or trigger_name");
  }
}

/**
 * Where inputs of a run go that names a base directory of its own: there, when it is below the data directory; what
 * names a bucket of an object store goes below `objects/`, in a directory of the bucket's name.
 */
function uploadBase(baseDir: string, dir: string): string {
  if (baseDir === "") return join(dir, "uploads");
  const below = pathBelow(dir, baseDir);
  if (below) return below;
  const [, bucket] = /^(?!file:)[a-z][a-z0-9+.-]*:\/\/(.+)$/.exec(baseDir) ?? [];
  const path = bucket && pathBelow(dir, `file://${join(dir, "objects", bucket)}`);
  if (path?.startsWith(join(dir, "objects", "/"))) return path;
  throw rpcError.invalidArgument(
    `base_dir ${JSON.stringify(baseDir.slice(0, 200))} is not below the devbox's data directory`,
  );
}

/** Undefined when there is no such file, as on a real plane. */
function readMessage<T extends DescMessage>(schema: T, uri: string, dir: string): MessageShape<T> | undefined {
  const path = pathBelow(dir, uri);
  const bytes = path && readIfThere(path);
  return bytes ? fromBinary(schema, bytes) : undefined;
}
