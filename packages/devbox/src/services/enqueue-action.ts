import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Action } from "@flyte-webhook/idl/flyteidl2/actions/actions_service";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { TaskSpecSchema, TraceSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import {
  type ActionMetadata,
  ActionMetadataSchema,
  ActionType,
  ConditionActionSchema,
  ErrorInfoSchema,
} from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { DevboxContext } from "../context.ts";
import { type NewerConditionMetadata, newer } from "../newer-fields.ts";
import { rpcError } from "../rpc-error.ts";
import {
  type ActionKey,
  type ActionRow,
  type Actions,
  type NewAction,
  ROOT_ACTION,
  TERMINAL,
} from "../store/actions.ts";
import { transaction } from "../store/database.ts";
import { microsOf, nowMicros } from "../store/time.ts";
import { failure, readErrorDocument } from "../tasks/outcome.ts";
import { actionDirectory } from "../tasks/run-files.ts";
import { expiryOf } from "../tasks/time-limits.ts";
import { checkActionName, requireAction } from "./names.ts";
import { recoveredFrom } from "./recovery.ts";

/** Bytes of an empty digest: what is below a root is known by its name alone. */
const NO_DIGEST = new Uint8Array();

/** What the parts of a new action have in common, whatever its kind. */
type Frame = Omit<NewAction, "kind" | "task_name" | "task_version" | "metadata" | "spec" | "expires_at"> & {
  readonly base: Pick<ActionMetadata, "parent" | "group" | "source" | "triggerName" | "triggerId" | "executedBy">;
  readonly root: ActionRow;
};

/**
 * Writes an action below another one into the queue; a trace is over when it comes, a condition waits for its signal.
 * The same name again changes nothing, for a parent that is tried again calls the same: only a trace that had failed is
 * replaced. Throws `not_found` for an unknown parent and `aborted` for one that has ended.
 */
export function enqueueAction(action: Action, actions: Actions, context: DevboxContext): ActionKey {
  const key = requireAction(action.actionId);
  if (key.action === ROOT_ACTION) throw rpcError.invalidArgument(`${ROOT_ACTION} is the run's own action`);
  checkActionName(key.action);
  const name = action.parentActionName ?? "";
  if (name === "") throw rpcError.invalidArgument("parent_action_name is required");
  const parent = actions.get({ ...key, action: name });
  if (!parent) throw rpcError.notFound(`parent action not found: ${key.project}/${key.domain}/${key.run}/${name}`);
  const existing = actions.get(key);
  const again = existing?.kind === ActionType.TRACE && existing.phase === ActionPhase.FAILED;
  if (existing && !again) return key;
  if (TERMINAL.has(parent.phase)) throw rpcError.aborted(`the parent action ${name} has ended`);
  const root = name === ROOT_ACTION ? parent : (actions.get({ ...key, action: ROOT_ACTION }) ?? parent);
  const { executedBy, source, triggerName, triggerId } = fromBinary(ActionMetadataSchema, root.metadata);
  const frame: Frame = {
    ...key,
    created_at: nowMicros(),
    source,
    run_spec: root.run_spec,
    input_uri: action.inputUri,
    inputs_hash: "",
    request_digest: NO_DIGEST,
    parent: name,
    depth: parent.depth + 1,
    base: {
      parent: name,
      group: action.group,
      source,
      triggerName,
      ...(triggerId && { triggerId }),
      ...(executedBy && { executedBy }),
    },
    root,
  };
  const row = rowOf(action, frame, actions, context.dir);
  transaction(context.db, () => {
    if (existing) actions.remove(existing.id);
    actions.create(row);
  });
  return key;
}

function rowOf({ spec }: Action, frame: Frame, actions: Actions, dir: string): NewAction {
  switch (spec.case) {
    case "task":
      return taskRow(spec.value, frame, actions, dir);
    case "trace":
      return traceRow(spec.value, frame, dir);
    case "condition":
      return conditionRow(spec.value, frame);
    default:
      throw rpcError.invalidArgument("a task, a trace or a condition is required");
  }
}

type SpecOf<Case extends string> = Extract<Action["spec"], { case: Case }>["value"];

function taskRow({ spec, cacheKey }: SpecOf<"task">, frame: Frame, actions: Actions, dir: string): NewAction {
  const template = spec?.taskTemplate;
  if (!spec || !template?.id) throw rpcError.invalidArgument("the task's template or its id is missing");
  const { base, root, ...common } = frame;
  const { project, domain, name, version } = template.id;
  const metadata = create(ActionMetadataSchema, {
    ...base,
    spec: {
      case: "task",
      value: { id: { project, domain, name, version }, taskType: template.type, shortName: spec.shortName },
    },
    actionType: ActionType.TASK,
    environmentName: spec.environment?.name ?? "",
    funtionName: name,
  });
  const now = frame.created_at;
  return {
    ...common,
    kind: ActionType.TASK,
    task_name: name,
    task_version: version,
    metadata: toBinary(ActionMetadataSchema, metadata),
    spec: toBinary(TaskSpecSchema, spec),
    cache_key: cacheKey,
    expires_at: expiryOf(template.metadata, { createdAt: now, queuedAt: now }),
    ...recoveredFrom(frame, root, actions, dir),
  };
}

function traceRow(trace: SpecOf<"trace">, frame: Frame, dir: string): NewAction {
  const { base, root: _, ...common } = frame;
  const failed = trace.phase === ActionPhase.FAILED;
  if (!failed && trace.phase !== ActionPhase.SUCCEEDED)
    throw rpcError.invalidArgument("a trace is enqueued when it has ended: its phase is SUCCEEDED or FAILED");
  const metadata = create(ActionMetadataSchema, {
    ...base,
    spec: { case: "trace", value: { name: trace.name } },
    actionType: ActionType.TRACE,
    funtionName: trace.name,
  });
  const document = failed ? readErrorDocument(actionDirectory(dir, frame)) : undefined;
  const outcome = document ?? failure("the trace failed without a message");
  return {
    ...common,
    kind: ActionType.TRACE,
    task_name: trace.name,
    task_version: "",
    metadata: toBinary(ActionMetadataSchema, metadata),
    spec: toBinary(TraceSpecSchema, trace.spec ?? create(TraceSpecSchema)),
    expires_at: null,
    phase: trace.phase,
    created_at: trace.startTime ? microsOf(trace.startTime) : frame.created_at,
    ended_at: trace.endTime ? microsOf(trace.endTime) : frame.created_at,
    output_uri: trace.outputs?.outputUri,
    ...(failed && "error" in outcome && { error: toBinary(ErrorInfoSchema, outcome.error) }),
  };
}

function conditionRow(condition: SpecOf<"condition">, frame: Frame): NewAction {
  const { base, root: _, ...common } = frame;
  const metadata = create(ActionMetadataSchema, {
    ...base,
    spec: { case: "condition", value: { name: condition.name } },
    actionType: ActionType.CONDITION,
    funtionName: condition.name,
  });
  if (metadata.spec.case === "condition" && condition.type)
    newer<NewerConditionMetadata>(metadata.spec.value).type = condition.type;
  const { timeout } = condition;
  const seconds = timeout ? Number(timeout.seconds) + timeout.nanos / 1e9 : 0;
  return {
    ...common,
    kind: ActionType.CONDITION,
    task_name: condition.name,
    task_version: "",
    metadata: toBinary(ActionMetadataSchema, metadata),
    spec: toBinary(ConditionActionSchema, condition),
    phase: ActionPhase.PAUSED,
    expires_at: seconds > 0 ? frame.created_at + Math.round(seconds * 1e6) : null,
  };
}
