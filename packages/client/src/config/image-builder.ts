import { FlyteWebhookError } from "@flyte-webhook/core";
import type { ImageBuilder } from "../connection.ts";

const BUILDERS: readonly ImageBuilder[] = ["remote", "local", "docker", "podman", "buildah"];

/** Python's names of builders, and ours. Throws `invalid_config` for another. */
export function parseImageBuilder(value: string | undefined): ImageBuilder | undefined {
  if (value === undefined) return undefined;
  const name = value === "local-podman" ? "podman" : (value as ImageBuilder);
  if (BUILDERS.includes(name)) return name;
  throw new FlyteWebhookError(
    "invalid_config",
    `image.builder (FLYTE_IMAGE_BUILDER) should be one of ${BUILDERS.join(", ")}, not ${JSON.stringify(value)}`,
  );
}
