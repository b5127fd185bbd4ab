import { create, toBinary } from "@bufbuild/protobuf";
import { FlyteWebhookError } from "@flyte-webhook/core";
import {
  type App,
  AppSchema,
  type AutoscalingConfig,
  AutoscalingConfigSchema,
  Spec_DesiredState as DesiredState,
  type ScalingMetric,
  ScalingMetricSchema,
  type Spec,
  SpecSchema,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { RuntimeMetadata_RuntimeType as RuntimeType } from "@flyte-webhook/idl/flyteidl2/common/runtime_version";
import { type Container, ContainerSchema } from "@flyte-webhook/idl/flyteidl2/core/tasks";
import type { AppEnvironment, DeclaredApp, Program } from "../environment/app-environment.ts";
import type { ConcurrencyMetric, RequestRateMetric } from "../values/scaling.ts";
import { resolveSubdomain } from "../values/subdomain.ts";
import { VERSION } from "../version.ts";
import type { AppContext } from "./app-context.ts";
import { setCluster, setSourceLink } from "./newer-fields.ts";
import { toDuration } from "./to-duration.ts";
import { toPod } from "./to-pod.ts";
import { toExtendedResources, toResources } from "./to-resources.ts";
import { toSecurityContext } from "./to-security-context.ts";

/** An open-source plane keeps the spec as base64 in an annotation; Kubernetes gives all of them together 256 KiB. */
const MAX_SPEC_BYTES = 180 * 1024;
/** Characters of a description that a control plane takes. */
const MAX_SHORT_DESCRIPTION = 100;

/**
 * What a declaration is to a control plane: the `flyteidl2.app.App` of its place. The same declaration in the same place
 * is the same message. Throws `invalid_declaration` for what shows only here: no project or domain, or too large a spec;
 * `invalid_config` for an image's name that the configuration does not know.
 */
export function toApp(environment: AppEnvironment, context: AppContext): App {
  requireScope(environment, context);
  const declared = { ...environment.resolved, image: imageOf(environment, context) };
  const app = create(AppSchema, {
    metadata: {
      id: {
        org: context.org ?? "",
        project: context.project,
        domain: context.domain,
        name: environment.name,
      },
    },
    spec: toSpec(environment, declared, context),
  });
  if (app.spec && declared.cluster !== undefined) setCluster(app.spec, declared.cluster);
  if (app.metadata && context.sourceUrl !== undefined) setSourceLink(app.metadata, context.sourceUrl);
  requireSize(app);
  return app;
}

function toSpec(environment: AppEnvironment, declared: DeclaredApp, context: AppContext): Spec {
  const program = environment.program(context);
  const { resources, podTemplate, domain } = declared;
  const extendedResources = resources && toExtendedResources(resources);
  const securityContext = toSecurityContext(declared);
  const request = declared.timeouts.request;
  return create(SpecSchema, {
    appPayload:
      podTemplate === undefined
        ? { case: "container", value: toContainer(declared, program) }
        : { case: "pod", value: toPod(podTemplate, declared, program) },
    autoscaling: toAutoscaling(declared),
    ingress: {
      subdomain: resolveSubdomain(domain?.subdomain ?? "", environment.name, { ...context, org: context.org ?? "" }),
      cname: domain?.customDomain ?? "",
    },
    desiredState: DesiredState.ACTIVE,
    clusterPool: declared.cluster === undefined ? declared.clusterPool : "",
    ...(securityContext && { securityContext }),
    ...(extendedResources && { extendedResources }),
    runtimeMetadata: { type: RuntimeType.FLYTE_SDK, version: VERSION, flavor: "typescript" },
    profile: { type: declared.type ?? "", shortDescription: shorten(environment.description ?? "") },
    inputs: {},
    links: environment.links.map((link) => ({ ...link })),
    ...(request !== undefined && { timeouts: { requestTimeout: toDuration(request) } }),
  });
}

function toContainer(declared: DeclaredApp, { command, generated, args }: Program): Container {
  const resources = declared.resources && toResources(declared.resources);
  return create(ContainerSchema, {
    image: declared.image,
    command: [...(command ?? [])],
    args: [...generated, ...args],
    env: (declared.envVars ?? []).map(([key, value]) => ({ key, value })),
    ports: [{ containerPort: declared.port.port, name: declared.port.name ?? "" }],
    ...(resources && { resources }),
  });
}

function toAutoscaling({ scaling }: DeclaredApp): AutoscalingConfig {
  const [min, max] = scaling.replicas;
  const { metric, scaledownAfter } = scaling;
  return create(AutoscalingConfigSchema, {
    replicas: { min, max },
    ...(scaledownAfter !== undefined && { scaledownPeriod: toDuration(scaledownAfter) }),
    ...(metric !== undefined && { scalingMetric: toScalingMetric(metric) }),
  });
}

function toScalingMetric(metric: ConcurrencyMetric | RequestRateMetric): ScalingMetric {
  const { concurrency, requestRate } = metric;
  if (concurrency !== undefined) {
    return create(ScalingMetricSchema, { metric: { case: "concurrency", value: { targetValue: concurrency } } });
  }
  return create(ScalingMetricSchema, { metric: { case: "requestRate", value: { targetValue: requestRate } } });
}

/** At most 100 code points, the end of a longer text shown by an ellipsis. */
function shorten(text: string): string {
  const characters = Array.from(text);
  if (characters.length <= MAX_SHORT_DESCRIPTION) return text;
  return `${characters.slice(0, MAX_SHORT_DESCRIPTION - 1).join("")}…`;
}

/** The image's reference; that of a name is the configuration's. */
function imageOf({ name, imageRef, resolved }: AppEnvironment, { imageRefs = {} }: AppContext): string {
  if (imageRef === undefined) return resolved.image;
  const found = Object.hasOwn(imageRefs, imageRef) ? imageRefs[imageRef] : undefined;
  if (found) return found;
  const names = Object.keys(imageRefs);
  throw new FlyteWebhookError(
    "invalid_config",
    `the image of "${name}" is not configured: there is no ${JSON.stringify(imageRef)} in image.image_refs`,
    {
      hint:
        names.length > 0
          ? `There is ${names.join(", ")}.`
          : "Add it to the Flyte config file, or give imageRefs to init.",
    },
  );
}

function requireScope(environment: AppEnvironment, context: AppContext): void {
  const missing = (["project", "domain"] as const).filter((name) => !context[name]);
  if (missing.length === 0) return;
  throw new FlyteWebhookError(
    "invalid_declaration",
    `"${environment.name}" cannot be deployed without ${missing.map((name) => `a ${name}`).join(" and ")}`,
    {
      hint: "Set project and domain when calling init, in the config file, or as FLYTE_TASK_PROJECT and FLYTE_TASK_DOMAIN.",
      issues: missing.map((name) => ({ type: "missing", loc: [name], msg: "is missing" })),
    },
  );
}

function requireSize(app: App): void {
  const bytes = app.spec ? toBinary(SpecSchema, app.spec).length : 0;
  if (bytes <= MAX_SPEC_BYTES) return;
  throw new FlyteWebhookError(
    "invalid_declaration",
    `the declaration of "${app.metadata?.id?.name}" is too large for a control plane: its spec has ${bytes} bytes, at most ${MAX_SPEC_BYTES} fit`,
    { hint: "Shorten the largest of envVars, args, podTemplate and the allow-lists." },
  );
}
