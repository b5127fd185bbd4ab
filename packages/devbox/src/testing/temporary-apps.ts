import { basename, join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  Spec_DesiredState as DesiredState,
  MetaSchema,
  type ScalingMetricSchema,
  SpecSchema,
  Status_DeploymentStatus as Status,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { onTestFinished, vi } from "vitest";
import type { AppId } from "../apps/app-id.ts";
import type { AppUrls } from "../apps/app-urls.ts";
import type { AppTiming } from "../apps/platform.ts";
import type { RunningApp } from "../apps/running-app.ts";
import { AppSupervisor } from "../apps/supervisor.ts";
import { DevboxEvents } from "../events.ts";
import { AppStore } from "../store/apps.ts";
import { openDatabase } from "../store/database.ts";
import { MIGRATIONS } from "../store/migrations.ts";
import { SecretStore } from "../store/secrets.ts";
import { searchPath } from "../tasks/search-path.ts";
import { temporaryDirectory } from "./temporary-devbox.ts";

export interface TestApp {
  name?: string;
  /** Run by `node -e`; without it, `command`. */
  code?: string;
  command?: string[];
  image?: string;
  env?: Record<string, string>;
  port?: number;
  stopped?: boolean;
  replicas?: { min: number; max: number };
  metric?: MessageInitShape<typeof ScalingMetricSchema>["metric"];
  /** Milliseconds; default a minute, as Knative has it. */
  scaledownMs?: number;
  requestTimeoutMs?: number;
}

export interface TemporaryApps {
  readonly dir: string;
  /** Of an app that is deployed without a name: the directory's own, so that no other test's app tends to its port. */
  readonly id: AppId;
  readonly supervisor: AppSupervisor;
  /** What it told the terminal. */
  readonly log: string[];
  /** Creates the app or gives it another spec. */
  deploy(app: TestApp): Promise<RunningApp>;
  /** Waits until the app's last condition has the status; resolves with the message of its first one. */
  until(app: RunningApp, status: keyof typeof Status): Promise<string>;
  close(): Promise<void>;
}

/** Life is faster than outside of tests; a test sets what it is about. */
const TIMING: Partial<AppTiming> = { backoffMs: 20, graceMs: 2000, drainMs: 2000 };

/** The apps of a devbox without its services, for one test. */
export function temporaryApps(
  options: { dir?: string; timing?: Partial<AppTiming>; urls?: AppUrls } = {},
): TemporaryApps {
  const dir = options.dir ?? temporaryDirectory();
  const own = { project: "flytesnacks", domain: "development", name: basename(dir).toLowerCase() };
  const db = openDatabase(join(dir, "devbox.db"), MIGRATIONS);
  const store = new AppStore(db);
  const closing = new AbortController();
  const log: string[] = [];
  const supervisor = new AppSupervisor(
    {
      dir,
      db,
      secrets: new SecretStore(db),
      endpoint: "http://127.0.0.1:30080",
      events: new DevboxEvents(),
      trustFile: "/dev/null",
      searchPath: searchPath(undefined),
      log: (line) => log.push(line),
      closing: closing.signal,
    },
    store,
    { timing: { ...TIMING, ...options.timing }, urls: options.urls },
  );
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= supervisor.close().then(() => {
      closing.abort();
      db.close();
    });
    return closed;
  };
  onTestFinished(close);
  return {
    dir,
    id: own,
    supervisor,
    log,
    close,
    deploy: ({
      name = own.name,
      code,
      command = ["node", "-e", code ?? ""],
      image = "any",
      env = {},
      port,
      stopped,
      replicas,
      metric,
      scaledownMs,
      requestTimeoutMs,
    }) => {
      const id = { ...own, name };
      const revision = (store.get(id)?.metadata.revision ?? 0n) + 1n;
      const container = {
        image,
        command,
        env: Object.entries(env).map(([key, value]) => ({ key, value })),
        ports: port === undefined ? [] : [{ containerPort: port }],
      };
      const spec = create(SpecSchema, {
        desiredState: stopped ? DesiredState.STOPPED : DesiredState.ACTIVE,
        appPayload: { case: "container", value: container },
        autoscaling: {
          ...(replicas && { replicas }),
          ...(metric && { scalingMetric: { metric } }),
          ...(scaledownMs !== undefined && { scaledownPeriod: durationFromMs(scaledownMs) }),
        },
        ...(requestTimeoutMs !== undefined && { timeouts: { requestTimeout: durationFromMs(requestTimeoutMs) } }),
      });
      return supervisor.apply(store.put(id, create(MetaSchema, { id, revision }), spec));
    },
    until: (app, status) =>
      vi.waitFor(
        () => {
          const { conditions } = app.status;
          const last = Status[conditions.at(-1)?.deploymentStatus ?? 0];
          if (last !== status) throw new Error(`${app.name} is ${last}, not ${status}: ${conditions[0]?.message}`);
          return conditions[0]?.message ?? "";
        },
        { timeout: 15_000, interval: 10 },
      ),
  };
}
