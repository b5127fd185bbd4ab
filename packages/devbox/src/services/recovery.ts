import { fromBinary } from "@bufbuild/protobuf";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { type NewerRunSpec, newer, RELATION_RECOVER } from "../newer-fields.ts";
import { type ActionRow, type Actions, type NewAction, RECOVERED } from "../store/actions.ts";
import { outputUri } from "./run-messages.ts";

/**
 * In a run that recovers an earlier one, an action that succeeded there has succeeded here: the names of actions say
 * what they compute, so the same name has the same outputs. Nothing for an action that is to run.
 */
export function recoveredFrom(
  { action, created_at: now }: Pick<NewAction, "action" | "created_at">,
  root: ActionRow,
  actions: Actions,
  dir: string,
): Partial<NewAction> {
  const { relation, recover } = newer<NewerRunSpec>(fromBinary(RunSpecSchema, root.run_spec));
  if (relation?.relationType !== RELATION_RECOVER || !relation.relatedTo) return {};
  if (recover?.forceRerunActions.includes(action)) return {};
  const { project, domain, name: run } = relation.relatedTo;
  const source = actions.get({ project, domain, run, action });
  if (source?.phase !== ActionPhase.SUCCEEDED && source?.phase !== RECOVERED) return {};
  return { phase: RECOVERED, ended_at: now, output_uri: outputUri(source, source.attempts, dir) };
}
