/** A program of this machine that builds and pushes images. */
export interface Builder {
  readonly program: string;
  /** Succeeds when the program is there and can build. */
  readonly probe: readonly string[];
  /** Succeeds when the registry has an image. */
  exists(reference: string): readonly string[];
  /** Builds what is in a directory and pushes it, command by command. */
  build(reference: string, platform: string, directory: string): readonly (readonly string[])[];
  /** Builds what is in a directory and keeps the image on this machine, with a label. */
  buildHere(reference: string, label: string, directory: string): readonly string[];
  push(reference: string): readonly string[];
  /** Prints the images of this machine that have a label, one `repository:tag` a line. */
  list(label: string): readonly string[];
}

const push = (reference: string) => ["push", reference];

/** What podman and buildah have in common. */
const BUILDAH = {
  probe: ["--version"],
  exists: (reference) => ["manifest", "inspect", reference],
  build: (reference, platform, directory) => [
    ["build", "--platform", platform, "--tag", reference, directory],
    push(reference),
  ],
  buildHere: (reference, label, directory) => ["build", "--label", label, "--tag", reference, directory],
  push,
} as const satisfies Omit<Builder, "program" | "list">;

/** In the order in which they are tried. Data alone: whoever uses it runs the programs. */
export const BUILDERS = {
  docker: {
    program: "docker",
    probe: ["buildx", "version"],
    exists: (reference) => ["buildx", "imagetools", "inspect", reference],
    build: (reference, platform, directory) => [
      ["buildx", "build", "--platform", platform, "--tag", reference, "--push", "--progress", "plain", directory],
    ],
    buildHere: (reference, label, directory) => [
      ...["buildx", "build", "--label", label, "--tag", reference, "--load", "--progress", "plain", directory],
    ],
    push,
    list: (label) => ["images", "--filter", `label=${label}`, "--format", "{{.Repository}}:{{.Tag}}"],
  },
  podman: {
    program: "podman",
    ...BUILDAH,
    list: (label) => ["images", "--filter", `label=${label}`, "--format", "{{.Repository}}:{{.Tag}}"],
  },
  buildah: {
    program: "buildah",
    ...BUILDAH,
    list: (label) => ["images", "--filter", `label=${label}`, "--format", "{{.Name}}:{{.Tag}}"],
  },
} as const satisfies Record<string, Builder>;

export type BuilderName = keyof typeof BUILDERS;
