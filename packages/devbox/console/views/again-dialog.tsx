import { useEffect, useState } from "preact/hooks";
import type { RunState, Scope } from "../../src/console/live-state.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Loading, Problem } from "../parts/empty.tsx";
import { RunForm } from "../parts/run-form.tsx";
import { messageOf } from "../rpc.ts";
import { type ActionData, actionData } from "../task-calls.ts";

interface AgainDialogProps {
  readonly scope: Scope;
  readonly run: RunState & { readonly version: string };
  readonly onClose: () => void;
}

/** The same task again, with the run's inputs to change. */
export function AgainDialog({ scope, run, onClose }: AgainDialogProps) {
  const [data, setData] = useState<ActionData>();
  const [problem, setProblem] = useState("");
  const { project, domain } = scope;
  useEffect(() => {
    actionData({ project, domain, run: run.name, action: "a0" }).then(setData, (error: unknown) =>
      setProblem(messageOf(error)),
    );
  }, [project, domain, run.name]);
  return (
    <Dialog title={`Run ${run.task} again`} onClose={onClose}>
      {problem && <Problem text={problem} />}
      {!data && !problem && <Loading />}
      {data && <RunForm scope={scope} taskId={taskIdOf(data, run)} spec={data.spec} values={data.inputs} />}
    </Dialog>
  );
}

function taskIdOf({ spec }: ActionData, { project, domain, task, version }: AgainDialogProps["run"]) {
  const id = spec.taskTemplate?.id;
  return {
    project: id?.project ?? project,
    domain: id?.domain ?? domain,
    name: id?.name ?? task,
    version: id?.version ?? version,
  };
}
