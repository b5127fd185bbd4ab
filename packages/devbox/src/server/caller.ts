import { createContextKey } from "@connectrpc/connect";

/** Who makes a call; an attribute of runs, never a permission: every caller of the devbox may do everything. */
export interface Caller {
  readonly subject: string;
  /**
   * Whether the call said who makes it (API key or identity header). A loopback caller that says nothing is the local
   * user: it may call everything and ask who it is, but its runs carry no author, as on a real plane.
   */
  readonly identified: boolean;
}

/** Set by the authentication gate before any handler runs: `context.values.get(callerKey)`. */
export const callerKey = createContextKey<Caller>({ subject: "", identified: false }, { description: "caller" });
