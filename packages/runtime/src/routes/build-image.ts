import { toBinary } from "@bufbuild/protobuf";
import type { CallOptions } from "@flyte-webhook/client/caller";
import { runUrl } from "@flyte-webhook/client/console-url";
import { Images } from "@flyte-webhook/client/images";
import { type Run, Runs } from "@flyte-webhook/client/runs";
import { type TaskDetails, Tasks } from "@flyte-webhook/client/tasks";
import { Uploads } from "@flyte-webhook/client/uploads";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { ImageSpecSchema } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { CacheLookupScope } from "@flyte-webhook/idl/flyteidl2/task/run";
import { buildInputs } from "@flyte-webhook/literals";
import type { Answers } from "../openapi/answers.ts";
import type { NextCall } from "../request/deadline.ts";
import type { Webhook } from "../webhook.ts";
import { DEFAULT_BASE_NAME, type ImageRequest, imageRequest } from "./image-request.ts";
import { outbound } from "./outbound.ts";
import type { Route } from "./route.ts";

/** The task by which a platform builds images. */
const BUILDER = { project: "system", domain: "production", name: "build-image" } as const;

/**
 * Builds an image on the platform, unless it has it: asks with the caller's own credentials each time (nobody learns from
 * what another caller was told), then runs the platform's builder in the webhook's project. Does not wait for the build.
 */
export const buildImage: Route<"build_image"> = async (webhook, { call, parameters }) => {
  const { connection } = webhook;
  const request = imageRequest(parameters);
  const { image } = request;
  const full = image && `${image.name}:${image.tag}`;
  const uri = full === undefined ? request.base : await new Images(connection).find(full, call());
  const run = full === undefined || uri !== undefined ? undefined : await build(webhook, request, full, call);
  const id = run?.action?.id?.run;
  if (run && !id) throw new FlyteWebhookError("internal", "the control plane created a run without a name");
  return {
    body: {
      image_build_run_url: id ? runUrl(connection.consoleUrl, id) : null,
      image_name: textOrNull(parameters.name),
      base_image: textOrNull(parameters.base_image) ?? DEFAULT_BASE_NAME,
      pip_packages: listOrNull(parameters.pip_packages),
      apt_packages: listOrNull(parameters.apt_packages),
      platform: listOrNull(parameters.platform),
      image_build_run_name: id?.name ?? null,
      image_uri: uri ?? null,
      image_tag: image?.tag ?? null,
      already_exists: run === undefined,
    } satisfies Answers["build_image"],
  };
};

/** Starts the builder with the spec uploaded. Throws `unimplemented` on a platform without one. */
async function build(webhook: Webhook, { spec }: ImageRequest, image: string, call: NextCall): Promise<Run> {
  const { connection } = webhook;
  const builder = await builderTask(webhook, call());
  const uploads = new Uploads(connection, outbound(webhook));
  const address = await uploads.put("spec.pb", toBinary(ImageSpecSchema, spec), call());
  const inputs = buildInputs(
    { spec: address, context: "", target_image: image },
    builder.spec?.taskTemplate?.interface?.inputs?.variables ?? [],
    builder.spec?.defaultInputs ?? [],
  );
  if (!inputs.ok || !builder.taskId) {
    const problems = inputs.ok ? "it has no identity" : inputs.issues.map((issue) => issue.msg).join("; ");
    throw new FlyteWebhookError(
      "unimplemented",
      `The platform's image builder is not one this webhook knows: ${problems}`,
    );
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

async function builderTask({ connection }: Webhook, options: CallOptions): Promise<TaskDetails> {
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

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
const listOrNull = (value: unknown): string[] | null => (Array.isArray(value) ? (value as string[]) : null);
