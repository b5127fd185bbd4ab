import type { EndpointId } from "./catalogue.ts";
import type { LimitOptions } from "./webhook-limits.ts";

/** Raised when a runtime of the previous version could not read the new form. */
export const WEBHOOK_SPEC_VERSION = 1;

/**
 * What a webhook is, as pure data: the declaration resolved against the place it is deployed to. The SDK writes it into
 * the container's arguments, the runtime boots from it alone. It holds no secret and no address of the control plane
 * (that comes from the environment of the cluster it runs in).
 */
export interface WebhookSpec {
  version: typeof WEBHOOK_SPEC_VERSION;
  /** Name of the webhook's own app: what a self-reference is decided on, together with project and domain. */
  name: string;
  /** Title and description of the OpenAPI document. */
  title: string;
  description: string;
  /** Enabled endpoints, at least one, in the order of the catalogue. */
  endpoints: EndpointId[];
  /** Allow-lists; absent allows everything, empty nothing. */
  taskAllowlist?: string[] | undefined;
  appAllowlist?: string[] | undefined;
  triggerAllowlist?: string[] | undefined;
  /** Keys of secrets that a caller may have mounted as HuggingFace token; `HF_TOKEN` alone when absent. */
  hfTokenKeys?: string[] | undefined;
  /** Limits that are not the default ones. */
  limits?: LimitOptions | undefined;
  /** Whether the platform's ingress asks for credentials; the webhook's own check is always on, as in Python. */
  requiresAuth: boolean;
  /** Port when the platform sets no `PORT`. */
  port: number;
  /** Scope of every run, app and trigger the webhook deals with; `org` is empty on an open-source plane. */
  org: string;
  project: string;
  domain: string;
  /** Where people look at runs and apps; the control plane's own address when absent. */
  consoleUrl?: string | undefined;
}
