import type { DevboxContext } from "../context.ts";
import type { ActionKey, Actions } from "../store/actions.ts";
import { actionUpdateOf } from "./action-update.ts";
import { topics, watchChanges } from "./watch-changes.ts";

/**
 * What a parent is told of the actions it called: the state of each, a sentinel, and then each change. Never ends by
 * itself. It may be asked before anything is called.
 */
export async function* watchChildren(
  { project, domain, run, action: parent }: ActionKey,
  actions: Actions,
  { events, dir }: DevboxContext,
  signal: AbortSignal,
) {
  const changes = watchChanges(events, signal, topics.run(project, domain, run));
  const where = [
    { sql: "project = ? AND domain = ? AND run = ? AND parent = ?", params: [project, domain, run, parent] },
  ];
  const children = actions.list({ where, order: "created_at", limit: -1, offset: 0 });
  const updateOf = (action: string) => {
    const row = actions.get({ project, domain, run, action });
    return row?.parent === parent
      ? [{ message: { case: "actionUpdate", value: actionUpdateOf(row, dir) } } as const]
      : [];
  };
  for (const { name } of children) yield* updateOf(name);
  yield { message: { case: "controlMessage", value: { sentinel: true } } } as const;
  for await (const batch of changes) for (const { action } of batch) yield* updateOf(action);
}
