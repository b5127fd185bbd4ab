import type { ConnectRouter } from "@connectrpc/connect";
import { ImageService } from "@flyte-webhook/idl/flyteidl2/imagebuilder/service";
import { findBuiltImage, findImageBuilder, type ImageBuilderChoice } from "../images/image-builder.ts";
import { rpcError } from "../rpc-error.ts";

/** Tells which images the devbox has built; `unimplemented` when no builder answers. */
export function registerImageService(router: ConnectRouter, choice: ImageBuilderChoice, searchPath: string): void {
  router.service(ImageService, {
    getImage: async ({ id }) => {
      const found = await findImageBuilder(choice, searchPath);
      if (!found) throw rpcError.unimplemented("images are not built here: no docker, podman or buildah answers");
      if (!id?.name) throw rpcError.invalidArgument("the name of the image is required");
      const fqin = await findBuiltImage(found, id.name, searchPath);
      if (fqin === undefined) throw rpcError.notFound(`image ${JSON.stringify(id.name)} not found`);
      return { image: { id, fqin } };
    },
  });
}
