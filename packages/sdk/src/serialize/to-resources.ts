import { create } from "@bufbuild/protobuf";
import {
  GPUAccelerator_DeviceClass as Class,
  type ExtendedResources,
  ExtendedResourcesSchema,
  GPUAcceleratorSchema,
  Resources_ResourceName as Name,
  type Resources,
  ResourcesSchema,
  SharedMemorySchema,
} from "@flyte-webhook/idl/flyteidl2/core/tasks";
import type { DeclaredApp } from "../environment/app-environment.ts";
import type { DeviceClass } from "../values/accelerators.ts";

type DeclaredResources = NonNullable<DeclaredApp["resources"]>;

const DEVICE_CLASS = {
  GPU: Class.NVIDIA_GPU,
  TPU: Class.GOOGLE_TPU,
  NEURON: Class.AMAZON_NEURON,
  AMD_GPU: Class.AMD_GPU,
  HABANA_GAUDI: Class.HABANA_GAUDI,
} as const satisfies Record<DeviceClass, Class>;

interface Entry {
  readonly name: Name;
  readonly value: string;
}

export interface ResourceEntries {
  readonly requests: readonly Entry[];
  readonly limits: readonly Entry[];
}

/** Requests and limits in Flyte's order: CPU, memory, accelerators, ephemeral storage. */
export function resourceEntries({ cpu, memory, gpu, disk }: DeclaredResources): ResourceEntries {
  const entry = (name: Name, value: string | undefined): Entry[] => (value === undefined ? [] : [{ name, value }]);
  return {
    requests: [
      ...entry(Name.CPU, cpu?.request),
      ...entry(Name.MEMORY, memory?.request),
      ...entry(Name.GPU, gpu && gpu.quantity > 0 ? String(gpu.quantity) : undefined),
      ...entry(Name.EPHEMERAL_STORAGE, disk),
    ],
    limits: [...entry(Name.CPU, cpu?.limit), ...entry(Name.MEMORY, memory?.limit)],
  };
}

/** Undefined when nothing is asked for. */
export function toResources(declared: DeclaredResources): Resources | undefined {
  const { requests, limits } = resourceEntries(declared);
  if (requests.length === 0 && limits.length === 0) return undefined;
  return create(ResourcesSchema, { requests: [...requests], limits: [...limits] });
}

/** An accelerator of a certain type, and shared memory; undefined when there is neither. */
export function toExtendedResources({ gpu, shm }: DeclaredResources): ExtendedResources | undefined {
  const gpuAccelerator =
    gpu?.device === undefined
      ? undefined
      : create(GPUAcceleratorSchema, {
          device: gpu.device,
          deviceClass: DEVICE_CLASS[gpu.deviceClass],
          partitionSizeValue: gpu.partition ? { case: "partitionSize", value: gpu.partition } : { case: undefined },
        });
  const sharedMemory =
    shm === undefined
      ? undefined
      : // No limit is as much as the node has.
        create(SharedMemorySchema, {
          mountPath: "/dev/shm",
          mountName: "flyte-shm",
          sizeLimit: shm === "auto" ? "" : shm,
        });
  if (gpuAccelerator === undefined && sharedMemory === undefined) return undefined;
  return create(ExtendedResourcesSchema, {
    ...(gpuAccelerator && { gpuAccelerator }),
    ...(sharedMemory && { sharedMemory }),
  });
}
