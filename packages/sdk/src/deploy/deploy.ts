import type { ControlPlane } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { App as AppMessage } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppEnvironment } from "../environment/app-environment.ts";
import type { Environment } from "../environment/environment.ts";
import type { BuilderName } from "../images/builders.ts";
import { toApp } from "../serialize/to-app.ts";
import { type App, createApp } from "./app.ts";
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
  /** Environment variables beside (and over) those of the declaration. */
  readonly envVars?: Readonly<Record<string, string>> | undefined;
  /** Who builds the images that have to be built. Default: the first of docker (with buildx), podman and buildah. */
  readonly builder?: BuilderName | undefined;
  readonly onEvent?: OnDeployEvent | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a deployment, with what is needed to follow it. */
export interface Submitted extends PutApp {
  readonly environment: AppEnvironment;
  readonly plane: ControlPlane;
}

/**
 * Deploys an app and, before it, what it depends on; returns when the control plane has taken it, not when it serves.
 * Throws `invalid_config` without a control plane, `invalid_declaration` for what shows only in its place, and the
 * control plane's refusals by their own codes (`unauthenticated`, `permission_denied`, `unavailable`, …).
 */
export async function deploy(environment: AppEnvironment, options: DeployOptions = {}): Promise<App> {
  const { plane, app } = await submit(environment, options);
  return createApp(plane, app);
}

/** A deployment before anything is called: each app as it is to be, in the order of deployment. */
export interface Prepared {
  readonly plane: ControlPlane;
  readonly apps: readonly { readonly environment: AppEnvironment; readonly message: AppMessage }[];
}

/** Turns declarations into apps of their place. Throws `invalid_config` and `invalid_declaration`; calls nothing. */
export async function prepare(environment: AppEnvironment, options: DeployOptions): Promise<Prepared> {
  const plane = options.controlPlane ?? currentControlPlane();
  const { scope, consoleUrl } = plane.connection;
  const sourceUrl = await findSourceUrl(process.cwd());
  const context = {
    org: scope.org,
    project: options.project ?? scope.project,
    domain: options.domain ?? scope.domain,
    consoleUrl,
    sourceUrl,
  };
  const apps = inOrder(environment).map((one) => {
    const declared = one === environment ? withEnvVars(environment, options.envVars) : one;
    return { environment: declared, message: toApp(declared, context) };
  });
  return { plane, apps };
}

/** As {@link deploy}, for whoever goes on from there. */
export async function submit(environment: AppEnvironment, options: DeployOptions): Promise<Submitted> {
  const { plane, apps } = await prepare(environment, options);
  await buildImages(apps, options);
  let last: Submitted | undefined;
  for (const { environment: declared, message } of apps) {
    const put = await putApp(plane, message, { signal: options.signal }).catch((cause: unknown) => {
      const { code, message: reason, hint } = FlyteWebhookError.from(cause);
      throw new FlyteWebhookError(code, `"${declared.name}" cannot be deployed: ${reason}`, {
        cause,
        ...(hint !== undefined && { hint }),
      });
    });
    options.onEvent?.({ type: "submitted", name: declared.name, change: put.change });
    last = { ...put, environment: declared, plane };
  }
  return last as Submitted;
}

/** Before anything is deployed: without its image an app would only fail. Each image once. */
async function buildImages(apps: Prepared["apps"], { builder, onEvent, signal }: DeployOptions): Promise<void> {
  const images = new Map(
    apps.flatMap(({ environment: { builtImage, resolved } }) =>
      builtImage ? [[resolved.image, builtImage] as const] : [],
    ),
  );
  if (images.size === 0) return;
  const { buildImage } = await import("../images/build-image.ts");
  for (const [reference, image] of images) {
    const onLine = (line: string) => onEvent?.({ type: "building", image: reference, line });
    const change = await buildImage(image, { builder, onLine, signal });
    onEvent?.({ type: "image", image: reference, change });
  }
}

function withEnvVars(environment: AppEnvironment, envVars: DeployOptions["envVars"]): AppEnvironment {
  if (envVars === undefined) return environment;
  const merged = { ...Object.fromEntries(environment.resolved.envVars ?? []), ...envVars };
  return environment.cloneWith({ name: environment.name, envVars: merged });
}

/** The app after everything it depends on, each once. Throws `invalid_declaration` for two of the same name. */
function inOrder(environment: AppEnvironment): AppEnvironment[] {
  const seen = new Map<string, Environment>();
  const order: AppEnvironment[] = [];
  const visit = (one: Environment): void => {
    const known = seen.get(one.name);
    if (known === one) return;
    if (known !== undefined) {
      throw new FlyteWebhookError(
        "invalid_declaration",
        `dependsOn: two different environments are named "${one.name}"; one would replace the other`,
      );
    }
    seen.set(one.name, one);
    for (const dependency of one.dependsOn) visit(dependency);
    if (one instanceof AppEnvironment) order.push(one);
  };
  visit(environment);
  return order;
}
