import type { ControlPlane } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { App as AppMessage } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import type { AppEnvironment } from "../environment/app-environment.ts";
import type { BuilderName } from "../images/builders.ts";
import { buildImages } from "../images/resolve-images.ts";
import { toApp } from "../serialize/to-app.ts";
import { type App, createApp } from "./app.ts";
import { deploymentOrder, type Ordered } from "./deployment-order.ts";
import type { OnDeployEvent } from "./events.ts";
import { currentControlPlane } from "./init.ts";
import { type PutApp, putApp } from "./put-app.ts";
import { findSourceUrl } from "./source-url.ts";

export interface DeployOptions {
  /** Default: that of `init` or `initFromConfig`, else the one that the environment or a config file names. */
  readonly controlPlane?: ControlPlane | undefined;
  /** Where to; default: the control plane's configured project and domain. */
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
  /** Environment variables beside (and over) those of the declaration, not of what it depends on. */
  readonly envVars?: Readonly<Record<string, string>> | undefined;
  /**
   * Who builds the images that have to be built: the platform (`remote`), a program of this machine, or the first that is
   * there of docker (with buildx), podman and buildah (`local`). Default: what the config says, else `local`.
   */
  readonly builder?: BuilderName | "local" | "remote" | undefined;
  readonly onEvent?: OnDeployEvent | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a deployment, with what is needed to follow it. */
export interface Submitted extends PutApp {
  readonly environment: AppEnvironment;
  /** The app as it was declared. */
  readonly message: AppMessage;
  readonly plane: ControlPlane;
}

/**
 * Deploys an app, or several, and before them what they depend on; returns when the control plane has taken them, not
 * when they serve. What does not depend on each other is deployed side by side; an app that is there already in the same
 * form is not written. When one fails, what depends on it is not begun, and the error says what was deployed. Throws
 * `invalid_config` without a control plane, `invalid_declaration` for what shows only in its place (a cycle, two of one
 * name), and the control plane's refusals by their own codes (`unauthenticated`, `permission_denied`, `unavailable`, …).
 */
export async function deploy(environment: AppEnvironment, options?: DeployOptions): Promise<App>;
export async function deploy(environments: readonly AppEnvironment[], options?: DeployOptions): Promise<App[]>;
export async function deploy(declared: AppEnvironment | readonly AppEnvironment[], options: DeployOptions = {}) {
  const environments = listed(declared);
  const submitted = await submit(environments, options);
  const apps = submitted.map(({ plane, app }) => createApp(plane, app));
  return Array.isArray(declared) ? apps : apps[0];
}

export const listed = (declared: AppEnvironment | readonly AppEnvironment[]): readonly AppEnvironment[] =>
  Array.isArray(declared) ? declared : [declared as AppEnvironment];

/** One app of a deployment before anything is called. */
export interface PreparedApp extends Ordered {
  /** The declaration as it was given, which others name as their dependency. */
  readonly given: AppEnvironment;
  readonly message: AppMessage;
}

/** A deployment before anything is called: each app as it is to be, in an order of deployment. */
export interface Prepared {
  readonly plane: ControlPlane;
  readonly apps: readonly PreparedApp[];
}

/** Turns declarations into apps of their place. Throws `invalid_config` and `invalid_declaration`; calls nothing. */
export function prepare(environments: readonly AppEnvironment[], options: DeployOptions): Prepared {
  const plane = options.controlPlane ?? currentControlPlane();
  const { scope, consoleUrl } = plane.connection;
  const project = options.project ?? scope.project;
  const domain = options.domain ?? scope.domain;
  const context = { org: scope.org, project, domain, consoleUrl, imageRefs: plane.imageRefs };
  const apps = deploymentOrder(environments).map(({ environment: given, after }) => {
    const environment = environments.includes(given) ? withEnvVars(given, options.envVars) : given;
    return { given, environment, after, message: toApp(environment, context) };
  });
  return { plane, apps };
}

/** As {@link deploy}, for whoever goes on from there: what became of the given ones, in their order. */
export async function submit(environments: readonly AppEnvironment[], options: DeployOptions): Promise<Submitted[]> {
  const { plane, apps } = prepare(environments, options);
  await buildImages(plane, apps, options);
  let source: Promise<string | undefined> | undefined;
  const sourceUrl = () => {
    source ??= findSourceUrl(process.cwd());
    return source;
  };
  const begun = new Map<AppEnvironment, Promise<Submitted | undefined>>();
  let failed: unknown;
  for (const { given, environment, after, message } of apps) {
    const one = async (): Promise<Submitted | undefined> => {
      const before = await Promise.all(after.map((dependency) => begun.get(dependency)));
      // What it depends on failed, or another did in the meantime: nothing more is begun.
      if (before.includes(undefined) || failed !== undefined) return undefined;
      try {
        const put = await putApp(plane, message, { signal: options.signal }, sourceUrl);
        options.onEvent?.({ type: "submitted", name: environment.name, change: put.change });
        return { ...put, environment, message, plane };
      } catch (cause) {
        failed ??= refusal(environment, cause);
        return undefined;
      }
    };
    begun.set(given, one());
  }
  const done = await Promise.all(apps.map(({ given }) => begun.get(given)));
  if (failed !== undefined) throw withState(failed as FlyteWebhookError, apps, done);
  return environments.map((given) => done[apps.findIndex((one) => one.given === given)] as Submitted);
}

function refusal({ name }: AppEnvironment, cause: unknown): FlyteWebhookError {
  const { code, message, hint } = FlyteWebhookError.from(cause);
  return new FlyteWebhookError(code, `"${name}" cannot be deployed: ${message}`, {
    cause,
    ...(hint !== undefined && { hint }),
  });
}

/** The failure of a deployment of several, with what became of the others. */
function withState(
  failed: FlyteWebhookError,
  apps: Prepared["apps"],
  done: readonly (Submitted | undefined)[],
): FlyteWebhookError {
  if (apps.length === 1) return failed;
  const deployed = done.flatMap((one) => (one ? [`"${one.environment.name}" (${one.change})`] : []));
  const open = apps.filter((_, index) => !done[index]).map(({ given }) => `"${given.name}"`);
  const state = `Deployed: ${deployed.join(", ") || "none"}. Not deployed: ${open.join(", ")}.`;
  return new FlyteWebhookError(failed.code, `${failed.message}\n${state}`, {
    cause: failed.cause,
    ...(failed.hint !== undefined && { hint: failed.hint }),
  });
}

function withEnvVars(environment: AppEnvironment, envVars: DeployOptions["envVars"]): AppEnvironment {
  if (envVars === undefined) return environment;
  const merged = { ...Object.fromEntries(environment.resolved.envVars ?? []), ...envVars };
  return environment.cloneWith({ name: environment.name, envVars: merged });
}
