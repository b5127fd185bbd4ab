// For users.
export { type ControlPlane, loadConfig } from "@flyte-webhook/client";
export { type EndpointGroup, type EndpointId, FlyteWebhookError, renderError } from "@flyte-webhook/core";
export { type App, getApp, type SwitchOptions } from "./deploy/app.ts";
export { type DeployOptions, deploy } from "./deploy/deploy.ts";
export type { DeployEvent } from "./deploy/events.ts";
export { init, initFromConfig } from "./deploy/init.ts";
export { type ServeOptions, serve } from "./deploy/serve.ts";
// For the packages beside this one.
export { findSourceUrl } from "./deploy/source-url.ts";
export { AppEnvironment, type AppEnvironmentOptions } from "./environment/app-environment.ts";
export { Environment, type EnvironmentOptions } from "./environment/environment.ts";
export {
  FlyteWebhookAppEnvironment,
  type FlyteWebhookAppEnvironmentOptions,
} from "./environment/flyte-webhook-app-environment.ts";
export type { AppContext } from "./serialize/app-context.ts";
export { sourceLink } from "./serialize/source-link.ts";
export { toApp } from "./serialize/to-app.ts";
export { toWebhookSpec } from "./serialize/to-webhook-spec.ts";
export { Device, type DeviceOptions, type GpuOption } from "./values/device.ts";
export type { DomainOptions } from "./values/domain.ts";
export type { DurationOption } from "./values/duration.ts";
export { DEFAULT_IMAGE } from "./values/image.ts";
export type { LinkOptions } from "./values/link.ts";
export { PodTemplate, type PodTemplateOptions } from "./values/pod-template.ts";
export { Port, type PortOptions } from "./values/port.ts";
export type { ResourcesOptions } from "./values/resources.ts";
export type { ScalingOptions } from "./values/scaling.ts";
export { Secret, type SecretOptions, type SecretsOption } from "./values/secret.ts";
export { Subdomain, type SubdomainOptions } from "./values/subdomain.ts";
export type { TimeoutsOptions } from "./values/timeouts.ts";
export { VERSION } from "./version.ts";
