export { serve, type ServeOptions, type Serving } from "./serve.ts";
export { specFromArguments } from "./spec-argument.ts";
export { createWebhookApp, type WebhookApp, type WebhookDependencies } from "./webhook-app.ts";
export { DEFAULT_LIMITS, type Limits } from "./webhook.ts";
