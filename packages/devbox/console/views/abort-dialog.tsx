import { useState } from "preact/hooks";
import type { Scope } from "../../src/console/live-state.ts";
import { announce } from "../announce.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Problem } from "../parts/empty.tsx";
import { messageOf } from "../rpc.ts";
import { abortRun } from "../task-calls.ts";

export function AbortDialog({ scope, run, onClose }: { scope: Scope; run: string; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await abortRun(scope, run, reason);
      announce(`Run ${run} is being aborted`);
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Dialog title="Abort the run" onClose={onClose}>
      <form onSubmit={submit}>
        <p>
          Every action of <span class="mono">{run}</span> that has not ended is aborted.
        </p>
        <div class="field">
          <div class="field-head">
            <label for="abort-reason">Reason</label>
            <span class="muted">optional</span>
          </div>
          <input
            id="abort-reason"
            type="text"
            autoComplete="off"
            value={reason}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </div>
        {problem && <Problem text={problem} />}
        <div class="buttons">
          <button type="submit" class="danger primary">
            Abort run
          </button>
          <button type="button" onClick={onClose}>
            Keep it running
          </button>
        </div>
      </form>
    </Dialog>
  );
}
