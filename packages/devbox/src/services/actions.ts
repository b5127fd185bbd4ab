import type { ConnectRouter } from "@connectrpc/connect";
import { ActionsService } from "@flyte-webhook/idl/flyteidl2/actions/actions_service";
import type { DevboxContext } from "../context.ts";
import { rpcError } from "../rpc-error.ts";
import type { Actions } from "../store/actions.ts";
import type { Executor } from "../tasks/executor.ts";
import { enqueueAction } from "./enqueue-action.ts";
import { requireAction } from "./names.ts";
import { watchChildren } from "./watch-children.ts";

const DEFAULT_REASON = "aborted by the action that called it";

/** What a running task asks for: other actions below its own. `Update` and `GetLatestState` are a real executor's. */
export function registerActionsService(
  router: ConnectRouter,
  actions: Actions,
  executor: Executor,
  context: DevboxContext,
): void {
  router.service(ActionsService, {
    enqueue: ({ action }) => {
      if (!action) throw rpcError.invalidArgument("action is required");
      const key = enqueueAction(action, actions, context);
      context.events.emit("run", key);
      executor.wake();
      return {};
    },
    watchForUpdates: ({ filter }, { signal }) => {
      if (filter.case !== "parentActionId") throw rpcError.invalidArgument("parent_action_id is required");
      return watchChildren(requireAction(filter.value), actions, context, signal);
    },
    abort: ({ actionId, reason }) => {
      const key = requireAction(actionId);
      const row = actions.summary(key);
      if (!row) throw rpcError.notFound(`action not found: ${key.action}`);
      executor.abort({ ...key, id: row.id }, { reason: reason || DEFAULT_REASON });
      return {};
    },
  });
}
