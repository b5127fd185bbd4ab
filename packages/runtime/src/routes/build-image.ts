import { runUrl } from "@flyte-webhook/client/console-url";
import { startImageBuild } from "@flyte-webhook/client/image-builds";
import { Images } from "@flyte-webhook/client/images";
import { Uploads } from "@flyte-webhook/client/uploads";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { Answers } from "../openapi/answers.ts";
import { DEFAULT_BASE_NAME, imageRequest } from "./image-request.ts";
import { outbound } from "./outbound.ts";
import type { Route } from "./route.ts";

/**
 * Builds an image on the platform, unless it has it: asks with the caller's own credentials each time (nobody learns from
 * what another caller was told), then runs the platform's builder in the webhook's project. Does not wait for the build.
 */
export const buildImage: Route<"build_image"> = async (webhook, { call, parameters }) => {
  const { connection } = webhook;
  const request = imageRequest(parameters);
  const { image, spec } = request;
  const full = image && `${image.name}:${image.tag}`;
  const uri = full === undefined ? request.base : await new Images(connection).find(full, call());
  const run =
    full === undefined || uri !== undefined
      ? undefined
      : await startImageBuild(connection, new Uploads(connection, outbound(webhook)), { spec, target: full }, call);
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

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
const listOrNull = (value: unknown): string[] | null => (Array.isArray(value) ? (value as string[]) : null);
