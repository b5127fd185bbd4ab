import type { DescMessage, DescMethod, MessageShape } from "@bufbuild/protobuf";
import { FlyteWebhookError, nearest } from "@flyte-webhook/core";
import { ActionsService } from "@flyte-webhook/idl/flyteidl2/actions/actions_service";
import { AppLogsService } from "@flyte-webhook/idl/flyteidl2/app/app_logs_service";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { AuthMetadataService } from "@flyte-webhook/idl/flyteidl2/auth/auth_service";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { ClusterService } from "@flyte-webhook/idl/flyteidl2/cluster/service";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { ProjectService } from "@flyte-webhook/idl/flyteidl2/project/project_service";
import { SecretService } from "@flyte-webhook/idl/flyteidl2/secret/secret";
import { SettingsService } from "@flyte-webhook/idl/flyteidl2/settings/settings_service";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { TranslatorService } from "@flyte-webhook/idl/flyteidl2/workflow/translator_service";

/** The services whose RPCs can be named. */
const SERVICES = {
  ActionsService,
  AppLogsService,
  AppService,
  AuthMetadataService,
  ClusterService,
  DataProxyService,
  IdentityService,
  ProjectService,
  RunService,
  SecretService,
  SettingsService,
  TaskService,
  TranslatorService,
  TriggerService,
} as const;

type Services = typeof SERVICES;
type Methods<S extends keyof Services> = Services[S]["method"];
type Rpcs = { [S in keyof Services]: { [M in keyof Methods<S> & string as `${S}/${Capitalize<M>}`]: Methods<S>[M] } };

/** One RPC, as `Service/Method`: `RunService/CreateRun`. */
export type RpcName = { [S in keyof Services]: keyof Rpcs[S] }[keyof Services] & string;

/** RPCs of which something is said: one, all of a service (`RunService/*`), or all there are (`*`). */
export type RpcPattern = RpcName | `${keyof Services}/*` | "*";

/** The request message of an RPC. */
export type RequestOf<N extends RpcName> = {
  [S in keyof Services]: N extends keyof Rpcs[S]
    ? Rpcs[S][N] extends { input: infer I extends DescMessage }
      ? MessageShape<I>
      : never
    : never;
}[keyof Services];

const METHODS: ReadonlyMap<string, DescMethod> = new Map(
  Object.values(SERVICES)
    .flatMap((service) => [...service.methods])
    .map((method) => [rpcName(method), method]),
);

/** `RunService/CreateRun`, of a method's descriptor. */
export function rpcName({ parent, name }: DescMethod): string {
  return `${parent.name}/${name}`;
}

/** The methods that a pattern names. Throws `invalid_argument` when there are none. */
export function methodsOf(pattern: RpcPattern): readonly DescMethod[] {
  const found = [...METHODS].filter(([name]) => matches(pattern, name)).map(([, method]) => method);
  if (found.length > 0) return found;
  const near = nearest(pattern, [...METHODS.keys()]);
  throw new FlyteWebhookError("invalid_argument", `there is no RPC ${JSON.stringify(pattern)}`, {
    hint: `Write it as Service/Method, Service/* or *${near === undefined ? "." : `; did you mean ${near}?`}`,
  });
}

export function matches(pattern: RpcPattern, name: string): boolean {
  return pattern === "*" || pattern === name || (pattern.endsWith("/*") && name.startsWith(pattern.slice(0, -1)));
}
