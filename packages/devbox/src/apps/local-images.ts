import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The images that the devbox runs without a container: by name without tag, which paths inside the image are which
 * directories here. Programs of any other image are taken from PATH.
 */
export type LocalImages = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const WEBHOOK_IMAGE = "ghcr.io/flyte-webhook/runtime";
export const WEBHOOK_DIR = "/opt/flyte-webhook/";

/** The webhook's own image, whose bundle stands in `runtimeDir`; by default in the `@flyte-webhook/runtime` found here. */
export function defaultImages(runtimeDir: string | undefined = installedRuntime()): LocalImages {
  return runtimeDir === undefined ? {} : { [WEBHOOK_IMAGE]: { [WEBHOOK_DIR]: runtimeDir } };
}

/** No dependency: the devbox also runs where the webhook's runtime is not installed. */
function installedRuntime(): string | undefined {
  try {
    const entry = fileURLToPath(import.meta.resolve("@flyte-webhook/runtime"));
    return [dirname(entry), join(dirname(entry), "..", "dist")].find((dir) => existsSync(join(dir, "webhook.mjs")));
  } catch {
    return undefined;
  }
}

/** `ghcr.io:443/a/b:1.2@sha256:…` → `ghcr.io:443/a/b`. */
export function imageName(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}

/** A word of a command line with the image's directories replaced by the local ones. */
export function localPath(images: LocalImages, image: string, word: string): string {
  for (const [prefix, dir] of Object.entries(images[imageName(image)] ?? {})) {
    if (word.startsWith(prefix)) return join(dir, word.slice(prefix.length));
  }
  return word;
}
