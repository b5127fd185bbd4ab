import { gzipSync } from "node:zlib";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WebhookSpec } from "@flyte-webhook/core";
import { Spec_DesiredState as DesiredState, type SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { WEBHOOK_DIR, WEBHOOK_IMAGE } from "../apps/local-images.ts";

const SPEC: WebhookSpec = {
  version: 1,
  name: "webhook",
  title: "Webhook",
  description: "",
  endpoints: ["health", "me"],
  requiresAuth: true,
  port: 8080,
  org: "",
  project: "flytesnacks",
  domain: "development",
};

/** The real webhook as the SDK would deploy it; its bundle stands in packages/runtime/dist once `npm test` has built it. */
export function webhookAppSpec(): MessageInitShape<typeof SpecSchema> {
  const spec = gzipSync(JSON.stringify(SPEC)).toString("base64url");
  const command = ["node", `${WEBHOOK_DIR}webhook.mjs`, "--spec", spec];
  return {
    desiredState: DesiredState.ACTIVE,
    appPayload: { case: "container", value: { image: `${WEBHOOK_IMAGE}:0.1.0`, command } },
  };
}
