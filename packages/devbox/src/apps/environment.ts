import { type AppId, serviceName } from "./app-id.ts";
import { expandVariables, type Launch } from "./launch.ts";
import { DIRECTORY_VARIABLE } from "./orphans.ts";
import type { AppPlatform } from "./platform.ts";

export interface ProcessScope {
  readonly id: AppId;
  readonly revision: bigint;
  readonly port: number;
  readonly home: string;
}

/**
 * The environment of an app's process, in the order of the open-source plane: the platform's defaults, which the spec
 * may replace, then the spec's, then what Flyte, Knative and the devbox set. Nothing of the devbox's own environment
 * but PATH and the time zone.
 */
export function processEnvironment(
  launch: Launch,
  { id, revision, port, home }: ProcessScope,
  platform: Pick<AppPlatform, "controlPlane" | "dir" | "endpointPattern" | "path" | "trustFile">,
): Record<string, string> {
  const service = serviceName(id);
  const env: Record<string, string> = {
    PATH: platform.path,
    HOME: home,
    LANG: "C.UTF-8",
    // Python's own webhook speaks nothing but TLS to its control plane.
    SSL_CERT_FILE: platform.trustFile,
    ...(process.env.TZ && { TZ: process.env.TZ }),
    _U_EP_OVERRIDE: platform.controlPlane,
    _U_INSECURE: "true",
    _U_USE_ACTIONS: "1",
  };
  const set = {
    INTERNAL_APP_ENDPOINT_PATTERN: platform.endpointPattern(id),
    FLYTE_INTERNAL_EXECUTION_PROJECT: id.project,
    FLYTE_INTERNAL_EXECUTION_DOMAIN: id.domain,
    [DIRECTORY_VARIABLE]: platform.dir,
    PORT: String(port),
    K_SERVICE: service,
    K_CONFIGURATION: service,
    K_REVISION: `${service}-${String(revision + 1n).padStart(5, "0")}`,
  };
  for (const [name, value] of launch.env) env[name] = expandVariables(value, { ...env, ...set });
  return { ...env, ...set };
}
