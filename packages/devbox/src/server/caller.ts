import { createContextKey } from "@connectrpc/connect";

export interface CallerProfile {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}

/** Who makes a call; an attribute of runs, never a permission: every caller of the devbox may do everything. */
export interface Caller {
  readonly subject: string;
  /**
   * Whether the call said who makes it (API key or identity header). A loopback caller that says nothing is the local
   * user: it may call everything, but nobody says who it is and its runs carry no author, as on a real plane.
   */
  readonly identified: boolean;
  /** Whether something vouches for the subject. A foreign token does not: its signature is not looked at. */
  readonly verified: boolean;
  /** What a token says of the person beside the subject. */
  readonly profile?: CallerProfile;
}

/** Set by the authentication gate before any handler runs: `context.values.get(callerKey)`. */
export const callerKey = createContextKey<Caller>(
  { subject: "", identified: false, verified: false },
  { description: "caller" },
);
