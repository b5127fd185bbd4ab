import { toBinary } from "@bufbuild/protobuf";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type ImageSpec, ImageSpecSchema } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { CacheLookupScope } from "@flyte-webhook/idl/flyteidl2/task/run";
import { buildInputs } from "@flyte-webhook/literals";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";
import { type Run, Runs } from "./runs.ts";
import { type TaskDetails, Tasks } from "./tasks.ts";
import type { Uploads } from "./uploads.ts";

/** The task by which a platform builds images. */
const BUILDER = { project: "system", domain: "production", name: "build-image" } as const;

export interface ImageBuild {
  readonly spec: ImageSpec;
  /** Files that the spec copies, a gzipped tar archive; absent when it copies none. */
  readonly context?: Uint8Array | undefined;
  /** `name:tag` in the platform's own registry, or with a registry in front. */
  readonly target: string;
}

/**
 * Starts the platform's image builder in the connection's project, with the spec uploaded; does not wait for it. `call`
 * gives the options of each call in turn. Throws `unimplemented` on a platform without a builder.
 */
export async function startImageBuild(
  connection: Connection,
  uploads: Uploads,
  { spec, context, target }: ImageBuild,
  call: () => CallOptions = () => ({}),
): Promise<Run> {
  const builder = await builderTask(connection, call());
  const address = await uploads.put("spec.pb", toBinary(ImageSpecSchema, spec), call());
  const files = context === undefined ? "" : await uploads.put("context.tar.gz", context, call());
  const inputs = buildInputs(
    { spec: address, context: files, target_image: target },
    builder.spec?.taskTemplate?.interface?.inputs?.variables ?? [],
    builder.spec?.defaultInputs ?? [],
  );
  if (!inputs.ok || !builder.taskId) {
    const problems = inputs.ok ? "it has no identity" : inputs.issues.map((issue) => issue.msg).join("; ");
    throw new FlyteWebhookError("unimplemented", `The platform's image builder is not one that is known: ${problems}`);
  }
  return new Runs(connection).create(
    {
      task: builder.taskId,
      literals: inputs.literals,
      runSpec: { cacheConfig: { cacheLookupScope: CacheLookupScope.PROJECT_DOMAIN } },
    },
    call(),
  );
}

async function builderTask(connection: Connection, options: CallOptions): Promise<TaskDetails> {
  try {
    return await new Tasks(connection).get(BUILDER, undefined, options);
  } catch (error) {
    if (!(error instanceof FlyteWebhookError && error.code === "not_found")) throw error;
    throw new FlyteWebhookError(
      "unimplemented",
      "This platform has no image builder: task build-image is not deployed",
    );
  }
}
