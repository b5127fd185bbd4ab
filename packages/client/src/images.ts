import { FlyteWebhookError } from "@flyte-webhook/core";
import { ImageService } from "@flyte-webhook/idl/flyteidl2/imagebuilder/service";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";
import { type Operation, selectCluster } from "./data-plane.ts";

/** `OPERATION_GET_IMAGE`, which is newer than the npm descriptors. */
const GET_IMAGE = 10 as Operation;

/** Images that the platform has built for the connection's project. */
export class Images {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * The full name, registry included, of the image `name:tag`, or undefined when the platform has none. Only its own "not
   * found" says so: every other error is thrown (`unimplemented` by a plane that keeps no images).
   */
  async find(image: string, options?: CallOptions): Promise<string | undefined> {
    const { org, project, domain } = this.#connection.scope;
    const cluster = await this.#cluster(options);
    try {
      const { image: found } = await cluster.unary(
        ImageService.method.getImage,
        {
          id: { name: image },
          organization: org,
          projectId: { organization: org, domain, name: project },
        },
        options,
      );
      return found?.fqin || undefined;
    } catch (error) {
      if (error instanceof FlyteWebhookError && error.code === "not_found") return undefined;
      throw error;
    }
  }

  /** A plane older than the operation refuses to name a cluster for it; its own answer then counts. */
  async #cluster(options?: CallOptions): Promise<Connection> {
    try {
      return await selectCluster(this.#connection, GET_IMAGE, this.#connection.scope, options);
    } catch (error) {
      if (error instanceof FlyteWebhookError && error.code === "invalid_argument") return this.#connection;
      throw error;
    }
  }
}
