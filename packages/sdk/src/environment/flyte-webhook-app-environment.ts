import { type EndpointId, type LimitOptions, resolveEndpoints, WEBHOOK_COMMAND } from "@flyte-webhook/core";
import { list, type Option, optional, text, type Values, word } from "../declaration/option.ts";
import type { AppContext } from "../serialize/app-context.ts";
import { encodeWebhookSpec } from "../serialize/encode-webhook-spec.ts";
import { toWebhookSpec } from "../serialize/to-webhook-spec.ts";
import { readAppAllowlist, readTaskAllowlist, readTriggerAllowlist } from "../values/allowlist.ts";
import { type EndpointFilter, readEndpointGroups, readEndpoints } from "../values/endpoint-filter.ts";
import { readLimits } from "../values/limits.ts";
import {
  APP_OPTIONS,
  AppEnvironment,
  type AppEnvironmentOptions,
  type DeclaredApp,
  type Program,
} from "./app-environment.ts";
import type { Declaration } from "./environment.ts";

interface WebhookOptions extends AppEnvironmentOptions {
  /** Title of the OpenAPI document. Default `Flyte Webhook: <name>`. */
  readonly title?: string | undefined;
  /** Tasks that can be run and read: `domain/project/name`, `project/name` or `name`. Default: all; empty: none. */
  readonly taskAllowlist?: readonly string[] | undefined;
  /** Apps that can be dealt with: `domain/project/name`, `project/name` or `name`. Default: all; empty: none. */
  readonly appAllowlist?: readonly string[] | undefined;
  /** Triggers that can be switched: `task_name/trigger_name` or `trigger_name`. Default: all; empty: none. */
  readonly triggerAllowlist?: readonly string[] | undefined;
  /** Keys of secrets that a caller may have mounted as HuggingFace token. Default: `HF_TOKEN`; empty: none. */
  readonly hfTokenKeys?: readonly string[] | undefined;
  /** Bounds on requests and on how long they may take, where they are not to be the default ones. */
  readonly limits?: LimitOptions | undefined;
}

export type FlyteWebhookAppEnvironmentOptions = WebhookOptions & EndpointFilter;

const WEBHOOK_OPTIONS = {
  ...APP_OPTIONS,
  type: { read: optional(text).read, absent: "FlyteWebhookApp" },
  title: optional(text),
  endpoints: optional(readEndpoints),
  endpointGroups: optional(readEndpointGroups),
  taskAllowlist: optional(readTaskAllowlist),
  appAllowlist: optional(readAppAllowlist),
  triggerAllowlist: optional(readTriggerAllowlist),
  hfTokenKeys: optional(list(word, "keys of secrets")),
  limits: optional(readLimits),
} satisfies Readonly<Record<string, Option<unknown>>>;

/**
 * An HTTP door in front of a control plane: the endpoints of Python's class of the same name, restricted to those that
 * are declared. It is pure data: the container boots from the `WebhookSpec` in its arguments.
 */
export class FlyteWebhookAppEnvironment extends AppEnvironment<FlyteWebhookAppEnvironmentOptions> {
  protected static override readonly declaration: Declaration = {
    options: WEBHOOK_OPTIONS,
    explained: {
      ...AppEnvironment.declaration.explained,
      app: "cannot be given: the service is made from the declaration",
    },
    check(given, problems) {
      AppEnvironment.declaration.check(given, problems);
      if (given.endpoints == null || given.endpointGroups == null) return;
      problems.add(["endpoints"], "and endpointGroups exclude each other; give one of them");
    },
  };

  declare readonly resolved: Values<typeof WEBHOOK_OPTIONS>;

  /** The enabled endpoints, in the order of the catalogue. */
  get endpoints(): readonly EndpointId[] {
    return resolveEndpoints(this.resolved);
  }

  /** A command of your own gets the spec as its first arguments too: an image with the program elsewhere keeps working. */
  override program(context: AppContext): Program {
    const { command, args } = this.resolved;
    return {
      command: command ?? WEBHOOK_COMMAND,
      generated: ["--spec", encodeWebhookSpec(toWebhookSpec(this, context))],
      args: args ?? [],
    };
  }

  override get links(): DeclaredApp["links"] {
    return [{ path: "/docs", title: "OpenAPI docs", isRelative: true }, ...this.resolved.links];
  }
}
