import type { SecretStore } from "../store/secrets.ts";
import type { AppId } from "./app-id.ts";
import type { LocalImages } from "./local-images.ts";
import type { Substate } from "./substate.ts";

/** Durations of an app's life, in milliseconds, and how many crashes make a failure. */
export const APP_TIMING = {
  /** An app that listens on no port after this has failed. */
  startMs: 60_000,
  /** How long requests in flight may go on in a process that is replaced or stopped, before it is told. */
  drainMs: 10_000,
  /** From SIGTERM to SIGKILL. */
  graceMs: 10_000,
  /** Pause after the first crash; it doubles with each one up to `backoffMaxMs`. */
  backoffMs: 500,
  backoffMaxMs: 30_000,
  /** A process that served this long is healthy: its crash is counted as the first one. */
  stableMs: 10_000,
  /** Crashes in a row after which the app is reported as failed; it is tried again all the same. */
  crashesUntilFailed: 2,
} as const;

export type AppTiming = { readonly [K in keyof typeof APP_TIMING]: number };

/** What befalls a process instead of a start, or before it. */
export interface StartFault {
  readonly delayMs?: number;
  readonly failure?: {
    readonly substate: Substate;
    /** Told as the reason. */
    readonly message: (image: string) => string;
    /** Written to the app's log. */
    readonly log?: string;
  };
}

/** What every app's process is given by the machine it runs on. */
export interface AppPlatform {
  /** The devbox's data directory, absolute. */
  readonly dir: string;
  /** `host:port` of the control plane. */
  readonly controlPlane: string;
  /** Where one app calls others: an URL that holds `{app_fqdn}` for the other one's name. */
  readonly endpointPattern: (id: AppId) => string;
  /** The host name of an app's public address, when it has one. */
  readonly publicHost: (id: AppId) => string | undefined;
  readonly images: LocalImages;
  /** Certificate authorities that the processes trust (a PEM file), the devbox's own among them. */
  readonly trustFile: string;
  /** `PATH` of the processes. */
  readonly path: string;
  readonly secrets: SecretStore;
  readonly timing: AppTiming;
  /** What is to befall the next process of an app, in a test. */
  readonly fault: (id: AppId) => StartFault | undefined;
  /** Who listens on a port, in words; undefined when nobody does. */
  readonly portHolder: (port: number) => Promise<string | undefined>;
  /** Told of each process, so that a later devbox can end those of one that was killed. */
  readonly recordProcess: (pid: number, id: AppId) => void;
  readonly forgetProcess: (pid: number) => void;
}
