import { clone, create, equals } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  type App,
  AppSchema,
  Spec_DesiredState as DesiredState,
  type Identifier,
  MetaSchema,
  SpecSchema,
  type Status,
  StatusSchema,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppLogsService } from "@flyte-webhook/idl/flyteidl2/app/app_logs_service";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { type AppId, appKey, checkAppId } from "../apps/app-id.ts";
import { followLog } from "../apps/app-log.ts";
import { readLaunch } from "../apps/launch.ts";
import { type AppSupervisor, unknownApp } from "../apps/supervisor.ts";
import type { DevboxContext } from "../context.ts";
import type { AppChange } from "../events.ts";
import { rpcError } from "../rpc-error.ts";
import type { AppRow, AppStore } from "../store/apps.ts";
import { microsOf } from "../store/time.ts";

/** What the open-source plane answers for an app whose client sent no organisation. */
const DEFAULT_ORG = "flyte";
const MAX_PAGE = 200;

export function registerAppService(
  router: ConnectRouter,
  context: DevboxContext,
  store: AppStore,
  supervisor: AppSupervisor,
): void {
  const appOf = (row: AppRow, client: Headers): App => {
    const metadata = clone(MetaSchema, row.metadata);
    if (metadata.id && metadata.id.org === "") metadata.id.org = DEFAULT_ORG;
    // A real plane tells no revision. Here it is counted, and told to our own clients, which refuse to overwrite what they
    // have not read, and once any client has sent one.
    if (!row.revisionSent && !isOurs(client)) metadata.revision = 0n;
    return create(AppSchema, {
      metadata,
      spec: row.spec,
      status: statusOf(row),
    });
  };
  const statusOf = ({ id }: AppRow): Status => supervisor.get(id)?.status ?? create(StatusSchema);
  const known = (id: Identifier | undefined): AppRow => {
    const key = keyOf(id);
    const row = store.get(key);
    if (!row) throw rpcError.notFound(unknownApp(key).message);
    return row;
  };

  /** Writes and starts an app; the revision counts the specs it has had. Resolves with its present status. */
  const write = async (app: App | undefined): Promise<Status> => {
    if (!app?.spec) throw rpcError.invalidArgument("the app has no spec");
    const id = keyOf(app.metadata?.id);
    checkAppId(id);
    if (app.spec.desiredState !== DesiredState.STOPPED) readLaunch(app.spec);
    const before = store.get(id);
    const sent = app.metadata?.revision ?? 0n;
    if (before && sent !== 0n && sent !== before.metadata.revision) {
      throw new ConnectError(`revision ${sent} is not the present one, ${before.metadata.revision}`, Code.Aborted);
    }
    const changed = !before || !equals(SpecSchema, before.spec, app.spec);
    const metadata = clone(MetaSchema, app.metadata ?? create(MetaSchema));
    metadata.revision = (before?.metadata.revision ?? 0n) + (changed ? 1n : 0n);
    const row = store.put(id, metadata, app.spec, sent !== 0n);
    // A new app is told of before anything is known of it, so that whoever watches sees all that becomes of it.
    if (!before) context.events.emit("app", { kind: "created", ...id });
    await supervisor.apply(row);
    if (before) context.events.emit("app", { kind: "updated", ...id });
    return statusOf(store.get(id) ?? row);
  };

  router.service(AppService, {
    // The app as it was sent, and of its status only where it will be: nothing is known of the rest yet.
    create: async ({ app }) => {
      const status = await write(app);
      const { ingress } = status;
      return { app: { ...app, status: ingress ? create(StatusSchema, { ingress }) : status } };
    },
    get: ({ identifier }, { requestHeader }) => {
      if (identifier.case !== "appId") throw rpcError.invalidArgument("app_id is required");
      return { app: appOf(known(identifier.value), requestHeader) };
    },
    update: async ({ app }) => {
      keyOf(app?.metadata?.id);
      // The code that a real plane answers a missing payload with, here alone.
      if (app?.spec?.desiredState !== DesiredState.STOPPED && app?.spec?.appPayload.case === undefined) {
        throw rpcError.internal("the app's spec has no payload: a container or a pod");
      }
      const row = known(app.metadata?.id);
      // Stopping needs no payload: the stored spec goes on with another desired state.
      if (app?.spec?.desiredState === DesiredState.STOPPED) {
        const stopped = clone(AppSchema, app);
        stopped.spec = clone(SpecSchema, row.spec);
        stopped.spec.desiredState = DesiredState.STOPPED;
        return { app: { ...stopped, status: await write(stopped) } };
      }
      return { app: { ...app, status: await write(app) } };
    },
    delete: async ({ appId }) => {
      const id = keyOf(appId);
      if (store.get(id)) {
        await supervisor.delete(id);
        store.delete(id);
        context.events.emit("app", { kind: "deleted", ...id });
      }
      return {};
    },
    list: ({ request, filterBy }, { requestHeader }) => {
      const scope =
        filterBy.case === "project"
          ? { project: filterBy.value.name, domain: filterBy.value.domain }
          : { project: "", domain: "" };
      if (filterBy.case === "clusterId") throw rpcError.unimplemented("apps are not listed by cluster");
      const token = request?.token ?? "";
      if (!/^\d{0,15}$/.test(token)) throw rpcError.invalidArgument(`invalid token: ${JSON.stringify(token)}`);
      const limit = Math.min(request?.limit ?? 0, MAX_PAGE);
      const offset = Number(token);
      const rows = store.list(scope, limit === 0 ? 0 : limit + 1, offset);
      const more = limit > 0 && rows.length > limit;
      const apps = (more ? rows.slice(0, limit) : rows).map((row) => appOf(row, requestHeader));
      return { apps, token: more ? String(offset + limit) : "" };
    },
    async *watch({ target }, { signal, requestHeader }) {
      if (target.case === "clusterId") throw rpcError.unimplemented("apps are not watched by cluster");
      const matches = (id: AppId): boolean => {
        if (target.case === "appId") return appKey(keyOf(target.value)) === appKey(id);
        if (target.case !== "project") return true;
        return target.value.name === id.project && (target.value.domain === "" || target.value.domain === id.domain);
      };
      const changes = appChanges(context, signal, matches);
      const last = new Map<string, App>();
      for (const row of store.list({ project: "", domain: "" })) {
        if (!matches(row.id)) continue;
        const app = appOf(row, requestHeader);
        last.set(appKey(row.id), app);
        yield { event: { case: "createEvent" as const, value: { app } } };
        if (target.case === "appId" && hasJustChanged(app)) {
          yield { event: { case: "updateEvent" as const, value: { updatedApp: app } } };
        }
      }
      for await (const change of changes) {
        const row = store.get(change);
        const before = last.get(appKey(change));
        if (!row) {
          last.delete(appKey(change));
          if (before) yield { event: { case: "deleteEvent" as const, value: { app: before } } };
          continue;
        }
        const app = appOf(row, requestHeader);
        last.set(appKey(change), app);
        if (!before) yield { event: { case: "createEvent" as const, value: { app } } };
        else if (!equals(AppSchema, before, app))
          yield { event: { case: "updateEvent" as const, value: { updatedApp: app, oldApp: before } } };
      }
    },
  });

  router.service(AppLogsService, {
    async *tailLogs({ target }, { signal }) {
      const id = keyOf(target.case === "appId" ? target.value : target.value?.appId);
      const app = supervisor.get(id);
      const file = app?.logFile;
      if (!app || !file) throw rpcError.notFound("no replicas found");
      const replica = { appId: { ...id, org: DEFAULT_ORG }, name: `${id.name}-${app.row.metadata.revision}` };
      yield { resp: { case: "replicas" as const, value: { replicas: [replica] } } };
      for await (const lines of followLog(file, () => app.logFile === file, signal)) {
        const structuredLines = lines.map((message) => ({ message }));
        yield { resp: { case: "batches" as const, value: { logs: [{ replicaId: replica, structuredLines }] } } };
      }
    },
  });
}

/** Whether a client of this project asks: its SDK, its command or a webhook. */
function isOurs(client: Headers): boolean {
  return client.get("user-agent")?.startsWith("flyte-webhook") ?? false;
}

/** Milliseconds. */
const JUST_CHANGED_MS = 5_000;

/**
 * Flyte's Python deploys an app, then watches it, and looks at updates alone. A real plane is never ready by then; here
 * an app may be, and the update that says so has been told already.
 */
function hasJustChanged({ status }: App): boolean {
  const changed = status?.conditions.at(-1)?.lastTransitionTime;
  return changed !== undefined && Date.now() - microsOf(changed) / 1000 < JUST_CHANGED_MS;
}

function keyOf(id: Identifier | undefined): AppId {
  if (!id?.name) throw rpcError.invalidArgument("the name of the app is required");
  return { project: id.project, domain: id.domain, name: id.name };
}

/** Changes of apps from the moment of the call on; one that comes while the caller is busy waits, once for each app. */
function appChanges(
  { events }: DevboxContext,
  signal: AbortSignal,
  matches: (id: AppId) => boolean,
): AsyncIterable<AppChange> {
  const pending = new Map<string, AppChange>();
  let wake = () => {};
  const listener = (change: AppChange) => {
    if (!matches(change)) return;
    pending.set(appKey(change), change);
    wake();
  };
  const end = () => {
    events.off("app", listener);
    wake();
  };
  events.on("app", listener);
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return {
    async *[Symbol.asyncIterator]() {
      try {
        while (!signal.aborted) {
          const next = pending.entries().next();
          if (next.done) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            continue;
          }
          pending.delete(next.value[0]);
          yield next.value[1];
        }
      } finally {
        end();
      }
    },
  };
}
