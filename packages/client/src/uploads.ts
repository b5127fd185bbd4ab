import { createHash } from "node:crypto";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";
import { Operation, selectCluster } from "./data-plane.ts";
import type { GuardedClient } from "./outbound/index.ts";

/** Seconds for which the store takes an upload. */
const EXPIRES_IN_S = 900n;

/** Milliseconds before the second and third attempt to put an object; putting it twice does no harm. */
const RETRY_PAUSES_MS = [250, 1000] as const;

/** Milliseconds of one attempt. */
const PUT_TIMEOUT_MS = 60_000;

/** Uploads to the store of the connection's own project and domain. */
export class Uploads {
  readonly #connection: Connection;
  readonly #client: GuardedClient;

  constructor(connection: Connection, client: GuardedClient) {
    this.#connection = connection;
    this.#client = client;
  }

  /**
   * Stores bytes under a file name and answers with the native address (`s3://…`). The credentials of the call go to the
   * control plane only; the store is paid by the signed address. Throws `unavailable` when the store cannot be reached.
   */
  async put(filename: string, bytes: Uint8Array, options?: CallOptions): Promise<string> {
    const { org, project, domain } = this.#connection.scope;
    const md5 = createHash("md5").update(bytes).digest();
    const proxy = await selectCluster(
      this.#connection,
      Operation.CREATE_UPLOAD_LOCATION,
      this.#connection.scope,
      options,
    );
    const { signedUrl, nativeUrl, headers } = await proxy.unary(
      DataProxyService.method.createUploadLocation,
      {
        org,
        project,
        domain,
        filename,
        contentMd5: md5,
        addContentMd5Metadata: true,
        expiresIn: { seconds: EXPIRES_IN_S },
      },
      options,
    );
    const url = URL.parse(signedUrl);
    if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
      throw new FlyteWebhookError("internal", "the control plane names no http(s) address to upload to");
    }
    const sent = {
      ...(nativeUrl.startsWith("abfs://") && { "x-ms-blob-type": "BlockBlob" }),
      ...lowerCased(headers),
      "content-length": String(bytes.length),
      "content-md5": md5.toString("base64"),
    };
    for (let attempt = 0; ; attempt++) {
      const failure = await this.#attempt(url, bytes, sent, options?.signal);
      if (failure === undefined) return nativeUrl;
      const pause = failure.code === "unavailable" ? RETRY_PAUSES_MS[attempt] : undefined;
      if (pause === undefined) throw failure;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
    }
  }

  /** Puts the object once; what went wrong, if anything. The address is signed, so no text holds it. */
  async #attempt(
    url: URL,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<FlyteWebhookError | undefined> {
    try {
      const answer = await this.#client.call({ url, method: "PUT", headers, body, timeoutMs: PUT_TIMEOUT_MS, signal });
      answer.body.on("error", () => {}).resume();
      if ([200, 201, 204].includes(answer.status)) return undefined;
      const again = answer.status === 408 || answer.status === 429 || answer.status >= 500;
      return new FlyteWebhookError(again ? "unavailable" : "internal", `the store answered HTTP ${answer.status}`);
    } catch (error) {
      const { code, message } = FlyteWebhookError.from(error);
      if (code === "canceled") throw error;
      return code === "target_unreachable" || code === "target_timeout"
        ? new FlyteWebhookError("unavailable", `the store of ${url.host} cannot be reached: ${message}`, {
            cause: error,
          })
        : new FlyteWebhookError("internal", `the store of ${url.host} is not called: ${message}`, { cause: error });
    }
  }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
