import type { Agent, IncomingMessage } from "node:http";
import { hostGuard } from "../server/host-guard.ts";
import type { Target } from "./readiness.ts";
import { Refusal } from "./refusal.ts";

/** A request's stay in the process that serves it: the process is not told to end before `leave` is called, or for long. */
export interface Visit {
  readonly target: Target;
  /** Keeps connections to this process alone. */
  readonly agent: Agent;
  leave(): void;
}

/** An app as its proxy sees it. */
export interface Upstream {
  readonly name: string;
  /** The host name of its public address, when it has one. */
  readonly publicHost?: string | undefined;
  /** Milliseconds that the app may take until it begins to answer. */
  readonly requestTimeoutMs: number;
  /** Enters the process that serves now, or once it has started. Throws {@link Refusal} when there is none to be had. */
  enter(signal: AbortSignal): Promise<Visit>;
}

/**
 * Throws {@link Refusal} for a `Host` that is not this machine's, or is another app's name: a page of another site reaches
 * an app on loopback by a DNS name that points there, and the app would take it for a local caller. `Origin` is the app's
 * own affair (CORS), as behind a real plane.
 */
export function checkHost({ publicHost }: Upstream, { headers: { host } }: IncomingMessage): void {
  if (hostGuard({ headers: { host } } as IncomingMessage) === undefined) {
    const name = host?.toLowerCase().replace(/:\d+$/, "");
    if (publicHost === undefined || name === publicHost || !name?.endsWith(".localhost")) return;
  }
  throw new Refusal(
    403,
    `Apps of the devbox answer only to ${publicHost ? `${publicHost}, ` : ""}localhost and 127.0.0.1 as Host; let a tunnel or proxy in front rewrite the Host header`,
  );
}
