import type { Scope } from "../store/api-keys.ts";

/** A call, by the full name of its service and the name of its method. */
export interface Rpc {
  readonly service: string;
  readonly method: string;
}

const READS = /^(Get|List|Watch|Tail|UserInfo$|SelectCluster$|CreateDownloadLink$)/;
const RUNS = new Set([
  ...["CreateRun", "AbortRun", "AbortAction", "SignalEvent"].map((method) => `flyteidl2.workflow.RunService/${method}`),
  ...["CreateUploadLocation", "UploadInputs"].map((method) => `flyteidl2.dataproxy.DataProxyService/${method}`),
]);

/** Whether a scope covers a call. What is not known to read or to run needs `all`. */
export function allows(scope: Scope, { service, method }: Rpc): boolean {
  if (scope === "all" || READS.test(method) || service === "flyteidl2.workflow.TranslatorService") return true;
  return scope === "run" && (RUNS.has(`${service}/${method}`) || service === "flyteidl2.actions.ActionsService");
}

/** The widest of the scopes that a token names; others, such as `offline`, are no permission. */
export function scopeOf(text: string | undefined): Scope | undefined {
  const scopes = new Set(text?.split(" "));
  return (["all", "run", "read"] as const).find((scope) => scopes.has(scope));
}
