import { create, fromBinary } from "@bufbuild/protobuf";
import { type Inputs, InputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { type RunSpec, RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { type TaskSpec, TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import type { ActionKey, ActionRow } from "../store/actions.ts";
import { pathBelow, readIfThere } from "./run-files.ts";

/** One attempt of an action, with what it is to run. */
export interface Job {
  readonly action: ActionRow;
  readonly key: ActionKey;
  /** From 1. */
  readonly attempt: number;
  readonly spec: TaskSpec;
  readonly runSpec: RunSpec;
}

export function jobOf(action: ActionRow, attempt: number = action.attempts): Job {
  const { project, domain, run, name } = action;
  return {
    action,
    key: { project, domain, run, action: name },
    attempt,
    spec: fromBinary(TaskSpecSchema, action.spec),
    runSpec: fromBinary(RunSpecSchema, action.run_spec),
  };
}

/** Empty when there is no such file. */
export function inputsOf({ action }: Job, dir: string): Inputs {
  const path = pathBelow(dir, action.input_uri);
  const bytes = path && readIfThere(path);
  return bytes ? fromBinary(InputsSchema, bytes) : create(InputsSchema);
}
