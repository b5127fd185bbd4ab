import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { create } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { ProjectSchema } from "@flyte-webhook/idl/flyteidl2/project/project_service";
import { appRedirect } from "./apps/app-redirect.ts";
import type { AppUrls } from "./apps/app-urls.ts";
import { AppSupervisor } from "./apps/supervisor.ts";
import { consolePage } from "./console/console-page.ts";
import type { DevboxContext } from "./context.ts";
import { DevboxEvents } from "./events.ts";
import type { FaultSource } from "./faults/faults.ts";
import { hasImageBuilder, type ImageBuilderChoice } from "./images/image-builder.ts";
import { IMAGE_TASK, imageTaskSpec } from "./images/image-task.ts";
import { apiKeyRoute } from "./login/api-key-route.ts";
import { ApiKeyService } from "./login/api-key-service.ts";
import { BrowserLogins } from "./login/browser-login.ts";
import { oauthRoute } from "./login/oauth-route.ts";
import { loginKeys } from "./login/signing-key.ts";
import { Retention, type RetentionOptions, type RetentionTimes } from "./retention/retention.ts";
import { sweepSecretFiles } from "./secrets/secret-files.ts";
import { type AuthMode, authenticator } from "./server/authenticate.ts";
import { DEFAULT_PROJECT, writeConfigFile } from "./server/config-file.ts";
import { healthRoute } from "./server/health-route.ts";
import { hostGuard } from "./server/host-guard.ts";
import { type HttpServer, listen, type PlainRoute, requestListener } from "./server/http-server.ts";
import { rpcListener } from "./server/rpc-listener.ts";
import { signedRoute } from "./server/signed-route.ts";
import { registerActionsService } from "./services/actions.ts";
import { registerAppService } from "./services/app.ts";
import { registerCacheService } from "./services/cache.ts";
import { registerClusterService } from "./services/cluster.ts";
import { registerDataProxyService } from "./services/data-proxy.ts";
import { noOauthRoute, registerIdentityServices } from "./services/identity.ts";
import { registerImageService } from "./services/image.ts";
import { registerProjectService } from "./services/project.ts";
import { registerRunService } from "./services/run.ts";
import { registerSecretService } from "./services/secret.ts";
import { registerSettingsService } from "./services/settings.ts";
import { registerSignalEvent } from "./services/signal-event.ts";
import { registerTaskService } from "./services/task.ts";
import { registerTranslatorService } from "./services/translator.ts";
import { registerTriggerService } from "./services/trigger.ts";
import { actionQueue } from "./store/action-queue.ts";
import { actions } from "./store/actions.ts";
import { apiKeys } from "./store/api-keys.ts";
import { AppStore } from "./store/apps.ts";
import { attempts } from "./store/attempts.ts";
import { CacheEntries } from "./store/cache-entries.ts";
import { type Database, openDatabase } from "./store/database.ts";
import { lockDirectory } from "./store/directory-lock.ts";
import { MIGRATIONS } from "./store/migrations.ts";
import { OAuthRecords } from "./store/oauth-records.ts";
import { outputCache } from "./store/output-cache.ts";
import { projects } from "./store/projects.ts";
import { runLabels } from "./store/run-labels.ts";
import { SecretStore } from "./store/secrets.ts";
import { SettingsStore } from "./store/settings.ts";
import { tasks } from "./store/tasks.ts";
import { TriggerStore } from "./store/triggers.ts";
import { uploadSecret } from "./store/upload-secret.ts";
import { Executor } from "./tasks/executor.ts";
import { searchPath } from "./tasks/search-path.ts";
import type { TaskLimits } from "./tasks/task-limits.ts";
import { tlsIdentity } from "./tls/tls-identity.ts";
import { type MissedFirings, TriggerScheduler } from "./triggers/scheduler.ts";

export const DEFAULT_PORT = 30080;
/** A certificate is good for months; what runs for longer gets a new one in time. */
const RENEWAL_CHECK_MS = 86_400_000;

export interface DevboxOptions {
  /** Where everything is kept: database, config.yaml, uploads, runs. Made when it is not there. */
  dir: string;
  /** Port on 127.0.0.1; 0 takes any free one. Default 30080. */
  port?: number;
  /** The Python of tasks and apps (an executable or a virtual environment); else `VIRTUAL_ENV`, else what is on `PATH`. */
  python?: string | undefined;
  /** Task processes that run at the same time; the others wait. Default: four for each core, and more while they idle. */
  maxTasks?: number;
  /** What an attempt of a task may take of the machine before it is ended. */
  taskLimits?: Partial<TaskLimits>;
  /**
   * What becomes of firings of triggers that were missed while the devbox was down or the machine slept: `latest`, the
   * default, makes up for the newest one of each trigger, `all` for each one, as a real plane does, `none` for none.
   */
  missedFirings?: MissedFirings | undefined;
  /**
   * What callers have to show. `local`, the default: nothing, as only processes of this machine reach the devbox; an API
   * key that is shown must be good. `oauth`: an API key, or a login in the browser, by a device's code or with client
   * credentials. `none`: nothing, and what is shown is not looked at: everyone is the local user.
   */
  auth?: AuthMode | undefined;
  /**
   * Public addresses of apps: `port`, the default, is `http://127.0.0.1:PORT`; `name` is
   * `http://NAME-PROJECT-DOMAIN.localhost:PORT`, which browsers and curl resolve everywhere (RFC 6761), Node and Python
   * only where the system does; cookies of apps are kept apart by it.
   */
  appUrls?: AppUrls | undefined;
  /**
   * Who builds images: `auto`, the default, is the first of docker (with buildx), podman and buildah that answers. With
   * `none`, and without any of them, ImageService is `unimplemented`, as on an open-source plane.
   */
  imageBuilder?: ImageBuilderChoice | undefined;
  /** How much is kept, and for how long. Default: all of it, for ever. What is still needed is kept in any case. */
  retention?: RetentionOptions | undefined;
  /** Gets one line for each thing worth telling; default: nothing is told. */
  log?: (line: string) => void;
}

export interface Devbox {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** `https://127.0.0.1:PORT`: the same port speaks TLS to who begins with it. */
  readonly tlsEndpoint: string;
  /** Path of the certificate authority that vouches for {@link tlsEndpoint}: `DIR/tls/ca.pem`. */
  readonly caFile: string;
  /** Path of the configuration file for clients, `DIR/config.yaml`. */
  readonly config: string;
  /** The admin's. */
  readonly apiKey: string;
  readonly apiKeys: ApiKeyService;
  /** URL of the page for people. */
  readonly console: string;
  /** Stops serving and ends every process that was started; what is queued goes on at the next start. */
  close(): Promise<void>;
}

/**
 * Starts a Flyte control plane in this process, on 127.0.0.1 alone. Resolves when it serves.
 * Throws `invalid_config` when the port or the directory is in use, or the Python is not there.
 */
export function startDevbox(options: DevboxOptions): Promise<Devbox> {
  return startDevboxWith(options, {});
}

/** What tests change of a devbox. */
export interface DevboxInternals {
  /** Instead of `DIR/devbox.db`; `:memory:` for none. */
  readonly database?: string;
  /** Around every call, the first one outermost. */
  readonly interceptors?: readonly Interceptor[];
  readonly faults?: FaultSource;
  readonly retentionTimes?: Partial<RetentionTimes>;
}

/** As {@link startDevbox}, with changes for tests. */
export async function startDevboxWith(options: DevboxOptions, internals: DevboxInternals): Promise<Devbox> {
  const dir = resolve(options.dir);
  const path = searchPath(options.python);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(dir);
  let server: HttpServer | undefined;
  let db: Database | undefined;
  try {
    db = openDatabase(internals.database ?? join(dir, "devbox.db"), MIGRATIONS);
    server = await listen(options.port ?? DEFAULT_PORT);
    return serve({ dir, db, server, path, lock, options, internals });
  } catch (error) {
    await server?.close();
    db?.close();
    lock.release();
    throw error;
  }
}

interface Parts {
  readonly dir: string;
  readonly db: Database;
  readonly server: HttpServer;
  readonly path: string;
  readonly lock: { release: () => void };
  readonly options: DevboxOptions;
  readonly internals: DevboxInternals;
}

/** Nothing here waits, so no request can come before it is done. */
function serve({ dir, db, server, path, lock, options, internals }: Parts): Devbox {
  const closing = new AbortController();
  const endpoint = `http://127.0.0.1:${server.port}`;
  const log = options.log ?? (() => {});
  let tls = tlsIdentity(dir);
  const context: DevboxContext = {
    dir,
    endpoint,
    trustFile: tls.trustFile,
    db,
    events: new DevboxEvents(),
    secrets: new SecretStore(db),
    searchPath: path,
    log,
    closing: closing.signal,
    ...(internals.faults && { faults: internals.faults }),
  };
  const stores = {
    projects: projects(db),
    tasks: tasks(db),
    actions: actions(db),
    attempts: attempts(db),
    cache: outputCache(db),
    labels: runLabels(db),
    queue: actionQueue(db),
    triggers: new TriggerStore(db),
  };
  const keys = apiKeys(db);
  const records = new OAuthRecords(db);
  const logins = new BrowserLogins();
  const mode = options.auth ?? "local";
  const authenticate = authenticator(mode, { keys, records, logins });
  const keyService = new ApiKeyService(keys, records, new URL(endpoint).host);
  const secret = uploadSecret(db);
  const config = join(dir, "config.yaml");
  const apiKey = writeConfigFile(config, server.port, keys);
  stores.projects.create(create(ProjectSchema, { id: DEFAULT_PROJECT, name: DEFAULT_PROJECT }));
  const executor = new Executor(context, stores, {
    maxTasks: options.maxTasks,
    limits: options.taskLimits,
  });
  const scheduler = new TriggerScheduler(context, stores, {
    missed: options.missedFirings,
    onRun: () => executor.wake(),
  });

  const imageBuilder = options.imageBuilder ?? "auto";
  const buildsImages = hasImageBuilder(imageBuilder, path);
  if (buildsImages) {
    const task = { ...IMAGE_TASK, environment: "system", short_description: "builds images" };
    stores.tasks.deploy(task, imageTaskSpec(imageBuilder));
  }

  const apps = new AppStore(db);
  const supervisor = new AppSupervisor(context, apps, { urls: options.appUrls });

  const plainRoutes: PlainRoute[] = [
    healthRoute,
    ...(mode === "oauth"
      ? [oauthRoute({ keys, records, loginKeys: loginKeys(dir), log }), logins.route]
      : [noOauthRoute]),
    apiKeyRoute(keyService, authenticate),
    signedRoute(dir, secret),
    appRedirect(supervisor),
    mode === "oauth" ? logins.guarded(consolePage(db, apps, supervisor)) : consolePage(db, apps, supervisor),
  ];
  const rpcs = rpcListener({
    routes: (router) => {
      registerIdentityServices(router, mode);
      registerProjectService(router, stores.projects);
      registerTaskService(router, stores, context);
      registerTriggerService(router, stores, context);
      registerSecretService(router, context.secrets);
      registerSettingsService(router, new SettingsStore(db));
      registerTranslatorService(router);
      registerRunService(router, stores, executor, context);
      registerActionsService(router, stores.actions, executor, context);
      registerSignalEvent(router, stores.actions, executor);
      registerDataProxyService(router, stores, secret, context);
      registerClusterService(router);
      registerCacheService(router, new CacheEntries(db));
      if (buildsImages) registerImageService(router, imageBuilder, path);
      registerAppService(router, context, apps, supervisor);
    },
    authenticate,
    interceptors: internals.interceptors,
    shutdownSignal: closing.signal,
    dir,
    log,
  });
  server.serve(requestListener(hostGuard, plainRoutes, rpcs, log), tls);
  const renewal = setInterval(() => {
    if (Date.now() < tls.renewAt) return;
    tls = tlsIdentity(dir);
    server.renew(tls);
  }, RENEWAL_CHECK_MS).unref();
  const retention = new Retention(context, options.retention, internals.retentionTimes);
  retention.start();
  sweepSecretFiles(dir, stores.attempts.open());
  executor.start();
  void supervisor.start();
  scheduler.start();

  let closed: Promise<void> | undefined;
  const close = async () => {
    clearInterval(renewal);
    scheduler.close();
    await Promise.all([executor.close(), supervisor.close(), retention.close()]);
    closing.abort();
    await server.close();
    db.close();
    lock.release();
  };
  return {
    endpoint,
    tlsEndpoint: `https://127.0.0.1:${server.port}`,
    caFile: tls.caFile,
    config,
    apiKey,
    apiKeys: keyService,
    console: `${endpoint}/`,
    close: () => (closed ??= close()),
  };
}
