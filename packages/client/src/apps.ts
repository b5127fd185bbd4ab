import { clone } from "@bufbuild/protobuf";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type App, AppSchema, type Identifier } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppLogsService } from "@flyte-webhook/idl/flyteidl2/app/app_logs_service";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { Sort_Direction } from "@flyte-webhook/idl/flyteidl2/common/list";
import { allPages } from "./all-pages.ts";
import { DeploymentStatus, DesiredState, deploymentStatus, isActive, isDeactivated, standingOf } from "./app-status.ts";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";

export type { App };

export interface AppName {
  readonly name: string;
  /** Default: those of the connection. */
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
}

export type AppTarget = "active" | "deactivated";

const REACHED = { active: isActive, deactivated: isDeactivated } as const;

/** Milliseconds that waiting for an app takes at most. */
export const DEFAULT_WAIT_MS = 300_000;

/** How often a plane whose watch says nothing is asked instead. */
const POLL_MS = 1000;

export class Apps {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The full identifier of an app. */
  id({ name, project, domain }: AppName): Pick<Identifier, "org" | "project" | "domain" | "name"> {
    const { scope } = this.#connection;
    return { org: scope.org, project: project || scope.project, domain: domain || scope.domain, name };
  }

  /** Throws `not_found`. */
  async get(app: AppName, options?: CallOptions): Promise<App> {
    const response = await this.#connection.unary(
      AppService.method.get,
      { identifier: { case: "appId", value: this.id(app) } },
      options,
    );
    return known(response.app, app.name);
  }

  /** Throws `already_exists` where the plane does not take a second app of the name as an update. */
  async create(app: App, options?: CallOptions): Promise<App> {
    const response = await this.#connection.unary(AppService.method.create, { app }, options);
    return known(response.app, app.metadata?.id?.name ?? "");
  }

  /** Replaces the app. Throws `aborted` when it changed since it was read. */
  async update(app: App, reason: string, options?: CallOptions): Promise<App> {
    const response = await this.#connection.unary(AppService.method.update, { app, reason }, options);
    return known(response.app, app.metadata?.id?.name ?? "");
  }

  /** Removes an app; false when there is none of the name. */
  async delete(app: AppName, options?: CallOptions): Promise<boolean> {
    try {
      await this.#connection.unary(AppService.method.delete, { appId: this.id(app) }, options);
      return true;
    } catch (error) {
      if (error instanceof FlyteWebhookError && error.code === "not_found") return false;
      throw error;
    }
  }

  /** The apps of a project and domain (default: the connection's), the oldest first; `limit` of them, else every one. */
  async list({ project, domain, limit, ...options }: ListOptions = {}): Promise<App[]> {
    const { org, project: ownProject, domain: ownDomain } = this.#connection.scope;
    const value = { organization: org, domain: domain || ownDomain, name: project || ownProject };
    const filterBy = { case: "project", value } as const;
    const read = async (page: { limit: number; token: string }) => {
      const request = { ...page, sortBy: { key: "created_at", direction: Sort_Direction.ASCENDING } };
      const { apps, token } = await this.#connection.unary(AppService.method.list, { request, filterBy }, options);
      return { items: apps, token };
    };
    return allPages(this.#connection.origin, read, limit);
  }

  /** Asks for the app to be started or stopped; the rest of it stays as it is. */
  setDesiredState(app: App, target: AppTarget, reason: string, options?: CallOptions): Promise<App> {
    const changed = clone(AppSchema, app);
    if (!changed.spec) throw new FlyteWebhookError("failed_precondition", "the app has no spec");
    changed.spec.desiredState = target === "active" ? DesiredState.ACTIVE : DesiredState.STOPPED;
    return this.update(changed, reason, options);
  }

  /** Every state of an app that its control plane tells, the present one first. Ends when the plane ends it. */
  async *watch(app: AppName, options?: CallOptions): AsyncGenerator<App> {
    const id = this.id(app);
    const events = this.#connection.stream(AppService.method.watch, { target: { case: "appId", value: id } }, options);
    for await (const { event } of events) {
      const state = event.case === "updateEvent" ? event.value.updatedApp : event.value?.app;
      const of = state?.metadata?.id;
      // The open-source plane subscribes by name alone: events of other projects' apps arrive too.
      if (!state || of?.name !== id.name || of.project !== id.project || of.domain !== id.domain) continue;
      if (event.case === "deleteEvent") throw new FlyteWebhookError("not_found", `App ${id.name} was deleted`);
      yield state;
    }
  }

  /**
   * Waits until an app is active or deactivated and answers with that state. Watches, and reads where the watch is
   * silent or ends, because a plane may send nothing for an app that does not change.
   * Throws `failed_precondition` with the reason when the app fails on the way, `deadline_exceeded` after `timeoutMs`
   * (default 5 minutes).
   */
  async waitFor(app: AppName, target: AppTarget, options: WaitOptions = {}): Promise<App> {
    const { timeoutMs = DEFAULT_WAIT_MS, signal, onState } = options;
    const deadline = performance.now() + timeoutMs;
    const timeout = AbortSignal.timeout(timeoutMs);
    let last: App | undefined;
    const reached = (state: App): boolean => {
      last = state;
      onState?.(state);
      const standing = standingOf(state, options.before);
      if (target === "active" && standing.kind === "failed")
        throw new FlyteWebhookError("failed_precondition", `App ${app.name} failed: ${standing.reason}`);
      return REACHED[target](state);
    };
    while (performance.now() < deadline) {
      signal?.throwIfAborted();
      const state = await this.get(app, { caller: options.caller, signal });
      if (reached(state)) return state;
      const next = await this.#nextState(
        app,
        reached,
        AbortSignal.any([timeout, ...(signal ? [signal] : [])]),
        options,
      );
      if (next) return next;
    }
    throw new FlyteWebhookError(
      "deadline_exceeded",
      `App ${app.name} is not ${target} after ${Math.round(timeoutMs / 1000)} s; it is ${last ? DeploymentStatus[deploymentStatus(last)] : "unknown"}`,
    );
  }

  /** One watch, at most {@link POLL_MS} long: the state that was reached, or undefined to read again. */
  async #nextState(app: AppName, reached: (state: App) => boolean, signal: AbortSignal, { caller }: WaitOptions) {
    const poll = new AbortController();
    const timer = setTimeout(() => poll.abort(), POLL_MS);
    const started = performance.now();
    try {
      for await (const state of this.watch(app, { caller, signal: AbortSignal.any([signal, poll.signal]) })) {
        if (reached(state)) return state;
      }
    } catch (error) {
      if (!poll.signal.aborted && !signal.aborted && !isTransient(error)) throw error;
    } finally {
      clearTimeout(timer);
    }
    // A watch that ends at once must not become a busy loop.
    const rest = Math.min(POLL_MS, 250) - (performance.now() - started);
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    return undefined;
  }

  /** Lines of an app's log: those it wrote so far, then new ones as they come. Throws `not_found` without a replica. */
  async *logs(app: AppName, options?: CallOptions): AsyncGenerator<string> {
    const stream = this.#connection.stream(
      AppLogsService.method.tailLogs,
      { target: { case: "appId", value: this.id(app) } },
      options,
    );
    for await (const { resp } of stream) {
      if (resp.case !== "batches") continue;
      for (const batch of resp.value.logs) for (const line of batch.structuredLines) yield line.message;
    }
  }
}

export interface ListOptions extends CallOptions {
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
  /** How many at most; default: all. */
  readonly limit?: number | undefined;
}

export interface WaitOptions extends CallOptions {
  /** The app before it was changed: what it says of a failure is not held against the change. */
  readonly before?: App | undefined;
  /** Told every state on the way. */
  readonly onState?: ((app: App) => void) | undefined;
}

function known(app: App | undefined, name: string): App {
  if (app) return app;
  throw new FlyteWebhookError("not_found", `App ${name} not found`);
}

/** Errors of a watch after which reading goes on. */
function isTransient(error: unknown): boolean {
  return (
    error instanceof FlyteWebhookError && ["unavailable", "unimplemented", "canceled", "aborted"].includes(error.code)
  );
}
