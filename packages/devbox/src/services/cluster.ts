import type { ConnectRouter } from "@connectrpc/connect";
import { ClusterService } from "@flyte-webhook/idl/flyteidl2/cluster/service";
import type { DevboxContext } from "../context.ts";

/** Clients ask for the data plane before each kind of data call; here it is the same server for all of them. */
export function registerClusterService(router: ConnectRouter, { endpoint }: DevboxContext): void {
  router.service(ClusterService, { selectCluster: () => ({ clusterEndpoint: endpoint }) });
}
