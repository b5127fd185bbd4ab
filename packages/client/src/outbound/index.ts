export { isLoopbackHost, type Resolve } from "./address-guard.ts";
export { failure } from "./failure.ts";
export {
  GuardedClient,
  type GuardedClientOptions,
  type GuardedRequest,
  type GuardedResponse,
} from "./guarded-client.ts";
export { dialable, resolveName } from "./localhost-names.ts";
export { appEndpoint, type QueryPair, targetUrl } from "./target-url.ts";
