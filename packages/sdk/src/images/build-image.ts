import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { BUILDERS, type Builder, type BuilderName } from "./builders.ts";
import type { Image } from "./image.ts";

export interface BuildOptions {
  /** Default: the first of docker (with buildx), podman and buildah that is there. */
  readonly builder?: BuilderName | undefined;
  /** Default `linux/amd64`. */
  readonly platform?: string | undefined;
  /** Told each line that the builder prints. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Lines of a failed build that its error shows. */
const SHOWN_LINES = 20;

/**
 * Builds an image and pushes it, unless its registry has it already: the tag tells. Throws `invalid_config` without a
 * builder, `deploy_failed` with the last lines of a build that fails.
 */
export async function buildImage(image: Image, options: BuildOptions = {}): Promise<"built" | "there"> {
  const { platform = "linux/amd64", signal } = options;
  const { reference } = image;
  if (!image.repository?.includes("/")) {
    throw new FlyteWebhookError(
      "invalid_config",
      `the repository ${JSON.stringify(image.repository)} names no registry to push to`,
      {
        hint: 'Write it in full, such as "ghcr.io/acme/hooks"; or configure image.registry (FLYTE_IMAGE_REGISTRY); only the platform\'s own builder (`remote`) needs no registry.',
      },
    );
  }
  const builder = await findBuilder(options.builder);
  if ((await run(builder.program, builder.exists(reference), { signal })).code === 0) return "there";
  const directory = await mkdtemp(join(tmpdir(), "flyte-webhook-image-"));
  try {
    await mkdir(join(directory, "files"));
    await writeFile(join(directory, "Dockerfile"), image.dockerfile);
    for (const [index, { source }] of image.files.entries()) {
      await cp(source, join(directory, "files", String(index)), { recursive: true, dereference: true });
    }
    for (const args of builder.build(reference, platform, directory)) {
      const { code, lines } = await run(builder.program, args, options);
      if (code === 0) continue;
      const last = lines.slice(-SHOWN_LINES).map((line) => `  ${line}`);
      const what = `${builder.program} ${args.slice(0, 2).join(" ")} of ${reference} failed (exit code ${code})`;
      throw new FlyteWebhookError("deploy_failed", [what, ...last].join("\n"));
    }
    return "built";
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function findBuilder(wanted: BuilderName | undefined): Promise<Builder> {
  const candidates: readonly Builder[] = wanted === undefined ? Object.values(BUILDERS) : [BUILDERS[wanted]];
  for (const builder of candidates) if ((await run(builder.program, builder.probe, {})).code === 0) return builder;
  const names = candidates.map(({ program }) => (program === "docker" ? "docker with buildx" : program)).join(", ");
  throw new FlyteWebhookError(
    "invalid_config",
    `the image has to be built, and this machine has no builder (${names})`,
    {
      hint: "Install one, or name an image that is in a registry already.",
    },
  );
}

/** Runs a program; its code is undefined when it cannot be started. */
function run(
  program: string,
  args: readonly string[],
  { onLine, signal }: Pick<BuildOptions, "onLine" | "signal">,
): Promise<{ code: number | null | undefined; lines: string[] }> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...(signal && { signal }) });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        onLine?.(line);
      });
    }
    child.on("error", (error) =>
      signal?.aborted ? reject(signal.reason ?? error) : resolve({ code: undefined, lines }),
    );
    child.on("close", (code) => resolve({ code, lines }));
  });
}
