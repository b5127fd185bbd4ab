import type { ControlPlane } from "@flyte-webhook/client";
import type { App } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import type { PreparedApp } from "../deploy/deploy.ts";
import type { OnDeployEvent } from "../deploy/events.ts";
import type { BuilderName } from "./builders.ts";
import type { BuiltImage } from "./built-image.ts";
import type { Image } from "./image.ts";

export interface ResolveImagesOptions {
  readonly builder?: BuilderName | "local" | "remote" | undefined;
  readonly onEvent?: OnDeployEvent | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has the images built that have to be, each once, and puts what they are called into the apps. Before anything is
 * deployed: without its image an app would only fail.
 */
export async function buildImages(
  plane: ControlPlane,
  apps: readonly PreparedApp[],
  options: ResolveImagesOptions,
): Promise<void> {
  const { onEvent, signal } = options;
  const builder = options.builder ?? plane.imageBuilder;
  for (const [declared, image] of imagesOf(apps)) {
    const onLine = (line: string) => onEvent?.({ type: "building", image: declared, line });
    const { change, reference }: BuiltImage =
      builder === "remote"
        ? await (await import("./remote-build.ts")).buildRemotely(plane, image, { onLine, signal })
        : await localBuild(image.inRegistry(plane.imageRegistry), builder, onLine, signal);
    rename(apps, declared, reference);
    onEvent?.({ type: "image", image: reference, change });
  }
}

async function localBuild(
  image: Image,
  builder: BuilderName | "local",
  onLine: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<BuiltImage> {
  const { buildImage } = await import("./build-image.ts");
  const change = await buildImage(image, { builder: builder === "local" ? undefined : builder, onLine, signal });
  return { change, reference: image.reference };
}

/** Puts what the platform calls the images that it has into the apps; builds none. */
export async function findImages(
  plane: ControlPlane,
  apps: readonly PreparedApp[],
  options: ResolveImagesOptions,
): Promise<void> {
  if ((options.builder ?? plane.imageBuilder) !== "remote") {
    for (const [declared, image] of imagesOf(apps)) {
      rename(apps, declared, image.inRegistry(plane.imageRegistry).reference);
    }
    return;
  }
  const { findRemotely } = await import("./remote-build.ts");
  for (const [declared, image] of imagesOf(apps)) {
    const reference = await findRemotely(plane, image, options.signal);
    if (reference !== undefined) rename(apps, declared, reference);
  }
}

function imagesOf(apps: readonly PreparedApp[]): Map<string, Image> {
  return new Map(
    apps.flatMap(({ environment: { builtImage, resolved } }) =>
      builtImage ? [[resolved.image, builtImage] as const] : [],
    ),
  );
}

function rename(apps: readonly PreparedApp[], declared: string, reference: string): void {
  if (declared === reference) return;
  for (const { message } of apps) renameIn(message, declared, reference);
}

function renameIn({ spec }: App, declared: string, reference: string): void {
  const payload = spec?.appPayload;
  if (payload?.case === "container" && payload.value.image === declared) payload.value.image = reference;
  if (payload?.case !== "pod") return;
  const containers = (payload.value.podSpec?.containers ?? []) as { image?: unknown }[];
  for (const container of containers) if (container.image === declared) container.image = reference;
}
