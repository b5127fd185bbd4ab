import type { ContextKey } from "@connectrpc/connect";
import { callContextKey } from "./call-context.ts";
import type { WantedFields } from "./transport/wanted-fields.ts";

/**
 * Whose credentials a call carries: the values of the `authorization` and `cookie` headers, sent to the control plane as
 * they stand. It travels as an explicit value from the request to the call, never through a global.
 */
export interface Caller {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
}

/** The context value by which a {@link Caller} reaches the transport. */
export const callerKey: ContextKey<Caller | undefined> = callContextKey("flyte-webhook caller");

/** What every call of the client takes. */
export interface CallOptions {
  /** Credentials of this call; those of the client when absent. */
  caller?: Caller | undefined;
  /** Milliseconds for the whole call, retries included. Default: the client's `timeoutMs`. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** What is read of the answer; the rest of it may be missing. Default: all. */
  fields?: WantedFields | undefined;
}
