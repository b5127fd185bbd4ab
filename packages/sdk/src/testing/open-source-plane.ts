import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { clone, create, equals } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  type App,
  AppSchema,
  type Status as AppStatus,
  type Condition,
  ConditionSchema,
  Spec_DesiredState as Desired,
  type Identifier,
  type Spec,
  SpecSchema,
  Status_DeploymentStatus as Status,
  StatusSchema,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { TailLogsResponseSchema } from "@flyte-webhook/idl/flyteidl2/app/app_logs_payload";
import { AppLogsService } from "@flyte-webhook/idl/flyteidl2/app/app_logs_service";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";

export interface OpenSourcePlaneOptions {
  /** Where its apps answer. */
  readonly publicUrl: string;
  /** Milliseconds from a write until the app is active, as long as its controller is at work on it. Default 300. */
  readonly settleMs?: number;
  /** Milliseconds that an answer of Get is given again. Default 30,000, as there. */
  readonly cacheMs?: number;
  /** Whether it keeps the conditions of earlier deployments, as newer ones do. */
  readonly keepsConditions?: boolean;
  /** Whether an app of this spec fails. */
  readonly fails?: (spec: Spec) => boolean;
}

interface Kept {
  readonly id: Identifier;
  spec: Spec;
  writtenAt: number;
  stopped: boolean;
  /** Conditions of earlier deployments. */
  history: readonly Condition[];
}

function withStatus(app: App | undefined, status: AppStatus | undefined): App {
  const answer = app ? clone(AppSchema, app) : create(AppSchema);
  if (status) answer.status = status;
  return answer;
}

const BUSY =
  'Operation cannot be fulfilled on services.serving.knative.dev "app": the object has been modified; please apply your changes to the latest version and try again';

/**
 * A control plane that behaves as the open-source one does, over real HTTP: no conditions right after Create, `internal`
 * for a write while its controller is at work, Create that takes an app that is there, a Get that lags behind, STOPPED
 * without an address, neither revisions nor labels, streams whose headers come with the first message and that tell apps
 * of the same name in other projects, no service for logging in. Recorded from flyteorg/flyte v2.0.43.
 */
export async function startOpenSourcePlane(options: OpenSourcePlaneOptions) {
  const { publicUrl, settleMs = 300, cacheMs = 30_000 } = options;
  const apps = new Map<string, Kept>();
  const cache = new Map<string, { app: App; until: number }>();
  const calls: string[] = [];
  const keyOf = (id: Identifier | undefined) => `${id?.project}/${id?.domain}/${id?.name}`;
  const conditionsOf = (kept: Kept): Condition[] => {
    const age = performance.now() - kept.writtenAt;
    const at = (...states: readonly (readonly [Status, string])[]) =>
      states.map(([deploymentStatus, message]) => create(ConditionSchema, { deploymentStatus, message }));
    const now = kept.stopped
      ? at([Status.STOPPED, "App scaled to zero"])
      : age < settleMs / 3
        ? []
        : age < settleMs
          ? at([Status.PENDING, "Configuration is not yet ready"], [Status.PENDING, "Service is not yet ready"])
          : options.fails?.(kept.spec)
            ? at(
                [Status.FAILED, "Configuration does not become ready"],
                [Status.FAILED, "Revision failed: exit code 3"],
              )
            : at(
                [Status.ACTIVE, "Configuration is ready"],
                [Status.ACTIVE, "Service is ready"],
                [Status.ACTIVE, "Routes are ready"],
              );
    return options.keepsConditions ? [...kept.history, ...now] : now;
  };
  const appOf = (kept: Kept): App => {
    const conditions = conditionsOf(kept);
    const spec = clone(SpecSchema, kept.spec);
    if (kept.stopped) spec.desiredState = Desired.STOPPED;
    const { project, domain, name } = kept.id;
    return create(AppSchema, {
      metadata: { id: { org: kept.id.org || "flyte", project, domain, name } },
      spec,
      status: create(StatusSchema, {
        conditions,
        ...(!kept.stopped && { ingress: { publicUrl }, createdAt: timestampNow() }),
        currentReplicas: conditions.at(-1)?.deploymentStatus === Status.ACTIVE ? 1 : 0,
      }),
    });
  };
  const find = (id: Identifier | undefined): Kept => {
    const kept = apps.get(keyOf(id));
    if (!kept) throw new ConnectError(`services.serving.knative.dev "${id?.name}" not found`, Code.NotFound);
    return kept;
  };
  const write = (app: App | undefined): void => {
    if (!app?.metadata?.id || !app.spec) throw new ConnectError("app identifier is required", Code.InvalidArgument);
    const key = keyOf(app.metadata.id);
    const before = apps.get(key);
    const stopped = app.spec.desiredState === Desired.STOPPED;
    // An equal spec is not written at all, unless it starts what is stopped.
    if (before && !stopped && !before.stopped && equals(SpecSchema, before.spec, app.spec)) return;
    if (before && performance.now() - before.writtenAt < settleMs) throw new ConnectError(BUSY, Code.Internal);
    apps.set(key, {
      id: app.metadata.id,
      // Stopping changes nothing else.
      spec: stopped && before ? before.spec : clone(SpecSchema, app.spec),
      writtenAt: performance.now(),
      stopped,
      history: before ? conditionsOf(before) : [],
    });
    cache.delete(key);
  };
  const adapter = connectNodeAdapter({
    routes: ({ service }) => {
      service(AppService, {
        create({ app }) {
          calls.push("create");
          write(app);
          // The answer is the app as it was sent, with an address and nothing else for its status.
          return { app: withStatus(app, create(StatusSchema, { ingress: { publicUrl } })) };
        },
        update({ app }) {
          calls.push("update");
          const kept = find(app?.metadata?.id);
          write(app);
          return { app: withStatus(app, appOf(apps.get(keyOf(kept.id)) ?? kept).status) };
        },
        get({ identifier }) {
          calls.push("get");
          const id = identifier.case === "appId" ? identifier.value : undefined;
          const cached = cache.get(keyOf(id));
          if (cached && cached.until > performance.now()) return { app: cached.app };
          const app = appOf(find(id));
          cache.set(keyOf(id), { app, until: performance.now() + cacheMs });
          return { app };
        },
        delete({ appId }) {
          calls.push("delete");
          apps.delete(keyOf(appId));
          cache.delete(keyOf(appId));
          return {};
        },
        list({ filterBy }) {
          if (filterBy.case !== "project") throw new ConnectError("only project", Code.Unimplemented);
          return { apps: [...apps.values()].map(appOf), token: "" };
        },
        async *watch({ target }, { signal }) {
          calls.push("watch");
          const id = target.case === "appId" ? target.value : undefined;
          let told: App | undefined;
          while (!signal.aborted) {
            const kept = apps.get(keyOf(id));
            const app = kept && appOf(kept);
            const isNews =
              app && (!told || app.status?.conditions.at(-1)?.message !== told.status?.conditions.at(-1)?.message);
            if (app && isNews) {
              const elsewhere = clone(AppSchema, app);
              if (elsewhere.metadata?.id) elsewhere.metadata.id.project = "another";
              yield { event: { case: "createEvent" as const, value: { app: elsewhere } } };
              yield told
                ? { event: { case: "updateEvent" as const, value: { updatedApp: app, oldApp: told } } }
                : { event: { case: "createEvent" as const, value: { app } } };
              told = app;
            }
            await sleep(20);
          }
        },
      });
      service(AppLogsService, {
        async *tailLogs({ target }) {
          const id = target.case === "appId" ? target.value : undefined;
          const kept = apps.get(keyOf(id));
          if (!kept || kept.stopped) throw new ConnectError("no replicas found", Code.NotFound);
          yield create(TailLogsResponseSchema, { resp: { case: "replicas", value: {} } });
          const logs = [{ structuredLines: [{ message: "listening" }] }];
          yield create(TailLogsResponseSchema, { resp: { case: "batches", value: { logs } } });
        },
      });
    },
    fallback: (_, response) => {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
      response.end("404 page not found\n");
    },
  });
  const server = createServer(adapter);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
