import type { ConnectRouter } from "@connectrpc/connect";
import { ClusterService } from "@flyte-webhook/idl/flyteidl2/cluster/service";

/**
 * Clients ask for the data plane before each kind of data call; here it is the same server for all of them, at the
 * address by which they asked: a client over TLS stays with it, and no one logs in a second time.
 */
export function registerClusterService(router: ConnectRouter): void {
  router.service(ClusterService, { selectCluster: (_request, { url }) => ({ clusterEndpoint: new URL(url).origin }) });
}
