import { Runs } from "@flyte-webhook/client/runs";
import { knownRun } from "./known-run.ts";
import type { Route } from "./route.ts";

/** A run that has ended is left as it is: a plane without a guard would turn its success into an abort. */
export const abortRun: Route<"abort_run"> = async (webhook, request) => {
  const name = String(request.parameters.name);
  const reason = String(request.parameters.reason);
  const { done } = await knownRun(webhook, request, "summary");
  if (!done) {
    await new Runs(webhook.connection).abort(name, reason, request.call());
  }
  return { body: { name, status: "abort_requested", reason, ...(done && { already_terminal: true }) } };
};
