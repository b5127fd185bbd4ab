/**
 * The accelerators that Flyte knows, by the name a declaration uses: how many of one a task or app may ask for, and by
 * which name the control plane knows it (the same one unless given). Facts of Flyte's Python SDK 2.12.
 */
export type DeviceClass = "GPU" | "TPU" | "NEURON" | "AMD_GPU" | "HABANA_GAUDI";

export interface Accelerator {
  readonly class: DeviceClass;
  /** Counts that `"NAME:count"` may ask for; none for a device that is only declared by `Device`. */
  readonly counts: readonly number[];
  readonly device?: string;
  /** Partitions (MIG profiles, TPU slices) that exist; any when absent, none when empty. */
  readonly partitions?: readonly string[];
}

const UP_TO_8 = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const NEURON = { class: "NEURON", counts: [1, 4, 8, 16], partitions: [] } as const;
const AMD = { class: "AMD_GPU", counts: [1], partitions: [] } as const;
const SHARED = { class: "GPU", counts: [1], partitions: [] } as const;
const SLICES = ["1x1", "2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16"] as const;

export const ACCELERATORS = {
  A2: { class: "GPU", counts: [1] },
  A10: { class: "GPU", counts: UP_TO_8, device: "nvidia-a10" },
  A10G: { class: "GPU", counts: UP_TO_8, device: "nvidia-a10g" },
  A100: {
    class: "GPU",
    counts: UP_TO_8,
    device: "nvidia-tesla-a100",
    partitions: ["1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"],
  },
  A100_80G: {
    class: "GPU",
    counts: UP_TO_8,
    device: "nvidia-a100-80gb",
    partitions: ["1g.10gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"],
  },
  B200: { class: "GPU", counts: UP_TO_8 },
  H100: {
    class: "GPU",
    counts: UP_TO_8,
    device: "nvidia-tesla-h100",
    partitions: ["1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"],
  },
  H200: {
    class: "GPU",
    counts: UP_TO_8,
    partitions: ["1g.18gb", "1g.35gb", "2g.35gb", "3g.71gb", "4g.71gb", "7g.141gb"],
  },
  L4: { class: "GPU", counts: UP_TO_8, device: "nvidia-l4" },
  L40s: { class: "GPU", counts: UP_TO_8, device: "nvidia-l40s" },
  V100: { class: "GPU", counts: UP_TO_8, device: "nvidia-tesla-v100" },
  RTX_PRO_4500: { class: "GPU", counts: [1], device: "nvidia-rtx-pro-4500" },
  RTX_PRO_6000: {
    class: "GPU",
    counts: [1, 2],
    device: "nvidia-rtx-pro-6000",
    partitions: ["1g.24gb", "2g.48gb", "4g.96gb"],
  },
  GB10: { class: "GPU", counts: [1] },
  T4: { class: "GPU", counts: UP_TO_8, device: "nvidia-tesla-t4" },
  "T4 shared": SHARED,
  "L4 shared": SHARED,
  "A10G shared": SHARED,
  "A10 shared": SHARED,
  "L40S shared": SHARED,
  V5E: { class: "TPU", counts: [], device: "tpu-v5-lite-podslice", partitions: SLICES },
  V5P: {
    class: "TPU",
    counts: [],
    device: "tpu-v5p-slice",
    partitions: [
      "2x2x1",
      "2x2x2",
      "2x4x4",
      "4x4x4",
      "4x4x8",
      "4x8x8",
      "8x8x8",
      "8x8x16",
      "8x16x16",
      "16x16x16",
      "16x16x24",
    ],
  },
  V6E: { class: "TPU", counts: [], device: "tpu-v6e-slice", partitions: SLICES },
  Inf1: { class: "NEURON", counts: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], partitions: [] },
  Inf2: { class: "NEURON", counts: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], partitions: [] },
  Trn1: NEURON,
  Trn1n: NEURON,
  Trn2: NEURON,
  Trn2u: NEURON,
  MI100: AMD,
  MI210: AMD,
  MI250: AMD,
  MI250X: AMD,
  MI300A: AMD,
  MI300X: AMD,
  MI325X: AMD,
  MI350X: AMD,
  MI355X: AMD,
  Gaudi1: { class: "HABANA_GAUDI", counts: [1], partitions: [] },
} as const satisfies Readonly<Record<string, Accelerator>>;

type Table = typeof ACCELERATORS;
export type AcceleratorName = keyof Table;
/** Names of the accelerators of one class. */
export type NameOf<C extends DeviceClass> = {
  [N in AcceleratorName]: Table[N]["class"] extends C ? N : never;
}[AcceleratorName];
/** Partitions that an accelerator can be split into; any text where Flyte knows no list. */
export type PartitionOf<N extends AcceleratorName> = Table[N] extends { readonly partitions: readonly (infer P)[] }
  ? P
  : string;
/** `"T4:1"`, `"A100:8"`, … */
export type AcceleratorText = { [N in AcceleratorName]: `${N}:${Table[N]["counts"][number]}` }[AcceleratorName];

/** Spellings of earlier versions, still read. */
const FORMER: Readonly<Record<string, AcceleratorName>> = { "A100 80G": "A100_80G", "RTX PRO 6000": "RTX_PRO_6000" };

/** The accelerator of a name, in its present spelling. */
export function findAccelerator(name: unknown): (Accelerator & { readonly name: AcceleratorName }) | undefined {
  if (typeof name !== "string") return undefined;
  const present = FORMER[name] ?? name;
  if (!Object.hasOwn(ACCELERATORS, present)) return undefined;
  return { ...ACCELERATORS[present as AcceleratorName], name: present as AcceleratorName };
}
