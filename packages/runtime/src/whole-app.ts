import type { RequestListener } from "node:http";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { WebhookApp } from "./webhook-app.ts";

/** What answers every request that Hono has to see: docs, answers that are passed on, paths that are none, odd addresses. */
export function wholeApp(app: WebhookApp): RequestListener {
  return getRequestListener(app.fetch, {
    errorHandler: (error) => {
      const told =
        error instanceof RequestError
          ? new FlyteWebhookError("malformed_request", "The request names no valid address")
          : error;
      const { status, headers, body } = app.refuse(told);
      return new Response(body, { status, headers });
    },
  });
}
