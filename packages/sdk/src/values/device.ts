import { nearest } from "@flyte-webhook/core";
import { kind, type Read, shown, whole } from "../declaration/option.ts";
import type { Loc, Problems } from "../declaration/problems.ts";
import {
  ACCELERATORS,
  type AcceleratorText,
  type DeviceClass,
  findAccelerator,
  type NameOf,
  type PartitionOf,
} from "./accelerators.ts";

export interface DeviceOptions<P = string> {
  /** Default 1. */
  readonly quantity?: number | undefined;
  /** A MIG profile or TPU slice. Default: the whole device. */
  readonly partition?: P | undefined;
}

/** An accelerator with more to say than `"T4:1"`: `Device.gpu("A100", { partition: "1g.5gb" })`. */
export class Device {
  readonly deviceClass: DeviceClass;
  readonly device: string;
  readonly quantity: number;
  readonly partition: string | undefined;

  private constructor(deviceClass: DeviceClass, device: string, { quantity, partition }: DeviceOptions = {}) {
    this.deviceClass = deviceClass;
    this.device = device;
    this.quantity = quantity ?? 1;
    this.partition = partition;
  }

  static gpu<N extends NameOf<"GPU">>(device: N, options?: DeviceOptions<PartitionOf<N>>): Device {
    return new Device("GPU", device, options as DeviceOptions);
  }

  /** A TPU slice; its size is its partition. */
  static tpu<N extends NameOf<"TPU">>(
    device: N,
    options?: { readonly partition?: PartitionOf<N> | undefined },
  ): Device {
    return new Device("TPU", device, options as DeviceOptions);
  }

  static neuron(device: NameOf<"NEURON">): Device {
    return new Device("NEURON", device);
  }

  static amdGpu(device: NameOf<"AMD_GPU">): Device {
    return new Device("AMD_GPU", device);
  }

  static habanaGaudi(device: NameOf<"HABANA_GAUDI">): Device {
    return new Device("HABANA_GAUDI", device);
  }
}

/** A number of GPUs of any type, `"TYPE:count"`, or a {@link Device}. */
export type GpuOption = number | AcceleratorText | Device;

/** `device` is the control plane's name for it, undefined for GPUs of any type. */
export interface ResolvedDevice {
  readonly deviceClass: DeviceClass;
  readonly quantity: number;
  readonly device: string | undefined;
  readonly partition: string | undefined;
}

const names = (deviceClass: DeviceClass): string[] =>
  Object.entries(ACCELERATORS).flatMap(([name, one]) => (one.class === deviceClass ? [name] : []));

const count = whole();
const quantityOf = whole(1);

export const readGpu: Read<ResolvedDevice> = (value, loc, problems) => {
  if (typeof value === "string") return readText(value, loc, problems);
  if (value instanceof Device) return readDevice(value, loc, problems);
  if (typeof value !== "number") {
    return problems.add(loc, `should be a count, a text such as "A100:4" or a Device, not ${kind(value)}`);
  }
  const quantity = count(value, loc, problems);
  if (quantity === undefined) return undefined;
  return { deviceClass: "GPU", quantity, device: undefined, partition: undefined };
};

function readText(text: string, loc: Loc, problems: Problems): ResolvedDevice | undefined {
  const [name = "", amount] = text.split(":");
  const accelerator = findAccelerator(name);
  if (!accelerator || accelerator.counts.length === 0) {
    const near = nearest(name, Object.keys(ACCELERATORS));
    return problems.add(loc, `knows no accelerator ${shown(name)}${near ? `, did you mean ${near}?` : ""}`);
  }
  if (!accelerator.counts.some((one) => text === `${name}:${one}`)) {
    const counts = accelerator.counts.map((one) => `"${accelerator.name}:${one}"`).join(", ");
    return problems.add(
      loc,
      `should be one of ${counts}, not ${amount === undefined ? "without a count" : shown(text)}`,
    );
  }
  return {
    deviceClass: accelerator.class,
    quantity: Number(amount),
    device: accelerator.device ?? accelerator.name,
    partition: undefined,
  };
}

function readDevice(value: Device, loc: Loc, problems: Problems): ResolvedDevice | undefined {
  const { deviceClass, device, partition } = value;
  const accelerator = findAccelerator(device);
  const quantity = quantityOf(value.quantity, [...loc, "quantity"], problems);
  if (accelerator?.class !== deviceClass) {
    const known = names(deviceClass).join(", ");
    return problems.add([...loc, "device"], `${shown(device)} is no ${deviceClass}; there are ${known}`);
  }
  const { partitions } = accelerator;
  if (partition !== undefined && partition !== null && partitions && !partitions.includes(partition)) {
    const known = partitions.length > 0 ? `one of ${partitions.join(", ")}` : "left out, the device is not split";
    problems.add([...loc, "partition"], `of ${accelerator.name} should be ${known}, not ${shown(partition)}`);
  }
  if (quantity === undefined) return undefined;
  return {
    deviceClass,
    quantity,
    device: accelerator.device ?? accelerator.name,
    partition: partition ?? undefined,
  };
}
