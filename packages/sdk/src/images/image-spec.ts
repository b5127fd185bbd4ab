import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ImageSpec,
  ImageSpecSchema,
  type LayerSchema,
} from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { type Image, type Layer, npmInstall } from "./image.ts";

/** The platform's builder puts Python into every image; it has to be told which. */
const PYTHON_VERSION = "3.12";
/** The builder gives files that it copies to this user. */
const ADD_USER = "id -u flyte >/dev/null 2>&1 || useradd --create-home --shell /bin/bash flyte";

/** An image as the platform's builder is told of it. Files are at `files/n` of the archive that goes with it. */
export function toImageSpec(image: Image): ImageSpec {
  let copied = 0;
  const layers = image.layers.map((layer): MessageInitShape<typeof LayerSchema>["layer"] => {
    if (layer.kind === "files") {
      return { case: "copyConfig", value: { src: `files/${copied++}`, dst: layer.file.destination } };
    }
    return plainLayer(layer);
  });
  const first: typeof layers = copied > 0 ? [{ case: "commands", value: { cmd: [ADD_USER] } }] : [];
  return create(ImageSpecSchema, {
    baseImage: image.base,
    pythonVersion: PYTHON_VERSION,
    layers: [...first, ...layers].map((layer) => ({ layer: layer ?? { case: undefined } })),
  });
}

function plainLayer(layer: Exclude<Layer, { kind: "files" }>): MessageInitShape<typeof LayerSchema>["layer"] {
  if (layer.kind === "apt") return { case: "aptPackages", value: { packages: [...layer.packages] } };
  if (layer.kind === "npm") return { case: "commands", value: { cmd: [npmInstall(layer.packages)] } };
  if (layer.kind === "run") return { case: "commands", value: { cmd: [layer.command] } };
  return { case: "env", value: { envVariables: { ...layer.variables } } };
}
