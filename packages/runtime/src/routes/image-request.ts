import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { type ImageSpec, ImageSpecSchema } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { DEFAULT_PYTHON_VERSION, flyteImage } from "../flyte-image.ts";
import type { Parameters } from "../request/parameters.ts";

/** Name of an image that a request does not name, and of a base it does not name, as Python answers them. */
const DEFAULT_NAME = "flyte";
export const DEFAULT_BASE_NAME = "flyte-debian-base";

export interface ImageRequest {
  /** Reference of the image built upon. */
  readonly base: string;
  /** `name:tag` of the image; undefined when nothing is added to the base and there is nothing to build. */
  readonly image: { readonly name: string; readonly tag: string } | undefined;
  readonly spec: ImageSpec;
}

/**
 * What a request asks to build. Nothing is built for a base that gets neither a name nor a package: such an image exists.
 * The tag is a digest of all that goes into the image, platforms too; unlike Python's it keeps lists apart, so that
 * `["ab","c"]` and `["a","bc"]` are two images.
 */
export function imageRequest(parameters: Parameters): ImageRequest {
  const { base_image, python_version, flyte_version, name } = parameters as Record<string, string | undefined>;
  const pip = lists(parameters.pip_packages);
  const apt = lists(parameters.apt_packages);
  const platform = [...new Set(lists(parameters.platform))].sort();
  const pre = parameters.pre === true;
  const pythonVersion = (python_version ?? DEFAULT_PYTHON_VERSION).split(".").slice(0, 2).join(".");
  const base = base_image ?? flyteImage(pythonVersion, flyte_version);
  const layers = [
    ...(apt.length > 0 ? [{ layer: { case: "aptPackages", value: { packages: apt } } } as const] : []),
    ...(pip.length > 0
      ? [{ layer: { case: "pipPackages", value: { packages: pip, options: { pre } } } } as const]
      : []),
  ];
  const spec = create(ImageSpecSchema, { baseImage: base, pythonVersion, platform, layers });
  if (name === undefined && layers.length === 0) return { base, image: undefined, spec };
  const content = JSON.stringify([base, pythonVersion, platform, apt, pre && pip.length > 0, pip]);
  const tag = createHash("sha256").update(content).digest("hex").slice(0, 32);
  return { base, image: { name: name ?? DEFAULT_NAME, tag }, spec };
}

const lists = (value: unknown): string[] => (value ?? []) as string[];
