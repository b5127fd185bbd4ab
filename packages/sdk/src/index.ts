// For users.
export {
  type AuthOptions,
  type AuthType,
  type ConfigOptions,
  type ControlPlane,
  type LoginPrompt,
  loadConfig,
  type TokenStore,
} from "@flyte-webhook/client";
export { type EndpointGroup, type EndpointId, FlyteWebhookError, renderError } from "@flyte-webhook/core";
export {
  App,
  type AppPlace,
  type AppStatus,
  getApp,
  type ListAppsOptions,
  type LogOptions,
  listApps,
  type SwitchOptions,
} from "./deploy/app.ts";
export { type DeployOptions, deploy } from "./deploy/deploy.ts";
export { DeployError, type DeployEvidence } from "./deploy/deploy-error.ts";
export type { DeployEvent } from "./deploy/events.ts";
export { connect, init, initFromApiKey, initFromConfig, initInCluster } from "./deploy/init.ts";
export { type ServeOptions, serve } from "./deploy/serve.ts";
// For the packages beside this one.
export { findSourceUrl } from "./deploy/source-url.ts";
export { AppEnvironment, type AppEnvironmentOptions } from "./environment/app-environment.ts";
export { Environment, type EnvironmentOptions } from "./environment/environment.ts";
export {
  FlyteWebhookAppEnvironment,
  type FlyteWebhookAppEnvironmentOptions,
} from "./environment/flyte-webhook-app-environment.ts";
export type { BuilderName } from "./images/builders.ts";
export { DEFAULT_IMAGE, Image } from "./images/image.ts";
export type { Exposure, Opening, Reach } from "./plan/exposure.ts";
export type { FieldChange } from "./plan/field-changes.ts";
export { type AppPlan, type Plan, type PlanOptions, plan } from "./plan/plan.ts";
export { type RenderOptions, renderPlan } from "./plan/render-plan.ts";
export type { AppContext } from "./serialize/app-context.ts";
export { sourceLink } from "./serialize/source-link.ts";
export { toApp } from "./serialize/to-app.ts";
export { toWebhookSpec } from "./serialize/to-webhook-spec.ts";
export { Device, type DeviceOptions, type GpuOption } from "./values/device.ts";
export type { DomainOptions } from "./values/domain.ts";
export type { DurationOption } from "./values/duration.ts";
export type { LinkOptions } from "./values/link.ts";
export { PodTemplate, type PodTemplateOptions } from "./values/pod-template.ts";
export { Port, type PortOptions } from "./values/port.ts";
export type { ByteQuantity, CpuQuantity, ResourcesOptions } from "./values/resources.ts";
export type { ScalingOptions } from "./values/scaling.ts";
export { Secret, type SecretOptions, type SecretsOption } from "./values/secret.ts";
export { Subdomain, type SubdomainOptions } from "./values/subdomain.ts";
export type { TimeoutsOptions } from "./values/timeouts.ts";
export { VERSION } from "./version.ts";
