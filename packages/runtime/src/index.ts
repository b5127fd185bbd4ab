export { type ServeOptions, type Serving, serve } from "./serve.ts";
export { specFromArguments } from "./spec-argument.ts";
export { createWebhookApp, type WebhookApp, type WebhookDependencies } from "./webhook-app.ts";
