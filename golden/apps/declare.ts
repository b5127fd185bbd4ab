/** Builds a declaration from plain data; `$…` objects stand for what JSON cannot say. */
import {
  AppEnvironment,
  Device,
  FlyteWebhookAppEnvironment,
  PodTemplate,
  Port,
  Secret,
  Subdomain,
} from "@flyte-webhook/sdk";
import type { Declared } from "./row.ts";

type Plain = Record<string, unknown>;

const CLASSES = { AppEnvironment, FlyteWebhookAppEnvironment };

/** Stands for an object of a class that no option knows. */
class Other {}

const DEVICES: Readonly<Record<string, (device: never, options: Plain) => Device>> = {
  GPU: Device.gpu,
  TPU: Device.tpu,
  Neuron: Device.neuron,
  AMD_GPU: Device.amdGpu,
  HABANA_GAUDI: Device.habanaGaudi,
};

/** What a marker stands for, from its own value and its neighbours. A marker that is not here stays as it is. */
const MARKERS: Readonly<Record<string, (value: unknown, neighbours: Plain) => unknown>> = {
  $port: (value) => new Port(revive(value) as never),
  $secret: (value) => new Secret(revive(value) as never),
  $podTemplate: (value) => new PodTemplate(revive(value) as never),
  $device: (value, { device, ...options }) => DEVICES[String(value)]?.(device as never, options),
  $subdomain: (value) => new Subdomain(revive(value) as never),
  $subdomainFunction: (value) => Subdomain.fromFunction(() => value as string),
  $duration_seconds: (value) => ({ seconds: value }),
  // An image without layers is its reference; ours builds none.
  $image: (value) => (value as Plain).fromBase ?? new Other(),
  $number: (value) => ({ nan: Number.NaN, inf: Number.POSITIVE_INFINITY })[String(value)] ?? Number(value),
  $bytes: (value) => Buffer.from(String(value)),
  $object: () => new Other(),
  $set: (value) => new Set(value as unknown[]),
  $list: (value) => revive(value),
  $tuple: (value) => revive(value),
};

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object" || value === null) return value;
  const plain = value as Plain;
  const marker = Object.keys(plain).find((name) => Object.hasOwn(MARKERS, name));
  if (marker !== undefined) {
    const { [marker]: own, ...neighbours } = plain;
    return MARKERS[marker]?.(own, neighbours);
  }
  return Object.fromEntries(Object.entries(plain).map(([name, one]) => [name, revive(one)]));
}

/** The declared environment, with the method calls that follow it. */
export function declare({ class: name, options, after = [] }: Declared): AppEnvironment {
  const revived = revive(options) as Plain;
  if (Array.isArray(options.dependsOn)) revived.dependsOn = options.dependsOn.map(declareDependency);
  let environment: AppEnvironment = new CLASSES[name](revived as never) as AppEnvironment;
  for (const call of after) {
    if ("cloneWith" in call) environment = environment.cloneWith(revive(call.cloneWith) as never);
    else if ("addDependency" in call) {
      environment.addDependency(...((call.addDependency as unknown[]).map(declareDependency) as AppEnvironment[]));
    } else throw new Error(`the row calls ${Object.keys(call)}, which this runner does not know`);
  }
  return environment;
}

function declareDependency(value: unknown): unknown {
  const declared = value as Partial<Declared> | null;
  return declared?.class !== undefined && declared.class in CLASSES ? declare(declared as Declared) : revive(value);
}
