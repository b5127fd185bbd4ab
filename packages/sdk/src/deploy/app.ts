import { equals } from "@bufbuild/protobuf";
import { appUrl, type ControlPlane, isActive, isDeactivated, publicUrl } from "@flyte-webhook/client";
import { describeStatus } from "@flyte-webhook/client/app-status";
import { type App as AppMessage, AppSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { appStates } from "./app-states.ts";
import { isConflict } from "./conflict.ts";
import { currentControlPlane } from "./init.ts";

export interface SwitchOptions {
  /** Return only when the app has reached the state. Default false. */
  readonly wait?: boolean | undefined;
  /** Milliseconds that waiting takes at most. Default 300,000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A deployed app, as it was when it was last read: by `refresh` and by what changes it. */
export interface App {
  readonly name: string;
  readonly project: string;
  readonly domain: string;
  /** Its page in the console. */
  readonly url: string;
  /** Its public address; empty while it has none. */
  readonly endpoint: string;
  /** Number of the deployment; 0 on an open-source plane, which does not count them. */
  readonly revision: number;
  /** The control plane's word for its state, such as `PENDING` or `ACTIVE`. */
  readonly status: string;
  /** Whether it serves; scaled to zero counts, a request wakes it. */
  isActive(): boolean;
  /** Starts it unless it is active. Throws `failed_precondition` when it fails on the way, `deadline_exceeded`. */
  activate(options?: SwitchOptions): Promise<App>;
  /** Stops it unless it is stopped. Throws `deadline_exceeded`. */
  deactivate(options?: SwitchOptions): Promise<App>;
  /** What it writes: the lines so far, then new ones as they come. Throws `not_found` while no replica runs. */
  logs(options?: { readonly signal?: AbortSignal }): AsyncIterable<string>;
  /** Its state as it is and each time it changes, without end. Throws `not_found` when it is deleted, the `signal`'s reason. */
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterable<App>;
  /** Removes it; one that is gone already stays so. */
  delete(): Promise<void>;
  /** Reads it anew. Throws `not_found` when it is gone. */
  refresh(): Promise<App>;
}

/** What Python's SDK gives as its reasons; people filter by them. */
const REASON = {
  active: "User requested to activate app from flyte-sdk",
  deactivated: "User requested to deactivate app from flyte-sdk",
} as const;

/** How often a switch is tried again when the app changed in between. */
const ATTEMPTS = 4;

/** An app of a control plane. Throws `not_found`. */
export async function getApp(name: string, options: { readonly controlPlane?: ControlPlane } = {}): Promise<App> {
  const plane = options.controlPlane ?? currentControlPlane();
  return createApp(plane, await plane.apps.get({ name }));
}

/** Every app of a control plane's project and domain, the oldest first. */
export async function listApps(options: { readonly controlPlane?: ControlPlane } = {}): Promise<App[]> {
  const plane = options.controlPlane ?? currentControlPlane();
  return (await plane.apps.list()).map((message) => createApp(plane, message));
}

/** A handle on an app in the state that was read. */
export function createApp(plane: ControlPlane, message: AppMessage): App {
  let state = message;
  const { scope, consoleUrl } = plane.connection;
  const id = state.metadata?.id;
  const name = {
    name: id?.name ?? "",
    project: id?.project || scope.project,
    domain: id?.domain || scope.domain,
  };

  async function switchTo(target: "active" | "deactivated", options: SwitchOptions = {}): Promise<App> {
    const { wait = false, timeoutMs, signal } = options;
    for (let attempt = 1; ; attempt++) {
      await app.refresh();
      if (target === "active" ? isActive(state) : isDeactivated(state)) return app;
      try {
        state = await plane.apps.setDesiredState(state, target, REASON[target], { signal });
        break;
      } catch (error) {
        if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      }
    }
    if (wait) state = await plane.apps.waitFor(name, target, { timeoutMs, signal });
    return app;
  }

  const app: App = {
    ...name,
    url: appUrl(consoleUrl, name),
    get endpoint() {
      return publicUrl(state);
    },
    get revision() {
      return Number(state.metadata?.revision ?? 0n);
    },
    get status() {
      return describeStatus(state).status;
    },
    isActive: () => isActive(state),
    activate: (options) => switchTo("active", options),
    deactivate: (options) => switchTo("deactivated", options),
    logs: (options) => plane.apps.logs(name, options),
    async *watch({ signal = new AbortController().signal } = {}) {
      let last: AppMessage | undefined;
      for await (const next of appStates(plane.apps, name, signal)) {
        if (last && equals(AppSchema, next, last)) continue;
        last = next;
        yield createApp(plane, next);
      }
    },
    async delete() {
      await plane.apps.delete(name);
    },
    async refresh() {
      state = await plane.apps.get(name);
      return app;
    },
  };
  return app;
}
