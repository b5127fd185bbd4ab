import { readFileSync, statSync } from "node:fs";
import { posix, relative, sep } from "node:path";
import { constants, gzipSync } from "node:zlib";
import { type ControlPlane, phaseOf, type RunDetails, runUrl } from "@flyte-webhook/client";
import { startImageBuild } from "@flyte-webhook/client/image-builds";
import { GuardedClient, isLoopbackHost } from "@flyte-webhook/client/outbound";
import { Uploads } from "@flyte-webhook/client/uploads";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { BuiltImage } from "./built-image.ts";
import { filesBelow, type Image } from "./image.ts";
import { toImageSpec } from "./image-spec.ts";
import { tar } from "./tar.ts";

export interface RemoteBuildOptions {
  /** Told each line of the build's log, and where it can be looked at. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const NONE_THERE = {
  hint: "Build it on this machine: builder `local` (image.builder in the config), with docker, podman or buildah.",
} as const;

/**
 * Has the platform build an image, unless it has it. Throws `unimplemented` for a control plane without a builder (an
 * open-source one has none), `deploy_failed` with the last lines when the build fails.
 */
export async function buildRemotely(
  plane: ControlPlane,
  image: Image,
  { onLine, signal }: RemoteBuildOptions = {},
): Promise<BuiltImage> {
  const { connection } = plane;
  const there = await findRemotely(plane, image, signal);
  if (there !== undefined) return { change: "there", reference: there };
  const loopback = isLoopbackHost(new URL(connection.origin).hostname);
  const uploads = new Uploads(connection, new GuardedClient({ loopback }));
  const build = { spec: toImageSpec(image), context: contextOf(image), target: targetOf(image) };
  const run = await startImageBuild(connection, uploads, build, () => ({ signal })).catch(explained);
  const id = run.action?.id?.run;
  if (!id) throw new FlyteWebhookError("internal", "the control plane created a run without a name");
  const url = runUrl(connection.consoleUrl, id);
  onLine?.(`built by ${url}`);
  await untilBuilt(plane, id.name, { image, url, onLine, signal });
  const { outputs } = await plane.runs.io(id.name, undefined, { signal });
  const scalar = outputs[0]?.value?.value;
  const primitive =
    scalar?.case === "scalar" && scalar.value.value.case === "primitive" ? scalar.value.value.value : undefined;
  const answer = primitive?.value.case === "stringValue" ? primitive.value.value : undefined;
  const reference = answer || (await findRemotely(plane, image, signal));
  if (reference) return { change: "built", reference };
  throw new FlyteWebhookError(
    "deploy_failed",
    `the build of ${image.reference} does not say where the image is: ${url}`,
  );
}

/** The full reference of an image that the platform has. */
export function findRemotely(plane: ControlPlane, image: Image, signal?: AbortSignal): Promise<string | undefined> {
  return plane.images.find(image.shortName, { signal }).catch(explained);
}

function explained(error: unknown): never {
  if (!(error instanceof FlyteWebhookError && error.code === "unimplemented")) throw error;
  const message = `the image has to be built, and this control plane has no builder: ${error.message}`;
  throw new FlyteWebhookError("unimplemented", message, { cause: error, ...NONE_THERE });
}

/** Milliseconds that the last lines of a log have when the build has ended. */
const LOG_MS = 500;
/** Lines of a failed build that its error shows. */
const SHOWN_LINES = 20;

async function untilBuilt(
  plane: ControlPlane,
  name: string,
  { image, url, onLine, signal }: RemoteBuildOptions & { readonly image: Image; readonly url: string },
): Promise<void> {
  const lines: string[] = [];
  const end = new AbortController();
  const reading = readLog(plane, name, signal ? AbortSignal.any([signal, end.signal]) : end.signal, (line) => {
    lines.push(line);
    if (lines.length > SHOWN_LINES) lines.shift();
    onLine?.(line);
  });
  try {
    let last: RunDetails | undefined;
    for await (const details of plane.runs.watch(name, { signal })) last = details;
    // What is still under way is told; a log that goes on is not waited for.
    await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, LOG_MS))]);
    const phase = last ? phaseOf(last) : "unknown";
    if (phase === "succeeded") return;
    const result = last?.action?.result;
    const why = result?.case === "errorInfo" ? `: ${result.value.message}` : "";
    const text = [`the build of ${image.reference} ended ${phase}${why}`, ...lines.map((line) => `  ${line}`), url];
    throw new FlyteWebhookError("deploy_failed", text.join("\n"));
  } finally {
    end.abort();
  }
}

/** Follows the log, as soon as there is one; a build without a log is a build all the same. */
async function readLog(
  plane: ControlPlane,
  name: string,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  let told = 0;
  while (!signal.aborted) {
    try {
      let seen = 0;
      for await (const line of plane.runs.logs(name, 1, { signal })) if (++seen > told) onLine(line);
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof FlyteWebhookError)) return;
      if (!["not_found", "unavailable", "failed_precondition"].includes(error.code)) return;
      told = 0;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** With the registry that the image names; a name alone goes to the platform's own. */
function targetOf(image: Image): string {
  return image.repository?.includes("/") ? image.reference : image.shortName;
}

/** What the image copies, as one archive; undefined when it copies nothing. */
function contextOf(image: Image): Uint8Array | undefined {
  if (image.files.length === 0) return undefined;
  const entries = image.files.flatMap(({ source }, index) =>
    filesBelow(source).map((file) => ({
      path: posix.join("files", String(index), relative(source, file).split(sep).join("/")),
      bytes: readFileSync(file),
      executable: (statSync(file).mode & 0o111) !== 0,
    })),
  );
  const packed = gzipSync(tar(entries), { level: constants.Z_BEST_COMPRESSION });
  // The header's last byte names the system that packed it; 255 is "unknown".
  packed[9] = 255;
  return packed;
}
