import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { DevboxContext } from "../context.ts";
import { rpcError } from "../rpc-error.ts";
import type { AppRow, AppStore } from "../store/apps.ts";
import { type AppId, appKey } from "./app-id.ts";
import { type AppUrls, publicHost } from "./app-urls.ts";
import { defaultImages, type LocalImages } from "./local-images.ts";
import { endOrphans } from "./orphans.ts";
import { APP_TIMING, type AppPlatform, type AppTiming } from "./platform.ts";
import { processIdentity } from "./process-identity.ts";
import { RunningApp } from "./running-app.ts";

export interface SupervisorOptions {
  readonly images?: LocalImages | undefined;
  readonly timing?: Partial<AppTiming> | undefined;
  /** Default `port`. */
  readonly urls?: AppUrls | undefined;
}

/** Keeps the apps of the store running as their specs say. */
export class AppSupervisor {
  /** The devbox that the apps belong to. */
  readonly context: DevboxContext;
  readonly #store: AppStore;
  readonly #apps = new Map<string, RunningApp>();
  readonly #platform: AppPlatform;
  #closed = false;
  /** No app is started before: its process would pass for one that was left behind. */
  #orphansEnded: Promise<void> = Promise.resolve();

  constructor(
    context: DevboxContext,
    store: AppStore,
    { images = defaultImages(), timing, urls = "port" }: SupervisorOptions = {},
  ) {
    this.context = context;
    this.#store = store;
    this.#platform = {
      dir: context.dir,
      controlPlane: new URL(context.endpoint).host,
      endpointPattern: (id) => this.#endpointPattern(id),
      publicHost: (id) => publicHost(urls, id),
      images,
      path: context.searchPath,
      trustFile: context.trustFile,
      secrets: context.secrets,
      timing: { ...APP_TIMING, ...timing },
      fault: ({ name }) => context.faults?.apps.take(name),
      portHolder: async (port) => this.#portHolder(port),
      recordProcess: (pid, id) => store.recordProcess({ pid, identity: processIdentity(pid) ?? "" }, id),
      forgetProcess: (pid) => {
        if (!context.closing.aborted) store.forgetProcess(pid);
      },
    };
    context.faults?.apps.on("changed", (name, kill) => this.#restart(name, kill));
  }

  /** Ends what a devbox that was killed left behind, then brings every app back on its address. */
  async start(): Promise<void> {
    const left = this.#store.processes();
    this.#orphansEnded = endOrphans(this.context.dir, left);
    await this.#orphansEnded;
    if (this.#closed) return;
    for (const { pid } of left) this.#store.forgetProcess(pid);
    for (const row of this.#store.list({ project: "", domain: "" })) {
      if (this.#closed) return;
      await this.apply(row).catch((error: unknown) => this.context.log(`App ${row.id.name}: ${String(error)}`));
    }
  }

  get(id: AppId): RunningApp | undefined {
    return this.#apps.get(appKey(id));
  }

  /** Makes the app's processes fit its row, the first time also its address. Throws `unavailable` once it is closed. */
  async apply(row: AppRow): Promise<RunningApp> {
    await this.#orphansEnded;
    if (this.#closed) throw rpcError.unavailable("the devbox is being stopped");
    const known = this.get(row.id);
    if (known) {
      // Whoever wrote the app first is waiting for the address too, and goes first.
      await known.listen();
      known.apply(row);
      return known;
    }
    const { project, domain, name } = row.id;
    const dir = join(this.context.dir, "apps", project, domain, name);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const told = () => void this.context.events.emit("app", { kind: "updated", ...row.id });
    const app = new RunningApp(row, dir, this.#platform, told);
    this.#apps.set(appKey(row.id), app);
    const port = await app.listen();
    if (this.#closed) return app;
    if (row.port !== undefined && row.port !== port) {
      this.context.log(`App ${name}: port ${row.port} is taken by another program; it is at ${app.publicUrl} now`);
    }
    if (row.port !== port) this.#store.setPort(row.id, port);
    app.apply(row);
    return app;
  }

  async delete(id: AppId): Promise<void> {
    const app = this.get(id);
    this.#apps.delete(appKey(id));
    await app?.close();
  }

  /** Ends every process; nothing is started any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#apps.values()].map((app) => app.close()));
  }

  /** Apps call one another through their public addresses; the pattern knows only names, so one app's address must do. */
  #endpointPattern({ project, domain }: AppId): string {
    return `${this.context.endpoint}/apps/${project}/${domain}/{app_fqdn}`;
  }

  /** Starts the processes of the apps of a name anew: something befalls them now, or does no more. */
  #restart(name: string, kill: boolean): void {
    for (const app of this.#apps.values()) if (app.name === name) app.restart(kill);
  }

  #portHolder(port: number): string | undefined {
    for (const app of this.#apps.values()) if (app.servesOn(port)) return `app ${app.name}`;
    return undefined;
  }
}

/** Throws `not_found`. */
export function unknownApp({ name }: AppId): FlyteWebhookError {
  return new FlyteWebhookError("not_found", `app ${JSON.stringify(name)} not found`);
}
