import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { DevboxContext } from "../context.ts";
import type { AppRow, AppStore } from "../store/apps.ts";
import { type AppId, appKey } from "./app-id.ts";
import { signalGroup } from "./app-process.ts";
import { defaultImages, type LocalImages } from "./local-images.ts";
import { APP_TIMING, type AppPlatform, type AppTiming } from "./platform.ts";
import { processIdentity } from "./process-identity.ts";
import { RunningApp } from "./running-app.ts";

export interface SupervisorOptions {
  readonly images?: LocalImages | undefined;
  readonly timing?: Partial<AppTiming> | undefined;
}

/** Keeps the apps of the store running as their specs say. */
export class AppSupervisor {
  readonly #context: DevboxContext;
  readonly #store: AppStore;
  readonly #apps = new Map<string, RunningApp>();
  readonly #platform: AppPlatform;

  constructor(context: DevboxContext, store: AppStore, { images = defaultImages(), timing }: SupervisorOptions = {}) {
    this.#context = context;
    this.#store = store;
    this.#platform = {
      controlPlane: new URL(context.endpoint).host,
      endpointPattern: (id) => this.#endpointPattern(id),
      images,
      path: context.searchPath,
      timing: { ...APP_TIMING, ...timing },
      portHolder: async (port) => this.#portHolder(port),
      recordProcess: (pid, id) => store.recordProcess({ pid, identity: processIdentity(pid) ?? "" }, id),
      forgetProcess: (pid) => {
        if (!context.closing.aborted) store.forgetProcess(pid);
      },
    };
  }

  /** Ends what a devbox that was killed left behind, then brings every app back on its address. */
  async start(): Promise<void> {
    for (const { pid, identity } of this.#store.processes()) {
      if (identity !== "" && processIdentity(pid) === identity) signalGroup(pid, "SIGKILL");
      this.#store.forgetProcess(pid);
    }
    for (const row of this.#store.list({ project: "", domain: "" })) {
      await this.apply(row).catch((error: unknown) => this.#context.log(`App ${row.id.name}: ${String(error)}`));
    }
  }

  get(id: AppId): RunningApp | undefined {
    return this.#apps.get(appKey(id));
  }

  /** Makes the app's processes fit its row, the first time also its address. */
  async apply(row: AppRow): Promise<RunningApp> {
    const known = this.get(row.id);
    if (known) {
      known.apply(row);
      return known;
    }
    const { project, domain, name } = row.id;
    const dir = join(this.#context.dir, "apps", project, domain, name);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const told = () => void this.#context.events.emit("app", { kind: "updated", ...row.id });
    const app = new RunningApp(row, dir, this.#platform, told);
    this.#apps.set(appKey(row.id), app);
    const port = await app.listen();
    if (row.port !== undefined && row.port !== port) {
      this.#context.log(`App ${name}: port ${row.port} is taken by another program; it is at ${app.publicUrl} now`);
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

  async close(): Promise<void> {
    await Promise.all([...this.#apps.values()].map((app) => app.close()));
  }

  /** Apps call one another through their public addresses; the pattern knows only names, so one app's address must do. */
  #endpointPattern({ project, domain }: AppId): string {
    return `${this.#context.endpoint}/apps/${project}/${domain}/{app_fqdn}`;
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
