import { FlyteWebhookError } from "@flyte-webhook/core";
import { SelectClusterRequest_Operation as Operation } from "@flyte-webhook/idl/flyteidl2/cluster/payload";
import { ClusterService } from "@flyte-webhook/idl/flyteidl2/cluster/service";
import type { CallOptions } from "./caller.ts";
import type { Connection, Scope } from "./connection.ts";
import { projectId } from "./project-id.ts";

export { Operation };

/**
 * The connection to the cluster that serves a data operation of a project. Asked anew for each call and with the
 * caller's own credentials, so that nobody learns from another caller's answer; it runs beside the first control-plane
 * call, so it costs no time. A plane without the service serves its data itself.
 */
export async function selectCluster(
  connection: Connection,
  operation: Operation,
  scope: Scope,
  options?: CallOptions,
): Promise<Connection> {
  try {
    const { clusterEndpoint } = await connection.unary(
      ClusterService.method.selectCluster,
      {
        $typeName: "flyteidl2.cluster.SelectClusterRequest",
        operation,
        resource: { case: "projectId", value: projectId(scope) },
      },
      options,
    );
    return connection.at(clusterEndpoint);
  } catch (error) {
    if (error instanceof FlyteWebhookError && error.code === "unimplemented") return connection;
    throw error;
  }
}
