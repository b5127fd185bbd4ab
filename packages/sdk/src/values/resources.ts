import { parseQuantity } from "@flyte-webhook/core";
import { optional, type Read, shape, shown } from "../declaration/option.ts";
import { type GpuOption, readGpu } from "./device.ts";

/** Cores as a number, or a Kubernetes quantity such as `"500m"`. */
export type CpuQuantity = number | `${number}${"" | "m"}`;

/** A Kubernetes quantity of bytes such as `"512Mi"`, `"2Gi"` or `"1.5G"`. */
export type ByteQuantity =
  `${number}${"" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei"}`;

/** What one replica gets. A pair is `[request, limit]`; a single value is the request, without a limit. */
export interface ResourcesOptions {
  readonly cpu?: CpuQuantity | readonly [request: CpuQuantity, limit: CpuQuantity] | undefined;
  readonly memory?: ByteQuantity | readonly [request: ByteQuantity, limit: ByteQuantity] | undefined;
  readonly gpu?: GpuOption | undefined;
  /** Ephemeral storage, such as `"10Gi"`. */
  readonly disk?: ByteQuantity | undefined;
  /** Shared memory at `/dev/shm`: a quantity, or `"auto"` for as much as the node has. */
  readonly shm?: ByteQuantity | "auto" | undefined;
}

const readQuantity =
  (units: "cores" | "bytes"): Read<string> =>
  (value, loc, problems) => {
    const example = units === "cores" ? 'cores such as 1, 0.5 or "500m"' : 'a quantity such as "512Mi" or "2Gi"';
    if (typeof value !== "string" && (units === "bytes" || typeof value !== "number")) {
      return problems.add(loc, `should be ${example}, not ${shown(value)}`);
    }
    const amount = parseQuantity(String(value));
    if (amount === undefined) return problems.add(loc, `should be ${example}, ${shown(value)} is no quantity`);
    if (amount < 0) return problems.add(loc, `should not be negative, it is ${shown(value)}`);
    return typeof value === "number" ? plain(value) : value;
  };

/** A number as Python writes it, so that both SDKs' apps are equal: `1e-07`, `1e-05`. */
function plain(value: number): string {
  if (value === 0 || value >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}

/** The limit is undefined when only a request was given. */
export interface RequestAndLimit {
  readonly request: string;
  readonly limit: string | undefined;
}

const readPair =
  (read: Read<string>): Read<RequestAndLimit> =>
  (value, loc, problems) => {
    if (!Array.isArray(value)) {
      const request = read(value, loc, problems);
      return request === undefined ? undefined : { request, limit: undefined };
    }
    if (value.length !== 2) return problems.add(loc, `should be [request, limit], not a list of ${value.length}`);
    const [request, limit] = Array.from(value, (one: unknown, index) => read(one, [...loc, index], problems));
    if (request === undefined || limit === undefined) return undefined;
    if ((parseQuantity(request) ?? 0) > (parseQuantity(limit) ?? 0)) {
      return problems.add(loc, `requests ${request}, which is above its limit ${limit}`);
    }
    return { request, limit };
  };

const bytes = readQuantity("bytes");

const readSharedMemory: Read<string> = (value, loc, problems) =>
  value === "auto" ? value : bytes(value, loc, problems);

export const readResources = shape(
  {
    cpu: optional(readPair(readQuantity("cores"))),
    memory: optional(readPair(bytes)),
    gpu: optional(readGpu),
    disk: optional(bytes),
    shm: optional(readSharedMemory),
  },
  "an object {cpu, memory, gpu, disk, shm}",
);
