import { clone, create } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type NamedLiteral, NamedLiteralSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import type { TaskSpec } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { type CreateRunRequest, CreateRunRequestSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { type NewerCreateRun, type NewerTriggerSpec, newer } from "../newer-fields.ts";
import { inputsFile, uploadedInputs } from "../services/uploaded-inputs.ts";
import type { TaskKey } from "../store/tasks.ts";
import { timestampOf } from "../store/time.ts";
import type { TriggerRow } from "../store/trigger-rows.ts";
import { kickoffInput } from "./schedule.ts";

/** The version of the task that a trigger runs. */
export function taskOfTrigger({ key, spec }: TriggerRow): TaskKey {
  return { project: key.project, domain: key.domain, name: key.taskName, version: spec.taskVersion };
}

/**
 * A request to run a trigger, with what the trigger says where the request says nothing: run spec and inputs, each as a
 * whole, and the time of the schedule as the input that the trigger names for it (the start of the run when it is fired
 * by hand). On a real plane, inputs that are kept in the trigger itself are lost, and so are all others beside that time.
 */
export function asTriggered(
  asked: CreateRunRequest,
  { spec, automation }: TriggerRow,
  task: TaskSpec,
  now: number,
  dir: string,
): CreateRunRequest {
  const request = clone(CreateRunRequestSchema, asked);
  if (!request.runSpec && spec.runSpec) request.runSpec = spec.runSpec;
  if (request.inputWrapper.case === undefined) {
    const { offloadedInputData } = newer<NewerTriggerSpec>(spec);
    if (offloadedInputData) request.inputWrapper = { case: "offloadedInputData", value: offloadedInputData };
    else if (spec.inputs) request.inputWrapper = { case: "inputs", value: spec.inputs };
  }
  const name = kickoffInput(automation);
  const declared = task.taskTemplate?.interface?.inputs?.variables.some(({ key }) => key === name);
  if (name === "" || !declared) return request;
  const { inputWrapper } = request;
  const inputs =
    inputWrapper.case === "offloadedInputData"
      ? uploadedInputs(inputsFile(inputWrapper.value.uri), dir)
      : inputWrapper.value;
  const literals = inputs?.literals ?? [];
  if (literals.some((literal) => literal.name === name)) return request;
  const kickoff = newer<NewerCreateRun>(request).runStartTime ?? timestampOf(now);
  const value = create(CreateRunRequestSchema, {
    inputWrapper: {
      case: "inputs",
      value: { literals: [...literals, datetime(name, kickoff)], context: inputs?.context ?? [] },
    },
  });
  request.inputWrapper = value.inputWrapper;
  return request;
}

function datetime(name: string, value: Timestamp): NamedLiteral {
  const primitive = { value: { case: "datetime", value } } as const;
  return create(NamedLiteralSchema, {
    name,
    value: { value: { case: "scalar", value: { value: { case: "primitive", value: primitive } } } },
  });
}
