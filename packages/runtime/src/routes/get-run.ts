import { runUrl } from "@flyte-webhook/client/console-url";
import { errorOf, knownRun, taskOf } from "./known-run.ts";
import { rfc3339 } from "./rfc3339.ts";
import type { Route } from "./route.ts";

export const getRun: Route<"get_run"> = async (webhook, request) => {
  const { details, name, phase, done } = await knownRun(webhook, request, "summary");
  const { id, status, result } = details.action ?? {};
  const { project, domain } = id?.run ?? webhook.spec;
  const task = taskOf(details);
  const error = errorOf(details);
  return {
    body: {
      name,
      phase,
      url: runUrl(webhook.connection.consoleUrl, { project, domain, name }),
      done,
      ...(task && { task: `${task.domain}/${task.project}/${task.name}`, version: task.version }),
      ...(status?.attempts && { attempts: status.attempts }),
      ...(status?.startTime && { start_time: rfc3339(status.startTime) }),
      ...(status?.endTime && { end_time: rfc3339(status.endTime) }),
      ...(status?.durationMs !== undefined && { duration_ms: Number(status.durationMs) }),
      ...(error && { error }),
      ...(result?.case === "abortInfo" && { abort: { reason: result.value.reason } }),
    },
  };
};
