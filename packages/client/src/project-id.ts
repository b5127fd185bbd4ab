import type { ProjectIdentifier } from "@flyte-webhook/idl/flyteidl2/common/identifier";
import type { Scope } from "./connection.ts";

/** Names a project to the plane. A whole message, because to make one of its fields costs as much as to encode it. */
export function projectId({ org, project, domain }: Scope): ProjectIdentifier {
  return { $typeName: "flyteidl2.common.ProjectIdentifier", organization: org, domain, name: project };
}
