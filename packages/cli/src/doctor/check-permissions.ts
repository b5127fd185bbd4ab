import type { ControlPlane } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type Finding, failed, ok, warning } from "./check.ts";

/** Whether what commands and plans read may be read. What may be written cannot be asked without writing. */
export async function checkPermissions({ connection, apps, tasks, runs, triggers }: ControlPlane): Promise<Finding> {
  const { project, domain } = connection.scope;
  const reads = {
    apps: () => apps.list({ limit: 1 }),
    tasks: () => tasks.list({ limit: 1 }),
    runs: () => runs.list(1),
    triggers: () => triggers.list({ limit: 1 }),
  };
  const results = await Promise.all(
    Object.entries(reads).map(async ([kind, read]) => {
      const error = await read().then(
        () => undefined,
        (thrown: unknown) => FlyteWebhookError.from(thrown),
      );
      return { kind, error };
    }),
  );
  const of = (code: string) => results.filter(({ error }) => error?.code === code).map(({ kind }) => kind);
  const refused = [...of("permission_denied"), ...of("unauthenticated")];
  if (refused.length > 0) {
    return failed(
      `you may not read ${refused.join(", ")} of ${domain}/${project}`,
      "Ask who runs the control plane for a role that may.",
    );
  }
  const other = results.find(({ error }) => error && error.code !== "unimplemented");
  if (other?.error)
    return failed(
      `${other.kind} cannot be read: ${other.error.message}`,
      other.error.hint ?? "Try again, or tell who runs the control plane.",
    );
  const missing = of("unimplemented");
  if (missing.length > 0)
    return warning(`this control plane has no ${missing.join(", ")}`, "Commands about them will not work there.");
  return ok(`${results.map(({ kind }) => kind).join(", ")} can be read`);
}
