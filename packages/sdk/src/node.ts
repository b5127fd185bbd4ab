/**
 * What Node loads for this package: the names of index.ts, of which those that speak protobuf and call control planes are
 * loaded when one of them is first used. To load them takes several times as long as all else that a declaration needs.
 * It is done by `require`, because some of them answer at once. Bundlers and types take index.ts itself.
 */
import { createRequire } from "node:module";
import { extname } from "node:path";
import type * as Whole from "./index.ts";

export { FlyteWebhookError, renderError } from "@flyte-webhook/core";
export { DeployError } from "./deploy/deploy-error.ts";
export { AppEnvironment } from "./environment/app-environment.ts";
export { Environment } from "./environment/environment.ts";
export { FlyteWebhookAppEnvironment } from "./environment/flyte-webhook-app-environment.ts";
export { DEFAULT_IMAGE, Image } from "./images/image.ts";
export { renderPlan } from "./plan/render-plan.ts";
export { sourceLink } from "./serialize/source-link.ts";
export { toWebhookSpec } from "./serialize/to-webhook-spec.ts";
export { Device } from "./values/device.ts";
export { PodTemplate } from "./values/pod-template.ts";
export { Port } from "./values/port.ts";
export { Secret } from "./values/secret.ts";
export { Subdomain } from "./values/subdomain.ts";
export { VERSION } from "./version.ts";

type Late =
  | "connect"
  | "deploy"
  | "findSourceUrl"
  | "getApp"
  | "init"
  | "initFromApiKey"
  | "initFromConfig"
  | "initInCluster"
  | "listApps"
  | "loadConfig"
  | "plan"
  | "serve"
  | "toApp";

const require = createRequire(import.meta.url);
/** Loaded once; the modules above are the same ones there. */
const whole = (): typeof Whole => require(`./index${extname(import.meta.filename)}`);

function later<Name extends Late>(name: Name): (typeof Whole)[Name] {
  const call = (...given: unknown[]) => (whole()[name] as (...all: unknown[]) => unknown)(...given);
  return call as (typeof Whole)[Name];
}

export const connect = later("connect");
export const deploy = later("deploy");
export const findSourceUrl = later("findSourceUrl");
export const getApp = later("getApp");
export const init = later("init");
export const initFromApiKey = later("initFromApiKey");
export const initFromConfig = later("initFromConfig");
export const initInCluster = later("initInCluster");
export const listApps = later("listApps");
export const loadConfig = later("loadConfig");
export const plan = later("plan");
export const serve = later("serve");
export const toApp = later("toApp");
export const App: typeof Whole.App = { get: getApp, list: listApps };
