import { equals } from "@bufbuild/protobuf";
import { appUrl, type ControlPlane, isActive, isDeactivated, publicUrl } from "@flyte-webhook/client";
import { describeStatus } from "@flyte-webhook/client/app-status";
import { type App as AppMessage, AppSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { appStates } from "./app-states.ts";
import { isConflict } from "./conflict.ts";
import { currentControlPlane } from "./init.ts";
import { failedSubstate } from "./substate.ts";
import { writtenLines } from "./written-lines.ts";

export interface SwitchOptions {
  /** Return only when the app has reached the state. Default false. */
  readonly wait?: boolean | undefined;
  /** Milliseconds that waiting takes at most. Default 300,000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How an app stands, as its control plane tells. */
export interface AppStatus {
  /** The control plane's word, such as `PENDING`, `ACTIVE`, `FAILED` or `STOPPED`; `UNSPECIFIED` before it says anything. */
  readonly status: string;
  /** What the plane adds in words; may be empty. */
  readonly message: string;
  /** Why a failed app failed, such as `IMAGE_PULL_ERROR`; undefined when it did not or the plane does not say. */
  readonly substate: string | undefined;
  /** Replicas that run. */
  readonly replicas: number;
}

export interface LogOptions {
  /** Go on with new lines as they are written, until its replica ends or `signal` aborts. Default false. */
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where apps are looked for; default: that of the control plane, which is that of `init` unless it is given. */
export interface AppPlace {
  readonly controlPlane?: ControlPlane | undefined;
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
}

export interface ListAppsOptions extends AppPlace {
  /** How many at most; default: all of them. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A deployed app, as it was when it was last read: by `refresh`, `status` and by what changes it. */
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
  /** The control plane's word for its state when it was last read, such as `PENDING` or `ACTIVE`. */
  readonly deploymentStatus: string;
  /** Reads it anew and says how it stands. Throws `not_found` when it is gone. */
  status(options?: { readonly signal?: AbortSignal | undefined }): Promise<AppStatus>;
  /** Whether it serves; scaled to zero counts, a request wakes it. */
  isActive(): boolean;
  /** Starts it unless it is active. Throws `failed_precondition` when it fails on the way, `deadline_exceeded`. */
  activate(options?: SwitchOptions): Promise<App>;
  /** Stops it unless it is stopped. Throws `deadline_exceeded`. */
  deactivate(options?: SwitchOptions): Promise<App>;
  /** What it wrote so far, line by line; with `follow` also what it writes next. Throws `not_found` while no replica runs. */
  logs(options?: LogOptions): AsyncIterable<string>;
  /** Its state as it is and each time it changes, without end. Throws `not_found` when it is deleted, the `signal`'s reason. */
  watch(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<App>;
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
export async function getApp(name: string, { controlPlane, project, domain }: AppPlace = {}): Promise<App> {
  const plane = controlPlane ?? currentControlPlane();
  return createApp(plane, await plane.apps.get({ name, project, domain }));
}

/** The apps of a project and domain, the oldest first, from as many pages as there are. */
export async function listApps(options: ListAppsOptions = {}): Promise<App[]> {
  const plane = options.controlPlane ?? currentControlPlane();
  const { project, domain, limit, signal } = options;
  return (await plane.apps.list({ project, domain, limit, signal })).map((message) => createApp(plane, message));
}

/** `App.get(name)` and `App.list()`: the same as `getApp` and `listApps`. */
export const App = { get: getApp, list: listApps } as const;

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
    get deploymentStatus() {
      return describeStatus(state).status;
    },
    async status(options) {
      state = await plane.apps.get(name, options);
      const replicas = state.status?.currentReplicas ?? 0;
      return { ...describeStatus(state), substate: failedSubstate(state)?.name, replicas };
    },
    isActive: () => isActive(state),
    activate: (options) => switchTo("active", options),
    deactivate: (options) => switchTo("deactivated", options),
    logs: ({ follow = false, signal } = {}) =>
      follow ? plane.apps.logs(name, { signal }) : writtenLines(plane.apps, name, signal),
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
