import { create } from "@bufbuild/protobuf";
import { type SecurityContext, SecurityContextSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { Secret_MountType as MountType } from "@flyte-webhook/idl/flyteidl2/core/security";
import type { DeclaredApp } from "../environment/app-environment.ts";

/** Undefined when there is nothing to say: no secret, no service account, and credentials asked for. */
export function toSecurityContext({ secrets, serviceAccount, requiresAuth }: DeclaredApp): SecurityContext | undefined {
  if (secrets === undefined && serviceAccount === undefined && requiresAuth) return undefined;
  return create(SecurityContextSchema, {
    ...((secrets !== undefined || serviceAccount !== undefined) && {
      runAs: { k8sServiceAccount: serviceAccount ?? "" },
    }),
    secrets: (secrets ?? []).map(({ key, group, envVar }) => ({
      key,
      group: group ?? "",
      envVar: envVar ?? "",
      mountRequirement: envVar === undefined ? MountType.FILE : MountType.ENV_VAR,
    })),
    allowAnonymous: !requiresAuth,
  });
}
