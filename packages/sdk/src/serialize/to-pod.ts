import { create, type JsonObject } from "@bufbuild/protobuf";
import { type K8sPod, K8sPodSchema, Resources_ResourceName as Name } from "@flyte-webhook/idl/flyteidl2/core/tasks";
import type { DeclaredApp, Program } from "../environment/app-environment.ts";
import type { DeviceClass } from "../values/accelerators.ts";
import type { PodTemplate } from "../values/pod-template.ts";
import { resourceEntries } from "./to-resources.ts";

/** What Kubernetes calls an accelerator of a class. */
const DEVICE_RESOURCE = {
  GPU: "nvidia.com/gpu",
  TPU: "google.com/tpu",
  NEURON: "aws.amazon.com/neuron",
  AMD_GPU: "amd.com/gpu",
  HABANA_GAUDI: "habana.ai/gaudi",
} as const satisfies Record<DeviceClass, string>;

/**
 * The app as a pod: the template, whose container `app` gets what the declaration says. The template's own image,
 * variables, ports and resources stay beside it; of the same resource, the declared amount counts.
 */
export function toPod(template: PodTemplate, declared: DeclaredApp, { command, generated, args }: Program): K8sPod {
  const fill = (container: JsonObject): JsonObject => ({
    ...container,
    image: container.image ?? declared.image,
    // Generated arguments belong to the program, so that `args` are the declared ones.
    ...((command || generated.length > 0) && { command: [...(command ?? []), ...generated] }),
    args: [...args],
    ...mergedResources(container, declared),
    ...(declared.envVars?.length && {
      env: [...declared.envVars.map(([name, value]) => ({ name, value })), ...listOf(container.env)],
    }),
    ports: [
      {
        containerPort: declared.port.port,
        ...(declared.port.name !== undefined && { name: declared.port.name }),
      },
      ...listOf(container.ports),
    ],
  });
  const podSpec = JSON.parse(JSON.stringify(template.podSpec ?? {})) as JsonObject;
  const containers = listOf(podSpec.containers) as JsonObject[];
  return create(K8sPodSchema, {
    metadata: { labels: { ...template.labels }, annotations: { ...template.annotations } },
    podSpec: {
      ...podSpec,
      ...(template.podSpec && { containers: containers.map((one) => (one.name === "app" ? fill(one) : one)) }),
    },
  });
}

function mergedResources(container: JsonObject, { resources }: DeclaredApp): JsonObject {
  if (resources === undefined) return {};
  const { requests, limits } = resourceEntries(resources);
  if (requests.length === 0 && limits.length === 0) return {};
  const device = DEVICE_RESOURCE[resources.gpu?.deviceClass ?? "GPU"];
  const key = (name: Name) => (name === Name.GPU ? device : Name[name].toLowerCase().replaceAll("_", "-"));
  const byKey = (entries: readonly { name: Name; value: string }[]) =>
    Object.fromEntries(entries.map(({ name, value }) => [key(name), value]));
  const existing = (container.resources ?? {}) as { requests?: JsonObject; limits?: JsonObject };
  return {
    resources: {
      ...(existing as JsonObject),
      // Kubernetes wants a limit for what it cannot overcommit, such as accelerators.
      limits: { ...existing.limits, ...byKey(limits), ...byKey(requests.filter(({ name }) => name === Name.GPU)) },
      requests: { ...existing.requests, ...byKey(requests) },
    },
  };
}

function listOf(value: JsonObject[string] | undefined) {
  return Array.isArray(value) ? value : [];
}
