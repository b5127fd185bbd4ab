/** A program of this machine that builds and pushes images. */
export interface Builder {
  readonly program: string;
  /** Succeeds when the program is there and can build. */
  readonly probe: readonly string[];
  /** Succeeds when the registry has an image. */
  exists(reference: string): readonly string[];
  /** Builds what is in a directory and pushes it, command by command. */
  build(reference: string, platform: string, directory: string): readonly (readonly string[])[];
}

export const BUILDERS = {
  docker: {
    program: "docker",
    probe: ["buildx", "version"],
    exists: (reference) => ["buildx", "imagetools", "inspect", reference],
    build: (reference, platform, directory) => [
      ["buildx", "build", "--platform", platform, "--tag", reference, "--push", "--progress", "plain", directory],
    ],
  },
  podman: {
    program: "podman",
    probe: ["--version"],
    exists: (reference) => ["manifest", "inspect", reference],
    build: (reference, platform, directory) => [
      ["build", "--platform", platform, "--tag", reference, directory],
      ["push", reference],
    ],
  },
  buildah: {
    program: "buildah",
    probe: ["--version"],
    exists: (reference) => ["manifest", "inspect", reference],
    build: (reference, platform, directory) => [
      ["build", "--platform", platform, "--tag", reference, directory],
      ["push", reference],
    ],
  },
} as const satisfies Record<string, Builder>;

export type BuilderName = keyof typeof BUILDERS;
